"""The window that is named is the window that is processed, whoever asks Airflow for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from types import ModuleType
from typing import Any

import pendulum
import pytest

from reconcile.history.calendar import Calendar, first_instant
from reconcile.model.window import Grain, Window
from reconcile.orchestration.window_of_run import window_of_run

CRONS = {Grain.HOUR: "10 * * * *", Grain.DAY: "0 5 * * *", Grain.MONTH: "0 6 2 * *"}
ZONES = ["UTC", "America/New_York", "Asia/Kolkata"]
MODULE = "reconcile.orchestration.timetable"


@pytest.fixture
def module(airflow_module: Callable[[str], ModuleType]) -> ModuleType:
    return airflow_module(MODULE)


@pytest.fixture
def timetable(module: ModuleType) -> Callable[..., Any]:
    def made(
        timezone: str,
        *,
        cron: str | None = "0 5 * * *",
        grain: Grain = Grain.DAY,
        start: date = date(2013, 1, 1),
        end: date | None = None,
    ) -> Any:
        return module.WindowTimetable(cron, timezone, grain, start=start, end=end)

    return made


@pytest.fixture
def at(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Stops the clock of Airflow's timetables."""

    def stopped(now: datetime) -> None:
        monkeypatch.setattr(module.airflow_time, "utcnow", lambda: now)

    return stopped


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def plain(moment: datetime) -> datetime:
    """Airflow's clock has the standard library's times, its runs have pendulum's."""
    return datetime.fromisoformat(moment.isoformat())


def runs(table: Any, first: str, last: str) -> Iterator[Any]:
    """What `backfill create --from-date --to-date` asks for: see `iter_dagrun_infos_between`."""
    from airflow.timetables.base import TimeRestriction

    restriction = TimeRestriction(utc(first), utc(last), catchup=True)  # type: ignore[arg-type]
    info = None
    while info := table.next_dagrun_info_v2(last_dagrun_info=info, restriction=restriction):
        yield info


def next_run(table: Any, after: Any = None) -> Any:
    """What the scheduler asks for."""
    from airflow.timetables.base import TimeRestriction

    restriction = TimeRestriction(None, None, catchup=False)
    return table.next_dagrun_info_v2(last_dagrun_info=after, restriction=restriction)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", ["2013-01-05", "2013-03-10", "2013-11-03"])
def test_a_backfill_of_one_day_is_one_run_of_that_day(
    timetable: Callable[..., Any], zone: str, day: str
) -> None:
    (run,) = runs(timetable(zone), day, day)
    assert run.logical_date == utc(day)
    assert run.data_interval.end == utc(day) + timedelta(days=1)


@pytest.mark.parametrize(
    ("zone", "day", "run_after"),
    [
        ("UTC", "2013-01-05", "2013-01-06T05:00"),
        ("America/New_York", "2013-01-05", "2013-01-06T10:00"),
        ("America/New_York", "2013-03-10", "2013-03-11T09:00"),  # 23 hours
        ("America/New_York", "2013-11-03", "2013-11-04T10:00"),  # 25 hours
        ("Asia/Kolkata", "2013-01-05", "2013-01-05T23:30"),
    ],
)
def test_its_run_waits_for_the_first_tick_after_the_day_has_ended(
    timetable: Callable[..., Any], zone: str, day: str, run_after: str
) -> None:
    (run,) = runs(timetable(zone), day, day)
    assert run.run_after == utc(run_after)


def test_a_range_of_days_is_a_run_a_day(timetable: Callable[..., Any]) -> None:
    found = list(runs(timetable("America/New_York"), "2013-01-01", "2013-12-31"))
    assert [run.logical_date.date() for run in found] == [
        date(2013, 1, 1) + timedelta(days=n) for n in range(365)
    ]
    assert len({run.run_after for run in found}) == 365


def test_a_backfill_ends_where_the_dataset_does(timetable: Callable[..., Any]) -> None:
    table = timetable("Asia/Kolkata", start=date(2013, 1, 3), end=date(2013, 1, 6))
    days = [run.logical_date.day for run in runs(table, "2012-12-01", "2013-02-01")]
    assert days == [3, 4, 5]


