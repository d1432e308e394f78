"""The flights that left New York in 2013, and a shuffled copy that differs in 0.02 % of its rows.

Run as a process of its own: `python -m benchmarks.flights FOLDER`.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.altered_copy import Alterations, Change, write_altered, write_answer
from demo.flights import flights_of_2013

KEY = ("year", "month", "day", "carrier", "flight", "origin")

_COPY = Alterations(
    changes=[
        Change("arr_delay", "coalesce(arr_delay + 1, 0)", 6),
        Change("tailnum", "CASE WHEN tailnum IS NULL THEN 'N00000' END", 4),
        Change("time_hour", "time_hour + INTERVAL 1 HOUR", 4),
    ],
    missing=3,
    added=3,
    new_key=("flight", "flight + 10000"),
)


def make(folder: Path) -> None:
    """Makes both sides."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    source, target = folder / "source.parquet", folder / "target.parquet"
    pq.write_table(pa.concat_tables(flights_of_2013().values()), source)
    write_answer(folder, write_altered(source, target, KEY, _COPY))


if __name__ == "__main__":
    make(Path(sys.argv[1]))
