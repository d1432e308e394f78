"""How every private DuckDB of ours is set up."""

from __future__ import annotations

from pathlib import Path


def settings(workspace: Path, memory: str | None, threads: int | None) -> dict[str, str | int]:
    """The configuration of a connection.

    Args:
        workspace: A private folder for what is spilled.
        memory: The most its buffers may use, such as `2GB`; DuckDB's default if None.
        threads: How many threads; all cores if None.
    """
    chosen: dict[str, str | int] = {
        "temp_directory": str(workspace / "spill"),
        "preserve_insertion_order": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    if memory is not None:
        chosen["memory_limit"] = memory
    if threads is not None:
        chosen["threads"] = threads
    return chosen