def test_hours_that_the_clocks_skip_have_no_run(timetable: Callable[..., Any]) -> None:
    table = timetable("America/New_York", cron="15 * * * *", grain=Grain.HOUR)
    forward = [r.logical_date.hour for r in runs(table, "2013-03-10", "2013-03-10T04:00")]
    assert forward == [0, 1, 3, 4]
    back = list(runs(table, "2013-11-03", "2013-11-03T03:00"))
    assert [r.logical_date.hour for r in back] == [0, 1, 2, 3]
    assert back[1].run_after - back[0].run_after == timedelta(hours=2)  # 01 is shown twice


def test_hours_where_the_clocks_move_by_thirty_minutes(timetable: Callable[..., Any]) -> None:
    table = timetable("Australia/Lord_Howe", cron="0 * * * *", grain=Grain.HOUR)
    back = list(runs(table, "2013-04-07T00:00", "2013-04-07T03:00"))
    assert [run.logical_date.hour for run in back] == [0, 1, 2, 3]
    assert back[1].run_after - back[0].run_after == timedelta(minutes=90)  # 01:30 is shown twice
    forward = list(runs(table, "2013-10-06T00:00", "2013-10-06T03:00"))
    assert [run.logical_date.hour for run in forward] == [0, 1, 2, 3]
    assert forward[2].run_after - forward[1].run_after == timedelta(minutes=30)  # 02:30 to 03:00


def test_a_day_that_a_zone_skipped_has_no_run(
    timetable: Callable[..., Any], at: Callable[[datetime], None]
) -> None:
    table = timetable("Pacific/Apia", start=date(2011, 1, 1))
    assert list(runs(table, "2011-12-30", "2011-12-30")) == []
    assert [run.logical_date.day for run in runs(table, "2011-12-28", "2011-12-31")] == [28, 29, 31]
    at(utc("2026-11-22T14:30"))
    interval = table.infer_manual_data_interval(run_after=utc("2011-12-30"))
    assert tuple(interval) == (utc("2011-12-30"), utc("2011-12-31"))  # its run refuses it


@pytest.mark.parametrize("grain", list(Grain))
@pytest.mark.parametrize(
    ("zone", "around"),
    [
        ("UTC", date(2013, 3, 10)),
        ("America/New_York", date(2013, 3, 10)),
        ("America/New_York", date(2013, 11, 3)),
        ("Asia/Kolkata", date(2013, 1, 5)),
        ("Australia/Lord_Howe", date(2013, 4, 7)),
        ("Australia/Lord_Howe", date(2013, 10, 6)),
        ("America/Sao_Paulo", date(2013, 10, 20)),  # begins at 01:00
        ("Pacific/Apia", date(2011, 12, 30)),  # was skipped
        ("Africa/Casablanca", date(2013, 7, 7)),  # Ramadan: put back, later forward again
    ],
)
def test_each_window_is_run_once_after_it_has_ended_and_is_the_one_its_date_names(
    timetable: Callable[..., Any],
    at: Callable[[datetime], None],
    grain: Grain,
    zone: str,
    around: date,
) -> None:
    first, end = span_around(around, grain)
    calendar = Calendar(zone, grain, first, end)
    windows = all_windows(calendar)
    table = timetable(zone, cron=CRONS[grain], grain=grain, start=first, end=end)
    found = list(runs(table, first.isoformat(), end.isoformat()))
    named = [
        window_of_run(
            calendar, asked=None, logical_date=run.logical_date, backfill=True, now=run.run_after
        ).window
        for run in found
    ]
    assert named == windows
    assert all(run.run_after >= window.end for run, window in zip(found, windows, strict=True))
    assert [run.run_after for run in found] == sorted({run.run_after for run in found})
    at(plain(found[0].run_after))
    scheduled = [next_run(table)]
    while run := next_run(table, after=scheduled[-1]):
        scheduled.append(run)
        at(plain(run.run_after))
    assert scheduled == found


