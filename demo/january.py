"""What is wrong with each day of January 2013 in the demonstration. Mostly one thing a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import pyarrow as pa

from demo.days import Day, TwoSides, Writing, two_sides
from demo.discrepancies import (
    changed,
    contradicted,
    corrected_twice,
    filled,
    invented,
    lost,
    sent_twice,
)

SEED = 20130101

CLEAN_DAY = "2013-01-04"
BREACHED_DAY = "2013-01-05"
"""The two days that the DAG is shown on."""

_MORNING_AND_AFTERNOON = (0, 12)

DAYS: Mapping[int, Day] = {
    2: Day(
        "rewritten: other order, compression and row groups",
        files_begin=_MORNING_AND_AFTERNOON,
        writing=Writing(shuffled=True, compression="zstd", row_group_size=100, unit="ms"),
    ),
    3: Day("a batch of rows was lost", (lost(40),)),
    5: Day(
        "a few rows were lost, a few changed",
        (lost(7), changed("arr_delay", lambda n: n + 1, 5)),
    ),
    7: Day("the target has flights nobody flew", (invented(15),)),
    8: Day(
        "numbers off by one",
        (
            changed("dep_delay", lambda n: n + 1, 12),
            changed("arr_time", lambda n: n - 1, 9),
            changed("distance", lambda n: n + 1, 3),
        ),
    ),
    9: Day(
        "text in another case, or with a space at its end",
        (
            changed("tailnum", str.lower, 8),  # each begins with the N of the United States
            changed("dest", lambda text: f"{text} ", 6),
        ),
    ),
    10: Day(
        "keys repeated: sent twice, corrected twice, contradicted",
        (
            sent_twice(11),
            corrected_twice("dep_delay", lambda n: n + 1, 4),
            contradicted("air_time", lambda n: n + 1, 3),
        ),
        files_begin=_MORNING_AND_AFTERNOON,
    ),
    11: Day("distance was widened to 64 bits", writing=Writing(types={"distance": pa.int64()})),
    13: Day(
        "New York's clock readings written as UTC: every time is five hours off",
        (changed("time_hour", lambda time: time - timedelta(hours=5)),),
    ),
    15: Day(
        "the afternoon's file has no tail numbers",
        (changed("tailnum", lambda _: None, among=lambda row: row["hour"] >= 12),),
        files_begin=_MORNING_AND_AFTERNOON,
        second_lacks=("tailnum",),
    ),
    17: Day("the target has nothing of that day", absent=True),
    19: Day("two files in the source, two in the target", files_begin=_MORNING_AND_AFTERNOON),
    21: Day(
        "whole numbers with gaps became floating-point, as some libraries do",
        writing=Writing(types={"dep_delay": pa.float64(), "air_time": pa.float64()}),
    ),
    23: Day("the column minute is gone from the target", lacking=("minute",)),
    25: Day(
        "NULL became an empty text or 0, and a value NULL",
        (
            filled("tailnum", "", 10),
            filled("dep_delay", 0, 14),
            changed("arr_time", lambda _: None, 6),
        ),
    ),
    28: Day(
        "a bad night: rows lost, invented, changed and repeated, and the files rewritten",
        (
            lost(13),
            invented(6),
            changed("sched_arr_time", lambda n: n + 1, 9),
            changed("dest", str.lower, 4),
            sent_twice(5),
            contradicted("arr_delay", lambda n: n + 1, 2),
        ),
        files_begin=_MORNING_AND_AFTERNOON,
        writing=Writing(shuffled=True, compression="gzip", row_group_size=200, unit="ms"),
    ),
}


def january(flights: Mapping[date, pa.Table], *, seed: int = SEED) -> dict[date, TwoSides]:
    """Both sides of every day of the month, in order."""
    return {
        on: two_sides(table, DAYS.get(on.day, Day()), on=on, seed=seed)
        for on, table in flights.items()
    }
