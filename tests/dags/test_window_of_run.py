"""Which window a run is about, from plain values."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pendulum
import pytest

from reconcile.errors import BadInput
from reconcile.history.calendar import Calendar
from reconcile.model.window import Grain
from reconcile.orchestration.window_of_run import window_of_run

NEW_YORK = Calendar("America/New_York", Grain.DAY, date(2013, 1, 1))
KOLKATA = Calendar("Asia/Kolkata", Grain.DAY, date(2013, 1, 1))
IN_UTC = Calendar("UTC", Grain.DAY, date(2013, 1, 1))
HOURS = Calendar("America/New_York", Grain.HOUR, date(2013, 1, 1))
MONTHS = Calendar("Asia/Kolkata", Grain.MONTH, date(2013, 1, 1))
ENDED = Calendar("America/New_York", Grain.DAY, date(2013, 1, 1), date(2014, 1, 1))
APIA = Calendar("Pacific/Apia", Grain.DAY, date(2011, 1, 1))
NOW = datetime(2026, 11, 22, 14, 30, 12, 345, tzinfo=UTC)
EASTERN = timezone(-timedelta(hours=5))


def chosen(
    calendar: Calendar,
    logical_date: datetime | None = None,
    *,
    asked: str | None = None,
    now: datetime = NOW,
    backfill: bool = False,
    default_timezone: str = "UTC",
) -> str:
    return window_of_run(
        calendar,
        asked=asked,
        logical_date=logical_date,
        backfill=backfill,
        now=now,
        default_timezone=default_timezone,
    ).window.name


@pytest.mark.parametrize("calendar", [NEW_YORK, KOLKATA, IN_UTC], ids=lambda c: c.timezone)
@pytest.mark.parametrize("day", ["2013-01-05", "2013-03-10", "2013-11-03"])
def test_a_day_that_is_named_is_the_day_in_every_zone(calendar: Calendar, day: str) -> None:
    assert chosen(calendar, datetime.fromisoformat(f"{day}T00:00:00+00:00")) == day
    assert chosen(calendar, asked=day) == day


@pytest.mark.parametrize("calendar", [NEW_YORK, KOLKATA, IN_UTC], ids=lambda c: c.timezone)
@pytest.mark.parametrize(
    ("default", "day"),
    [
        ("Europe/Berlin", "2013-01-05"),
        ("Europe/Berlin", "2013-03-31"),  # 23 hours there
        ("America/Los_Angeles", "2013-11-03"),  # 25 hours there
        ("America/Sao_Paulo", "2013-10-20"),  # begins at 01:00 there
        ("Pacific/Apia", "2013-01-05"),
    ],
)
def test_a_day_that_is_named_on_the_command_line_is_the_day_in_every_default_zone(
    calendar: Calendar, default: str, day: str
) -> None:
    parsed = pendulum.parse(day, tz=default)  # as `airflow dags test X 2013-01-05` does
    assert isinstance(parsed, datetime)
    assert chosen(calendar, parsed, default_timezone=default) == day


def test_a_default_zone_makes_no_name_of_an_hour_or_of_another_moment() -> None:
    berlin = "Europe/Berlin"
    two = datetime(2013, 1, 5, 13, tzinfo=UTC)  # 14:00 in Berlin
    assert chosen(HOURS, two, default_timezone=berlin) == "2013-01-05T13"
    later = datetime(2013, 1, 4, 23, 0, 1, tzinfo=UTC)  # a second past midnight in Berlin
    assert chosen(NEW_YORK, later, default_timezone=berlin) == "2013-01-04"
    assert (
        chosen(MONTHS, datetime(2013, 1, 31, 23, tzinfo=UTC), default_timezone=berlin) == "2013-02"
    )


@pytest.mark.parametrize(
    ("calendar", "moment", "window"),
    [
        (NEW_YORK, datetime(2013, 1, 5, 3, tzinfo=UTC), "2013-01-04"),
        (NEW_YORK, datetime(2013, 1, 5, tzinfo=EASTERN), "2013-01-05"),
        (KOLKATA, datetime(2013, 1, 4, 20, tzinfo=UTC), "2013-01-05"),
        (MONTHS, datetime(2013, 1, 15, tzinfo=UTC), "2013-01"),
        (MONTHS, datetime(2013, 1, 31, 19, tzinfo=UTC), "2013-02"),
        (HOURS, datetime(2013, 1, 5, 14, tzinfo=UTC), "2013-01-05T14"),
        (HOURS, datetime(2013, 1, 5, 14, 20, tzinfo=UTC), "2013-01-05T09"),
    ],
    ids=["an instant", "midnight there", "east", "a month's day", "month's end", "hour", "20 past"],
)
def test_another_date_is_an_instant_of_the_datasets_zone(
    calendar: Calendar, moment: datetime, window: str
) -> None:
    assert chosen(calendar, moment) == window


def test_without_a_date_or_with_one_whose_window_runs_on_it_is_the_last_complete_one() -> None:
    assert chosen(NEW_YORK) == "2026-11-21"
    assert chosen(NEW_YORK, NOW) == "2026-11-21"
    assert chosen(HOURS, NOW) == "2026-11-22T08"
    assert chosen(MONTHS, NOW) == "2026-10"
    assert chosen(ENDED, NOW) == "2013-12-31"


def test_a_run_that_is_cleared_later_keeps_its_window() -> None:
    asked_at = datetime(2026, 11, 20, 3, 0, 1, tzinfo=UTC)
    assert chosen(NEW_YORK, asked_at, now=asked_at) == "2026-11-18"


@pytest.mark.parametrize(
    "named",
    [datetime(2026, 11, 22, tzinfo=UTC), datetime(2026, 11, 22, tzinfo=EASTERN)],
    ids=["midnight in UTC", "midnight in its zone"],
)
def test_a_day_that_was_named_before_it_ended_is_refused(named: datetime) -> None:
    with pytest.raises(BadInput, match="2026-11-22 has not ended; found it ends 2026-11-23T00:00"):
        chosen(NEW_YORK, named)


def test_the_form_wins_over_the_date() -> None:
    assert chosen(NEW_YORK, datetime(2013, 1, 7, tzinfo=UTC), asked="2013-01-05") == "2013-01-05"


def test_a_backfill_takes_no_window_from_its_configuration() -> None:
    with pytest.raises(BadInput, match="takes its windows from its dates"):
        chosen(NEW_YORK, datetime(2013, 1, 7, tzinfo=UTC), asked="2013-01-05", backfill=True)


@pytest.mark.parametrize(
    ("calendar", "moment", "asked", "message"),
    [
        (ENDED, datetime(2014, 6, 1, 12, tzinfo=UTC), None, "past the dataset's end"),
        (ENDED, datetime(2014, 1, 1, tzinfo=UTC), None, "past the dataset's end"),
        (ENDED, datetime(2012, 6, 1, 12, tzinfo=UTC), None, "before the dataset's start"),
        (NEW_YORK, None, "2013-01", "not a window of this dataset"),
        (HOURS, datetime(2013, 3, 10, 2, tzinfo=UTC), None, "does not exist"),
        (APIA, datetime(2011, 12, 30, tzinfo=UTC), None, "does not exist"),
    ],
    ids=[
        *("past the end", "at the end", "before the start", "another grain"),
        *("skipped hour", "skipped day"),
    ],
)
def test_a_window_that_is_not_there_is_refused(
    calendar: Calendar, moment: datetime | None, asked: str | None, message: str
) -> None:
    with pytest.raises(BadInput, match=message):
        chosen(calendar, moment, asked=asked)


def test_before_the_first_window_has_ended_there_is_none_to_run() -> None:
    with pytest.raises(BadInput, match="no window of the dataset has ended yet"):
        chosen(NEW_YORK, now=datetime(2013, 1, 1, 12, tzinfo=UTC))
