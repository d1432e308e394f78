"""How long routing a window's dead letters takes: `python -m benchmarks.dead_letters [LETTERS]`.

Runs on SQLite and on PostgreSQL: all letters new, the same again, and all of them closed.
"""

from __future__ import annotations

import hashlib
import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from demo.servers import postgres_server
from reconcile.model.window import Grain, Window
from reconcile.state.database import State
from reconcile.state.letter_staging import LETTER_COLUMNS

_DAY = datetime(2013, 1, 5, tzinfo=UTC)
_WINDOW = Window(_DAY, _DAY + timedelta(days=1), "2013-01-05", datetime(2013, 1, 5), Grain.DAY)  # noqa: DTZ001
_BATCH = 20_000


def letters(count: int) -> Iterator[pa.RecordBatch]:
    """Mismatches as of a flights table, about 700 bytes of rows each."""
    for first in range(0, count, _BATCH):
        numbers = range(first, min(first + _BATCH, count))
        rows = [json.dumps({f"column_{i:02}": f"{n}-{i}" for i in range(14)}) for n in numbers]
        hashes = [hashlib.md5(row.encode()).hexdigest() for row in rows]
        columns = {
            "kind": ["value_mismatch"] * len(numbers),
            "side": ["both"] * len(numbers),
            "match_key": [json.dumps({"flight": n}) for n in numbers],
            "mismatched_columns": [["column_03"]] * len(numbers),
            "source_row": rows,
            "target_row": rows,
            "reason": ["column_03: exact"] * len(numbers),
            "severity": ["critical"] * len(numbers),
            "expectation_id": pa.nulls(len(numbers), pa.string()),
            "row_hash": hashes,
        }
        yield pa.record_batch([pa.array(columns[name]) for name in LETTER_COLUMNS], LETTER_COLUMNS)


def measure(url: str, count: int) -> None:
    """Prints the seconds of each step on one database."""
    State.upgrade(url)
    with State.open(url) as state:
        for run_id, step, seen in (
            ("1", "all new", count),
            ("2", "all seen again", count),
            ("3", "all closed", 0),
        ):
            began = time.monotonic()
            counts = state.dead_letters.route(
                run_id,
                "flights",
                _WINDOW,
                letters(seen),
                now=_DAY,
                max_rows=count,
                full_file="discrepancies.parquet",
                close_unseen=True,
            )
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"  {step:15} {time.monotonic() - began:6.1f} s  {counts}  peak {peak:.0f} MB")


def main(count: int) -> None:
    """Both databases, one after the other."""
    began = time.monotonic()
    for _ in letters(count):
        pass
    print(f"{count} letters; making them takes {time.monotonic() - began:.1f} s of each step")
    with tempfile.TemporaryDirectory() as folder:
        print("SQLite")
        measure(f"sqlite:///{Path(folder) / 'state.db'}", count)
    with postgres_server() as url:
        print("PostgreSQL")
        measure(url, count)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
