"""How every private DuckDB of ours is set up."""

from __future__ import annotations

from pathlib import Path

import duckdb


def connected(
    workspace: Path, memory: str | None, threads: int | None
) -> duckdb.DuckDBPyConnection:
    """A private database in memory, to be closed by whoever asked for it.

    Args:
        workspace: A private folder for what is spilled.
        memory: The most its buffers may use, such as `2GB`; DuckDB's default if None.
        threads: How many threads; all cores if None.
    """
    connection = duckdb.connect(config=_settings(workspace, memory, threads))
    # Left to itself it reads whole row groups ahead, which are as large as whoever wrote them
    # liked, and not all of it from its buffers. Page by page is no slower on a disk.
    connection.execute("SET disable_parquet_prefetching = true")
    # Queries of more than two seconds would draw their progress into the answer.
    connection.execute("SET enable_progress_bar = false")
    return connection


def _settings(workspace: Path, memory: str | None, threads: int | None) -> dict[str, str | int]:
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
