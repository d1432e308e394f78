"""A window's path below a location."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.errors import BadInput
from reconcile.history.calendar import Calendar
from reconcile.history.partition import check_partition, partition_path
from reconcile.model.window import Grain

START = date(1990, 1, 1)
DAYS = Calendar("America/New_York", Grain.DAY, START)


@pytest.mark.parametrize(
    ("template", "grain", "name", "path"),
    [
        ("flight_date={window:%Y-%m-%d}", Grain.DAY, "2013-01-05", "flight_date=2013-01-05"),
        ("y={window:%Y}/m={window:%m}/d={window:%d}", Grain.DAY, "2013-01-05", "y=2013/m=01/d=05"),
        ("{window:%Y/%j}", Grain.DAY, "2013-12-31", "2013/365"),
        ("{window}", Grain.HOUR, "2013-01-05T14", "2013-01-05T14"),
        ("at={window:%Y%m%d%H}", Grain.HOUR, "2013-01-05T14", "at=2013010514"),
        ("m={window:%Y-%m}/part.parquet", Grain.MONTH, "2013-01", "m=2013-01/part.parquet"),
        ("full={window:%Y-%m-%d%%}", Grain.DAY, "2013-01-05", "full=2013-01-05%"),
        (None, Grain.DAY, "2013-01-05", ""),
    ],
)
def test_a_window_has_a_path(template: str | None, grain: Grain, name: str, path: str) -> None:
    window = Calendar("America/New_York", grain, START).window(name)
    assert partition_path(template, window) == path


@given(one=st.dates(START, date(2040, 1, 1)), other=st.dates(START, date(2040, 1, 1)))
def test_two_windows_never_share_a_path(one: date, other: date) -> None:
    paths = [
        partition_path("d={window:%Y%m%d}", DAYS.window(day.isoformat())) for day in (one, other)
    ]
    assert (paths[0] == paths[1]) == (one == other)


@pytest.mark.parametrize(
    ("template", "complaint"),
    [
        ("", "nothing for the day and month and year"),
        ("flights", "nothing for the day and month and year"),
        ("d={window:%Y-%m}", "nothing for the day"),
        ("d={window:%m-%d}", "nothing for the year"),
        ("../{window}", r"`\.\.`"),
        ("a/./{window}", "an empty part"),
        ("/{window}", "an absolute path"),
        ("{window}/", "an empty part"),
        ("a//{window}", "an empty part"),
        ("{date:%Y-%m-%d}", "{date}"),
        ("{}", "{}"),
        ("{window!r}", "{window}"),
        ("{window.start}", "{window.start}"),
        ("{window:%Y-%m-%d %S}", "%S"),
        ("{window:%Y-%m-%d%}", "found %;"),
        ("{window:%Y-%m-%d", "does not parse"),
        ("d={window:%Y-%m-%d}*", r"'\*'"),
        ("d={window:%Y-%m-%d[x]}", r"'\['"),
        ("d\\{window}", "backslash"),
        ("d\n{window}", "plain path"),
        ("{window:{window}}", "{"),
    ],
)
def test_a_template_that_could_go_astray_is_refused(template: str, complaint: str) -> None:
    with pytest.raises(BadInput, match=complaint):
        check_partition(template, Grain.DAY)
