"""Data of awkward shapes, each in two sizes of which one is ten times the other.

Run as a process of its own: `python -m benchmarks.shaped_data FOLDER SHAPE SIZE`. The target lacks
the first row of the source, and of its last row the last value is another.
"""

from __future__ import annotations

import random
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

KEY = "id"

_ROWS_A_FILE = 20
_ROWS_A_GROUP = 3_000
_ROWS = 100_000
_STRINGS = 100
_TYPES = (pa.int64(), pa.string(), pa.float64())


def _narrow(rows: int) -> pa.Table:
    ids = range(rows)
    return pa.table(
        {
            KEY: pa.array(ids, pa.int64()),
            "name": [f"name {number % 977}" for number in ids],
            "amount": pa.array([number * 7 % 10_007 for number in ids], pa.int32()),
        }
    )


def _wide(columns: int) -> pa.Table:
    numbers = np.arange(_ROWS)
    values = {
        f"column_{column:03}": pa.array(numbers * column % 1_009).cast(_TYPES[column % 3])
        for column in range(1, columns)
    }
    return pa.table({KEY: numbers, **values})


def _long_strings(length: int) -> pa.Table:
    letters = random.Random(2013)
    texts = [letters.randbytes(length // 2).hex() for _ in range(_STRINGS)]
    return pa.table({KEY: pa.array(range(_STRINGS), pa.int64()), "text": texts})


def _deep(depth: int) -> pa.Table:
    ids = pa.array(range(_ROWS), pa.int64())
    value: pa.Array = ids
    for level in range(depth):
        value = pa.StructArray.from_arrays([ids, value], [f"id_{level}", f"inner_{level}"])
    return pa.table({KEY: ids, "value": value})


def _last_value_changed(table: pa.Table) -> pa.Table:
    name = table.column_names[-1]
    kept, last = table.slice(0, len(table) - 1), table.slice(len(table) - 1).to_pylist()[0]
    changed = pa.Table.from_pylist([last | {name: _changed(last[name])}], schema=table.schema)
    return pa.concat_tables([kept, changed])


def _changed(value: object) -> object:
    match value:
        case dict():
            *_, innermost = value
            return value | {innermost: _changed(value[innermost])}
        case str():
            return value[:-1] + "!"
        case int() | float():
            return value + 1
    raise TypeError(f"a value of {type(value).__name__}")


def _write(table: pa.Table, folder: Path, *, files: int = 1, rows_a_group: int = 1_000_000) -> None:
    """Writes rows as so many files, a thousand in a folder."""
    size = -(-len(table) // files)
    for number in range(files):
        below = folder / f"{number // 1_000:03}"
        below.mkdir(parents=True, exist_ok=True)
        part = table.slice(number * size, size)
        pq.write_table(part, below / f"part-{number:05}.parquet", row_group_size=rows_a_group)


def _write_both(table: pa.Table, folder: Path, **layout: int) -> None:
    _write(table, folder / "source", **layout)
    _write(_last_value_changed(table).slice(1), folder / "target", **layout)


SHAPES: dict[str, Callable[[Path, int], None]] = {
    "files": lambda folder, n: _write_both(_narrow(n * _ROWS_A_FILE), folder, files=n),
    "row groups": lambda folder, n: _write_both(
        _narrow(n * _ROWS_A_GROUP), folder, rows_a_group=_ROWS_A_GROUP
    ),
    "columns": lambda folder, n: _write_both(_wide(n), folder),
    "characters of a text": lambda folder, n: _write_both(_long_strings(n), folder),
    "structs in one another": lambda folder, n: _write_both(_deep(n), folder),
}
"""What is made, by what its size counts."""


def make(folder: Path, shape: str, size: int) -> None:
    """Makes both sides; the folder appears when it is whole."""
    unfinished = folder.with_name(folder.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    SHAPES[shape](unfinished, size)
    unfinished.rename(folder)


if __name__ == "__main__":
    make(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
