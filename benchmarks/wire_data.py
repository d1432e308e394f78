"""`lineitem` as 365 day partitions, and what some of them become.

Run as a process of its own: `python -m benchmarks.wire_data FOLDER SCALE`. It makes, in the folder,
- `whole/day=2013-01-01/data_0.parquet` …: a file a partition;
- `halves/…`: the same rows, two files a partition;
- `changed/whole/…`, `changed/halves/…`: the first file of some partitions with a value changed, a
  row missing and a row added;
- `empty/…`: one partition of no rows.
"""

from __future__ import annotations

import shutil
import sys
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.lineitem import generated

PARTITIONS = 365
LAYOUTS = ("whole", "halves")
"""How the rows of a partition may lie in files."""

CHANGED = 5
"""How many partitions have a changed form."""

_DAYS = f"CAST(DATE '2013-01-01' + CAST(l_orderkey % {PARTITIONS} AS INTEGER) AS VARCHAR)"


def partition(number: int) -> str:
    """The folder of a partition."""
    return f"day={date(2013, 1, 1) + timedelta(days=number)}"


def make(folder: Path, scale: str) -> None:
    """Makes everything; the folder appears when it is whole."""
    unfinished = folder.with_name(folder.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    whole = unfinished / "whole"
    whole.mkdir(parents=True)
    lineitem = generated(folder.parent, scale)
    with duckdb.connect() as connection:
        # One thread and room for every partition, so that each gets one file.
        connection.execute("SET threads = 1")
        connection.execute(f"SET partitioned_write_max_open_files = {PARTITIONS + 1}")
        connection.execute(
            f"COPY (SELECT *, {_DAYS} AS day FROM read_parquet('{lineitem}')) "
            f"TO '{whole}' (FORMAT parquet, PARTITION_BY (day))"
        )
    for file in sorted(whole.glob("*/*.parquet")):
        _write_halves(file, unfinished / "halves" / file.parent.name)
    for layout in LAYOUTS:
        for number in range(CHANGED):
            first, *_ = sorted((unfinished / layout / partition(number)).iterdir())
            _write_changed(first, unfinished / "changed" / first.relative_to(unfinished))
    _write_empty(whole / partition(0), unfinished / "empty" / partition(0))
    unfinished.rename(folder)


def _write_halves(file: Path, folder: Path) -> None:
    folder.mkdir(parents=True)
    table = pq.read_table(file, partitioning=None)
    half = len(table) // 2
    pq.write_table(table.slice(0, half), folder / "part-0.parquet")
    pq.write_table(table.slice(half), folder / "part-1.parquet")


def _write_changed(file: Path, destination: Path) -> None:
    destination.parent.mkdir(parents=True)
    table = pq.read_table(file, partitioning=None)
    first, second = table.slice(0, 2).to_pylist()
    changed = first | {"l_comment": first["l_comment"] + "!"}
    added = second | {"l_linenumber": second["l_linenumber"] + 100}  # and the second is missing
    rows = pa.Table.from_pylist([changed, added], schema=table.schema)
    pq.write_table(pa.concat_tables([rows, table.slice(2)]), destination)


def _write_empty(of: Path, folder: Path) -> None:
    folder.mkdir(parents=True)
    schema = pq.read_schema(of / "data_0.parquet")
    pq.write_table(schema.empty_table(), folder / "data_0.parquet")


if __name__ == "__main__":
    make(Path(sys.argv[1]), sys.argv[2])