def span_around(day: date, grain: Grain) -> tuple[date, date]:
    if grain is Grain.MONTH:
        return day.replace(day=1), date(day.year + 1, 3, 1)
    days = timedelta(days=1 if grain is Grain.HOUR else 40)
    return day - days, day + days + timedelta(days=1)


def all_windows(calendar: Calendar) -> list[Window]:
    window: Window | None = calendar.holding(
        first_instant(datetime.combine(calendar.start, time.min), calendar.timezone)
    )
    windows = []
    while window is not None:
        windows.append(window)
        window = calendar.next(window)
    return windows


@pytest.fixture(params=["Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata"])
def default(
    request: pytest.FixtureRequest, module: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> str:
    """The zone in which Airflow reads dates that have none."""
    zone = str(request.param)
    monkeypatch.setattr(module, "default_timezone", lambda: zone)
    return zone


@pytest.mark.parametrize("zone", ZONES)
def test_dates_of_the_command_line_in_airflows_default_zone_name_their_days(
    timetable: Callable[..., Any], at: Callable[[datetime], None], zone: str, default: str
) -> None:
    at(utc("2026-11-22T14:30"))
    parsed = pendulum.parse("2013-03-10", tz=default)
    assert isinstance(parsed, datetime)
    text = parsed.astimezone(UTC).replace(tzinfo=None).isoformat()
    (run,) = runs(timetable(zone), text, text)
    assert run.logical_date == utc("2013-03-10")
    interval = timetable(zone).infer_manual_data_interval(run_after=parsed)
    assert tuple(interval) == (utc("2013-03-10"), utc("2013-03-11"))


def test_airflow_says_which_zone_it_reads_dates_in(module: ModuleType) -> None:
    zone = module.default_timezone()
    parsed = module.airflow_time.parse("2013-01-05")
    assert parsed == pendulum.datetime(2013, 1, 5, tz=zone)


def test_months(timetable: Callable[..., Any]) -> None:
    table = timetable("Asia/Kolkata", cron="0 6 2 * *", grain=Grain.MONTH)
    found = list(runs(table, "2013-01-01", "2013-12-01"))
    assert [run.logical_date.month for run in found] == list(range(1, 13))
    assert found[0].data_interval.end == utc("2013-02-01")
    assert found[0].run_after == utc("2013-02-02T00:30")


def test_windows_of_one_tick_are_runs_of_their_own(timetable: Callable[..., Any]) -> None:
    """Airflow names a backfill's run by `run_after` alone, and drops the second of a name."""
    table = timetable("UTC", cron="0 5 * * 1-5")
    found = list(runs(table, "2013-01-04", "2013-01-07"))  # Friday to Monday
    seconds = [run.run_after.replace(microsecond=0) for run in found]
    assert seconds == [utc("2013-01-07T05:00")] * 3 + [utc("2013-01-08T05:00")]
    assert len({run.run_after for run in found}) == 4


def test_the_scheduler_begins_with_the_newest_window_that_is_due(
    timetable: Callable[..., Any], at: Callable[[datetime], None]
) -> None:
    table = timetable("America/New_York")
    at(utc("2026-11-22T14:30"))
    first = next_run(table)
    assert first.logical_date == utc("2026-11-21")
    following = next_run(table, after=first)
    assert following.logical_date == utc("2026-11-22")
    assert following.run_after == utc("2026-11-23T10:00")


def test_what_was_missed_while_nothing_ran_is_not_caught_up(
    timetable: Callable[..., Any], at: Callable[[datetime], None]
) -> None:
    table = timetable("America/New_York")
    (long_ago,) = runs(table, "2026-10-01", "2026-10-01")
    at(utc("2026-11-22T14:30"))
    assert next_run(table, after=long_ago).logical_date == utc("2026-11-21")


def test_every_window_of_the_newest_tick_is_run(
    timetable: Callable[..., Any], at: Callable[[datetime], None]
) -> None:
    table = timetable("UTC", cron="0 5 * * 1")
    at(utc("2026-11-25T12:00"))  # a Wednesday; its Monday was the 23rd
    first = next_run(table)
    assert first.logical_date == utc("2026-11-16")
    assert next_run(table, after=first).logical_date == utc("2026-11-17")


def test_the_scheduler_stops_where_the_dataset_does(
    timetable: Callable[..., Any], at: Callable[[datetime], None]
) -> None:
    table = timetable("America/New_York", end=date(2014, 1, 1))
    at(utc("2013-12-31T20:00"))
    last = next_run(table, after=next_run(table))
    assert last.logical_date == utc("2013-12-31")
    assert next_run(table, after=last) is None


def test_before_the_first_window_its_run_is_the_next(
    timetable: Callable[..., Any], at: Callable[[datetime], None]
) -> None:
    at(utc("2013-01-01T12:00"))
    assert next_run(timetable("UTC")).logical_date == utc("2013-01-01")


@pytest.mark.parametrize("grain", list(Grain))
def test_without_a_schedule_windows_are_run_by_hand_or_in_a_backfill_only(
    timetable: Callable[..., Any], at: Callable[[datetime], None], grain: Grain
) -> None:
    """Around a day of 23 hours: each run's time is the end of its window."""
    at(utc("2026-11-22T14:30"))
    table = timetable("America/New_York", cron=None, grain=grain)
    assert next_run(table) is None
    assert not table.can_be_scheduled
    assert table.periodic  # else Airflow allows no backfill
    calendar = Calendar("America/New_York", grain, date(2013, 1, 1))
    found = list(runs(table, "2013-03-01", "2013-03-31"))
    windows = [calendar.at_local(run.logical_date.replace(tzinfo=None)) for run in found]
    assert [run.run_after for run in found] == [window.end for window in windows]
    assert len(found) == {Grain.HOUR: 30 * 24, Grain.DAY: 31, Grain.MONTH: 1}[grain]
    assert next_run(table, after=found[-1]) is None
    assert timetable("UTC", cron=None).summary == "by hand"


@pytest.mark.parametrize("zone", ZONES)
def test_a_manual_run_has_the_interval_of_the_day_it_names(
    timetable: Callable[..., Any], at: Callable[[datetime], None], zone: str
) -> None:
    at(utc("2026-11-22T14:30"))
    interval = timetable(zone).infer_manual_data_interval(run_after=utc("2013-01-05"))
    assert tuple(interval) == (utc("2013-01-05"), utc("2013-01-06"))


@pytest.mark.parametrize(
    ("asked", "day"),
    [
        ("2026-11-22T14:30:01", "2026-11-21"),  # now: the last complete one
        ("2013-01-05T03:00", "2013-01-04"),  # an instant of New York
        ("2030-01-01", "2030-01-01"),  # refused by the run, which says why
        ("1999-01-01", "1999-01-01"),
    ],
)
def test_a_manual_run_of_any_date_has_an_interval(
    timetable: Callable[..., Any], at: Callable[[datetime], None], asked: str, day: str
) -> None:
    at(utc("2026-11-22T14:30"))
    interval = timetable("America/New_York").infer_manual_data_interval(run_after=utc(asked))
    assert interval.start == utc(day)


@pytest.mark.parametrize("cron", [None, "0 6 2 * *"])
@pytest.mark.parametrize("end", [None, date(2014, 1, 1)])
@pytest.mark.parametrize("grain", list(Grain))
def test_it_survives_being_written_down(
    module: ModuleType,
    timetable: Callable[..., Any],
    grain: Grain,
    end: date | None,
    cron: str | None,
) -> None:
    table = timetable("Asia/Kolkata", grain=grain, cron=cron, end=end)
    written = json.loads(json.dumps(table.serialize()))
    again = module.WindowTimetable.deserialize(written)
    assert again.serialize() == written
    assert again.can_be_scheduled is (cron is not None)
    assert list(runs(again, "2013-01-01", "2013-01-03")) == list(
        runs(table, "2013-01-01", "2013-01-03")
    )
