"""Parquet files of one layout made one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq

from reconcile.comparison.sql_text import literal
from reconcile.engines.duckdb_errors import translated
from reconcile.engines.duckdb_settings import connected

DISCREPANCY_ORDER = ("kind", "side", "match_key", "row_hash")
"""The order of discrepant rows, as `sql/compare/discrepancies.sql` gives them."""

_NOTHING = 'NULL AS "{name}"'


def gather_files(
    files: Sequence[Path],
    destination: Path,
    *,
    order_by: Sequence[str] = (),
    workspace: Path,
    memory: str | None = None,
    threads: int | None = None,
) -> None:
    """Writes the rows of all files into one, each column in a type that holds it in every file.

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
    # An empty file tells its types by guess.
    with_rows = [file for file in files if pq.read_metadata(file).num_rows] or [files[0]]
    rows = " UNION ALL ".join(map(_rows, with_rows))
    order = f" ORDER BY {', '.join(order_by)}" if order_by else ""
    with (
        translated({str(file): file.name for file in files}),
        connected(workspace, memory, threads) as connection,
    ):
        connection.execute(
            f"COPY (SELECT * FROM ({rows}){order}) "
            f"TO {literal(str(destination))} (FORMAT parquet, COMPRESSION zstd)"
        )


def _rows(file: Path) -> str:
    """SQL of a file's rows. One column may be of other types in other files: UNION finds the one
    that holds them all, as where one task reads all, if NULLs alone do not claim one."""
    metadata = pq.read_metadata(file)
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    columns = [
        _NOTHING.format(name=name) if _is_untyped(groups, name) else f'"{name}"'
        for name in metadata.schema.to_arrow_schema().names
    ]
    return f"SELECT {', '.join(columns)} FROM read_parquet({literal(str(file))})"


def _is_untyped(groups: Sequence[pq.RowGroupMetaData], name: str) -> bool:
    """Whether a column is what the engine writes of one that no file has: 32-bit, all NULL."""
    leaves = [
        leaf
        for group in groups
        for leaf in map(group.column, range(group.num_columns))
        if leaf.path_in_schema == name
    ]
    return bool(leaves) and all(
        leaf.physical_type == "INT32"
        and leaf.statistics is not None
        and leaf.statistics.null_count == group.num_rows
        for leaf, group in zip(leaves, groups, strict=True)
    )
