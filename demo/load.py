"""Writes the days of the demonstration into the two clouds, as a producer would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq

from demo.days import DayFile, TwoSides
from reconcile.stores.protocol import Store

MARKER = "_SUCCESS"
_DAYS_AT_ONCE = 4


def load(days: Mapping[date, TwoSides], source: Store, target: Store) -> None:
    """Writes every day to both stores, which are the dataset's folders."""
    with ThreadPoolExecutor(_DAYS_AT_ONCE) as pool:
        written = [pool.submit(load_day, on, sides, source, target) for on, sides in days.items()]
        for day in written:
            day.result()


def load_day(on: date, sides: TwoSides, source: Store, target: Store) -> None:
    """Writes one day to both stores."""
    _write(source, on, sides.source)
    _write(target, on, sides.target)


def _write(store: Store, on: date, files: Sequence[DayFile]) -> None:
    folder = f"flight_date={on}"
    for number, file in enumerate(files):
        store.put(f"{folder}/part-{number}.parquet", _parquet(file))
    if files:
        store.put(f"{folder}/{MARKER}", b"")  # last: it says that the day is whole


def _parquet(file: DayFile) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(
        file.table,
        sink,
        compression=file.writing.compression,
        row_group_size=file.writing.row_group_size,
    )
    return bytes(sink.getvalue().to_pybytes())
