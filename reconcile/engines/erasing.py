"""Taking rows out of a Parquet file by their match keys; all else of it stays as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from reconcile.comparison.plan import plan_comparison
from reconcile.comparison.schema import unite
from reconcile.engines.duckdb_errors import translated
from reconcile.engines.duckdb_settings import connected
from reconcile.engines.functions import register
from reconcile.engines.parquet import DataFile
from reconcile.engines.relation import canonical_relation, key_names
from reconcile.model.discrepancy import Side
from reconcile.model.rules import CompareRules
from reconcile.statements import render

_ROWS_AT_ONCE = 65_536
_GROUP_BYTES = 64 * 1024**2
"""A row group is written when it has so many bytes in memory, or as many rows as it had."""


def erased_rows(
    file: DataFile,
    listed: Sequence[DataFile],
    rules: CompareRules,
    *,
    side: Side,
    workspace: Path,
    memory: str,
    threads: int,
) -> np.ndarray:
    """The numbers, from 0 and in order, of the rows whose match key is on a list.

    Args:
        file: The file.
        listed: Parquet files with the match key's columns.
        rules: How match keys are compared; the list stands for the other side.
        side: Which side the file is of.
        workspace: A private folder for what is spilled.
        memory: The most the engine's buffers may use, such as `2GB`.
        threads: How many threads.

    Raises:
        BadInput: The file or the list lacks a column of the match key, or they cannot be compared.
        Unreadable: The file or the list is corrupt.
        DoesNotFit, DiskFull: There is no room.
    """
    other = Side.TARGET if side is Side.SOURCE else Side.SOURCE
    files: Mapping[Side, Sequence[DataFile]] = {side: [file], other: listed}
    schemas = {one: unite(one, [part.schema for part in files[one]]) for one in files}
    plan = plan_comparison(schemas[Side.SOURCE], schemas[Side.TARGET], rules)
    names = {str(part.path): part.schema.name for parts in files.values() for part in parts}
    with connected(workspace, memory, threads) as connection, translated(names):
        connection.execute("SET TimeZone = 'UTC'")
        register(connection)
        statement = render(
            "erasure/erased_rows",
            keys=key_names(plan),
            rows=canonical_relation(plan, side, files[side]),
            listed=canonical_relation(plan, other, files[other]),
        )
        numbers = connection.execute(statement).fetchnumpy()["row_number"]
    return np.asarray(numbers, dtype=np.int64)


def write_without(path: Path, rows: np.ndarray, destination: Path) -> None:
    """Writes a Parquet file anew without some rows: same columns and types, same order.

    The same file without the same rows is the same bytes again, by the same release of Arrow.

    Args:
        path: The file.
        rows: Numbers of the rows to leave out, from 0, in order.
        destination: The file to write.
    """
    with pq.ParquetFile(path, pre_buffer=False) as file:
        schema = file.schema_arrow
        codec = _codec(file.metadata)
        with pq.ParquetWriter(destination, schema, version="2.6", compression=codec) as writer:
            first = 0
            for number in range(file.metadata.num_row_groups):
                group: list[pa.RecordBatch] = []
                for batch in file.iter_batches(batch_size=_ROWS_AT_ONCE, row_groups=[number]):
                    group.append(batch.filter(pa.array(_kept(rows, first, batch.num_rows))))
                    first += batch.num_rows
                    if sum(one.nbytes for one in group) >= _GROUP_BYTES:
                        _write(writer, group, schema)
                        group = []
                _write(writer, group, schema)


def _kept(rows: np.ndarray, first: int, count: int) -> np.ndarray:
    kept = np.ones(count, dtype=bool)
    begin, end = np.searchsorted(rows, [first, first + count])
    kept[rows[begin:end] - first] = False
    return kept


def _write(writer: pq.ParquetWriter, group: list[pa.RecordBatch], schema: pa.Schema) -> None:
    table = pa.Table.from_batches(group, schema)
    if table.num_rows:
        writer.write_table(table, row_group_size=table.num_rows)


def _codec(metadata: pq.FileMetaData) -> str:
    """How the file is compressed, as its first column is."""
    if not metadata.num_row_groups or not metadata.num_columns:
        return "snappy"
    name = str(metadata.row_group(0).column(0).compression).lower()
    return {"uncompressed": "none", "lz4_raw": "lz4"}.get(name, name)
