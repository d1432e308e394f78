"""Parquet files of one layout made one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from reconcile.comparison.sql_text import literal
from reconcile.engines.duckdb_errors import translated
from reconcile.engines.duckdb_settings import settings


def gather_files(
    files: Sequence[Path],
    destination: Path,
    *,
    order_by: Sequence[str] = (),
    workspace: Path,
    memory: str | None = None,
    threads: int | None = None,
) -> None:
    """Writes the rows of all files into one.

    Args:
        files: Files that the engine wrote, at least one.
        destination: The Parquet file to write.
        order_by: Columns that order its rows; any order if there are none.
        workspace: A private folder for what is spilled.
        memory: The most the engine's buffers may use, such as `2GB`.
        threads: How many threads.

    Raises:
        Incomplete: It does not fit in memory.
        DiskFull: There is no room.
    """
    # An empty file tells its types by guess; those with rows agree with each other.
    with_rows = [file for file in files if pq.read_metadata(file).num_rows] or [files[0]]
    names = ", ".join(literal(str(file)) for file in with_rows)
    order = f" ORDER BY {', '.join(order_by)}" if order_by else ""
    with (
        translated({str(file): file.name for file in files}),
        duckdb.connect(config=settings(workspace, memory, threads)) as connection,
    ):
        connection.execute(
            f"COPY (SELECT * FROM read_parquet([{names}]){order}) "
            f"TO {literal(str(destination))} (FORMAT parquet, COMPRESSION zstd)"
        )
