"""What snapshots are measured on: `python -m benchmarks.snapshot_data FOLDER`.

200 windows, each of one Parquet file of 15 MB that no codec makes smaller, in folders by the day.
"""

from __future__ import annotations

import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

FIRST = date(2013, 1, 1)
FILES = 200
ROWS = 468_750
"""Of a file: four columns of 8 bytes each are 15 MB."""


def day(number: int) -> date:
    """The day of a file, counted from 0."""
    return FIRST + timedelta(days=number)


def file_of(folder: Path, number: int) -> Path:
    """Where a file lies."""
    return folder / f"day={day(number)}" / "part-0.parquet"


def write(folder: Path, number: int, *, seed: int) -> None:
    """Writes one file; another seed gives other values."""
    path = file_of(folder, number)
    path.parent.mkdir(parents=True, exist_ok=True)
    values = np.random.default_rng([seed, number])
    columns = {"id": np.arange(ROWS, dtype=np.int64) + number * ROWS}
    columns |= {
        name: values.integers(0, 2**63, size=ROWS, dtype=np.int64) for name in ("a", "b", "c")
    }
    unfinished = path.with_suffix(".part")
    pq.write_table(pa.table(columns), unfinished, compression="none", use_dictionary=False)
    unfinished.rename(path)


if __name__ == "__main__":
    for file_number in range(FILES):
        write(Path(sys.argv[1]), file_number, seed=0)
