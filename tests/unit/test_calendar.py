"""The calendar of a dataset: which windows there are, and which one an instant lies in."""

# ruff: noqa: DTZ001 - the clock readings here have no zone on purpose

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.errors import BadInput
from reconcile.history.calendar import Calendar, first_instant
from reconcile.model.window import Grain, Window

ZONES = (
    "UTC",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "America/Sao_Paulo",
    "Pacific/Apia",
)
HOUR = timedelta(hours=1)


def calendar(
    zone: str = "America/New_York",
    grain: Grain = Grain.DAY,
    start: date = date(1990, 1, 1),
    end: date | None = None,
) -> Calendar:
    return Calendar(zone, grain, start, end)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


instants = st.datetimes(datetime(1990, 3, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


@given(instant=instants, zone=st.sampled_from(ZONES), grain=st.sampled_from(Grain))
def test_windows_tile_time_without_gap_or_overlap(
    instant: datetime, zone: str, grain: Grain
) -> None:
    windows = calendar(zone, grain)
    window = windows.holding(instant)
    assert window.start <= instant < window.end
    following, preceding = windows.next(window), windows.previous(window)
    assert following is not None
    assert preceding is not None
    assert preceding.end == window.start
    assert window.end == following.start
    assert windows.previous(following) == window == windows.next(preceding)


@given(instant=instants, zone=st.sampled_from(ZONES), grain=st.sampled_from(Grain))
def test_a_window_is_found_by_its_own_name_and_reading(
    instant: datetime, zone: str, grain: Grain
) -> None:
    windows = calendar(zone, grain)
    window = windows.holding(instant)
    assert windows.window(window.name) == window
    assert windows.at_local(window.local_start) == window
    assert windows.holding(window.start) == window
    assert windows.last_complete(window.end) == window
    assert windows.last_complete(window.end - timedelta(microseconds=1)) == windows.previous(window)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("year", [2011, 2013])
def test_the_hours_of_a_year_fill_exactly_the_year(zone: str, year: int) -> None:
    hours = calendar(zone, Grain.HOUR).span(f"{year}-01-01T00/{year + 1}-01-01T00")
    assert [a.end for a in hours[:-1]] == [b.start for b in hours[1:]]
    assert all(hour.start < hour.end for hour in hours)
    months = calendar(zone, Grain.MONTH).span(f"{year}-01/{year + 1}-01")
    assert (hours[0].start, hours[-1].end) == (months[0].start, months[-1].end)
    assert len({hour.name for hour in hours}) == len(hours)


@pytest.mark.parametrize(
    ("zone", "day", "length"),
    [
        pytest.param("America/New_York", "2013-03-10", 23 * HOUR, id="clock put forward"),
        pytest.param("America/New_York", "2013-11-03", 25 * HOUR, id="clock put back"),
        pytest.param("Australia/Lord_Howe", "2013-10-06", 23.5 * HOUR, id="forward half an hour"),
        pytest.param("Australia/Lord_Howe", "2013-04-07", 24.5 * HOUR, id="back half an hour"),
        pytest.param("America/Sao_Paulo", "2013-10-20", 23 * HOUR, id="no midnight"),
        pytest.param("Asia/Kolkata", "2013-03-10", 24 * HOUR, id="no daylight saving"),
    ],
)
def test_a_day_is_as_long_as_its_zone_makes_it(zone: str, day: str, length: timedelta) -> None:
    window = calendar(zone).window(day)
    assert window.end - window.start == length


def test_a_day_in_new_york_starts_at_five_in_utc() -> None:
    assert calendar().window("2013-01-05") == Window(
        utc(2013, 1, 5, 5),
        utc(2013, 1, 6, 5),
        "2013-01-05",
        datetime(2013, 1, 5),
        Grain.DAY,
    )


def test_an_hour_that_occurs_twice_is_one_window_of_two_hours() -> None:
    window = calendar(grain=Grain.HOUR).window("2013-11-03T01")
    assert (window.start, window.end) == (utc(2013, 11, 3, 5), utc(2013, 11, 3, 7))


def test_an_hour_that_the_clocks_skipped_is_refused_by_name_and_left_out_of_spans() -> None:
    hours = calendar(grain=Grain.HOUR)
    with pytest.raises(BadInput, match="clocks of America/New_York skipped"):
        hours.window("2013-03-10T02")
    names = [w.name for w in hours.span("2013-03-10T01/2013-03-10T04")]
    assert names == ["2013-03-10T01", "2013-03-10T03"]


def test_a_day_that_samoa_skipped_has_no_window() -> None:
    days = calendar("Pacific/Apia")
    assert [w.name for w in days.span("2011-12-29/2012-01-01")] == ["2011-12-29", "2011-12-31"]
    with pytest.raises(BadInput, match="skipped"):
        days.window("2011-12-30")


def test_a_skipped_reading_means_the_moment_the_clock_was_put_forward() -> None:
    assert first_instant(datetime(2013, 3, 10, 2, 30), "America/New_York") == utc(2013, 3, 10, 7)


@pytest.mark.parametrize(
    ("name", "grain", "complaint"),
    [
        ("2013-02-30", Grain.DAY, "no date of the calendar"),
        ("2013-1-5", Grain.DAY, "no date of the calendar"),
        ("yesterday", Grain.DAY, "no date of the calendar"),
        ("\u0662\u0660\u0661\u0663-01-05", Grain.DAY, "no date of the calendar"),
        ("2013-01-05T24", Grain.HOUR, "no date of the calendar"),
        ("9999-12-31", Grain.DAY, "no date of the calendar"),
        ("2013-01-05T14", Grain.DAY, "found the name of an hour; expected the name of a day"),
        ("2013-01", Grain.DAY, "found the name of a month"),
        ("2013-01-05", Grain.MONTH, "expected the name of a month, such as 2013-01"),
        ("1989-12-31", Grain.DAY, "before the dataset's start; expected 1990-01-01 or later"),
        ("2013-02-01", Grain.DAY, "past the dataset's end"),
    ],
)
def test_a_wrong_name_is_refused_in_one_line(name: str, grain: Grain, complaint: str) -> None:
    with pytest.raises(BadInput, match=complaint) as caught:
        calendar(grain=grain, end=date(2013, 2, 1)).window(name)
    assert "\n" not in str(caught.value)


def test_a_span_is_half_open() -> None:
    january = calendar().span("2013-01-01/2013-02-01")
    assert (len(january), january[0].name, january[-1].name) == (31, "2013-01-01", "2013-01-31")
    assert calendar().span("2013-01-05") == (calendar().window("2013-01-05"),)


@pytest.mark.parametrize(
    ("span", "complaint"),
    [
        ("2013-01-05/2013-01-05", "holds no window"),
        ("2013-01-05/2013-01-04", "holds no window"),
        ("2013-01-05/", "not a window"),
        ("2013-01-05/2013-01-06/2013-01-07", "not a window"),
        ("1989-12-31/2013-01-05", "before the dataset's start"),
        ("2013-01-05/2013-02-02", "past the dataset's end"),
    ],
)
def test_a_wrong_span_is_refused(span: str, complaint: str) -> None:
    with pytest.raises(BadInput, match=complaint):
        calendar(end=date(2013, 2, 1)).span(span)


def test_the_bounds_end_the_row_of_windows() -> None:
    bounded = calendar(start=date(2013, 1, 1), end=date(2013, 2, 1))
    assert bounded.previous(bounded.window("2013-01-01")) is None
    assert bounded.next(bounded.window("2013-01-31")) is None
    assert [w.name for w in bounded.span("2013-01-01/2013-02-01")][-1] == "2013-01-31"
    with pytest.raises(BadInput, match="past the dataset's end"):
        bounded.holding(utc(2013, 2, 1, 12))


@pytest.mark.parametrize(
    ("now", "newest"),
    [
        pytest.param(utc(2013, 1, 2, 4, 59), None, id="the first is still open"),
        pytest.param(utc(2013, 1, 2, 5), "2013-01-01", id="the first has just ended"),
        pytest.param(utc(2026, 11, 22), "2013-01-31", id="long after the end"),
        pytest.param(utc(2012, 6, 1), None, id="before the start"),
    ],
)
def test_the_last_complete_window(now: datetime, newest: str | None) -> None:
    window = calendar(start=date(2013, 1, 1), end=date(2013, 2, 1)).last_complete(now)
    assert (window and window.name) == newest


def test_a_window_that_has_not_ended_is_refused() -> None:
    days = calendar()
    window = days.window("2013-01-05")
    days.refuse_unended(window, window.end)
    with pytest.raises(BadInput, match="it ends 2013-01-06T00:00:00-05:00"):
        days.refuse_unended(window, window.end - timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"zone": "America/New_Yrok"}, "unknown time zone"),
        ({"zone": "../../etc/passwd"}, "unknown time zone"),
        ({"grain": Grain.MONTH, "start": date(2013, 1, 15)}, "not where a month begins"),
        ({"start": date(2013, 1, 1), "end": date(2013, 1, 1)}, "end is not after start"),
        ({"start": date(1, 1, 1)}, "too far away"),
    ],
)
def test_a_calendar_that_cannot_be_is_refused(arguments: dict[str, object], complaint: str) -> None:
    with pytest.raises(BadInput, match=complaint):
        calendar(**arguments)  # type: ignore[arg-type]


def test_times_are_never_confused_with_readings() -> None:
    with pytest.raises(BadInput, match="needs a time zone"):
        calendar().holding(datetime(2013, 1, 5))
    with pytest.raises(BadInput, match="must have no zone"):
        calendar().at_local(utc(2013, 1, 5))
