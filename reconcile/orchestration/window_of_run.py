"""Which window a run is about: the one that was named, else the newest that is complete."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from reconcile.errors import BadInput
from reconcile.history.calendar import Calendar, first_instant, grain_start, local_reading
from reconcile.model.window import Grain, Window


@dataclass(frozen=True)
class ChosenWindow:
    """A window, and why it is this one."""

    window: Window
    reason: str


def window_of_run(
    calendar: Calendar,
    *,
    asked: str | None,
    logical_date: datetime | None,
    backfill: bool,
    now: datetime,
    default_timezone: str = "UTC",
) -> ChosenWindow:
    """The window that a run processes.

    Args:
        calendar: The dataset's windows.
        asked: The window named in the form, if one was.
        logical_date: Airflow's date of the run; one that spells a boundary of the calendar
            (`spelt_name`) is a window's name, any other is an instant.
        backfill: Whether the run belongs to a backfill, whose dates alone decide.
        now: When the run was asked for.
        default_timezone: In which Airflow reads a date that has no zone.

    Raises:
        BadInput: No such window, it was named before it ended, none has ended yet, or a backfill
            was given a window.
    """
    if asked is not None:
        if backfill:
            raise BadInput(
                "a backfill takes its windows from its dates",
                found=f"the window {asked} in its configuration",
                next_step="leave the window out, or start a run of its own for it",
            )
        return ChosenWindow(calendar.window(asked), "named in the form")
    if logical_date is None:
        return _last_complete(calendar, now, "the run has no date")
    logical_date = _standard(logical_date)
    name = spelt_name(logical_date, calendar.grain, default_timezone=default_timezone)
    if name is not None:
        window = calendar.at_local(name)
        calendar.refuse_unended(window, now)
        return ChosenWindow(window, "named by the run's date")
    held = replace(calendar, end=None).holding(logical_date)
    if held.start == logical_date:  # midnight of the dataset's own zone names a day, too
        calendar.refuse_unended(held, now)
    if now < held.end:
        return _last_complete(calendar, now, f"the window of the run's date, {held.name}, runs on")
    return ChosenWindow(calendar.holding(logical_date), "it holds the run's date")


def spelt_name(moment: datetime, grain: Grain, *, default_timezone: str = "UTC") -> datetime | None:
    """The calendar reading that a moment spells; None where it is just some moment.

    A midnight of UTC spells a day or a month, a full hour an hour. So does the beginning of a day
    where Airflow reads dates in another zone: a day named on its command line arrives as that.
    Hours do not: those of most zones begin with UTC's, and nobody could say which was meant.
    """
    moment = _standard(moment)
    reading = local_reading(moment, "UTC")
    finest = Grain.HOUR if grain is Grain.HOUR else Grain.DAY
    if grain_start(reading, finest) == reading:
        return reading
    if grain is Grain.HOUR:
        return None
    midnight = grain_start(local_reading(moment, default_timezone), Grain.DAY)
    return midnight if first_instant(midnight, default_timezone) == moment else None


def calendar_reading(
    moment: datetime, calendar: Calendar, *, default_timezone: str = "UTC"
) -> datetime:
    """The calendar reading a moment stands for: what it spells, else the dataset's own clock."""
    spelt = spelt_name(moment, calendar.grain, default_timezone=default_timezone)
    return local_reading(_standard(moment), calendar.timezone) if spelt is None else spelt


def _standard(moment: datetime) -> datetime:
    """The same instant without pendulum, whose `replace` moves readings and forgets zones."""
    there = moment.astimezone(UTC)
    return datetime.combine(there.date(), there.time(), UTC)


def _last_complete(calendar: Calendar, now: datetime, because: str) -> ChosenWindow:
    window = calendar.last_complete(_standard(now))
    if window is None:
        raise BadInput(
            "no window of the dataset has ended yet",
            found=f"{now.astimezone(UTC):%Y-%m-%dT%H:%MZ}",
            expected=f"a time after the first window, which begins {calendar.start}",
        )
    return ChosenWindow(window, f"the last complete one, since {because}")
