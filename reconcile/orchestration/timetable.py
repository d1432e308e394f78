"""The timetable of windows: the window that is named is the window that is processed.

Its data interval is the window's calendar name written as UTC, whatever the dataset's zone: the
day 2013-01-05 is [2013-01-05T00:00Z, 2013-01-06T00:00Z) even in New York, where it begins at
05:00Z. So a date on the command line, in a backfill or in the form always means its own day.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from airflow.sdk import timezone as airflow_time
from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable
from pendulum import DateTime, instance

from reconcile.config.schedule import Schedule
from reconcile.errors import BadInput
from reconcile.history.calendar import Calendar, grain_start
from reconcile.model.dataset import Dataset
from reconcile.model.window import Grain
from reconcile.orchestration.due_windows import DueWindows
from reconcile.orchestration.window_of_run import calendar_reading, window_of_run

_AT_LEAST = {
    Grain.HOUR: timedelta(hours=1),
    Grain.DAY: timedelta(days=1),
    Grain.MONTH: timedelta(days=31),
}


_ONCE_ENDED = {Grain.HOUR: "0 * * * *", Grain.DAY: "0 0 * * *", Grain.MONTH: "0 0 1 * *"}
"""When a window is due that nothing schedules."""


class WindowTimetable(Timetable):
    """Runs each window of a dataset once, at the first tick at or after its end.

    Args:
        cron: Five cron fields, on the clock of `timezone`; None for what runs by hand only, or in
            a backfill.
        timezone: The dataset's zone.
        grain: How long its windows are.
        start: First day of the first window.
        end: First day without a window; None if they never stop.

    Raises:
        BadInput: The cron line, the zone or a bound is not usable.
    """

    def __init__(
        self, cron: str | None, timezone: str, grain: Grain, *, start: date, end: date | None = None
    ) -> None:
        schedule = Schedule(cron or _ONCE_ENDED[grain], timezone)
        self._due = DueWindows(Calendar(timezone, grain, start, end), schedule)
        self._cron = cron
        self.can_be_scheduled = cron is not None
        begins = ", by hand or in a backfill" if cron is None else ", once it has ended"
        self.description = f"each {grain.value} of {timezone}{begins}"

    @classmethod
    def of(cls, dataset: Dataset, cron: str | None) -> WindowTimetable:
        """The timetable of a dataset's windows, on a schedule of its file; None for no schedule."""
        return cls(
            cron,
            dataset.timezone,
            dataset.grain,
            start=dataset.start,
            end=dataset.end,
        )

    @property
    def summary(self) -> str:
        """The cron line and its zone."""
        return "by hand" if self._cron is None else f"{self._cron} ({self._due.schedule.timezone})"

    def serialize(self) -> dict[str, Any]:
        """What `deserialize` reads."""
        calendar = self._due.calendar
        return {
            "cron": self._cron,
            "timezone": calendar.timezone,
            "grain": calendar.grain.value,
            "start": calendar.start.isoformat(),
            "end": None if calendar.end is None else calendar.end.isoformat(),
        }

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> WindowTimetable:
        """The timetable that `serialize` wrote down."""
        return cls(
            data["cron"],
            data["timezone"],
            Grain(data["grain"]),
            start=date.fromisoformat(data["start"]),
            end=None if data["end"] is None else date.fromisoformat(data["end"]),
        )

    def infer_manual_data_interval(self, *, run_after: DateTime) -> DataInterval:
        """The interval of the window that a manual run of this date processes.

        A date that the run will refuse gets the interval it spells: the refusal and its reason
        belong into the run's log, and this is also asked of dates that no run has.
        """
        calendar = self._due.calendar
        try:
            chosen = window_of_run(
                calendar,
                asked=None,
                logical_date=run_after,
                backfill=False,
                now=_now(),
                default_timezone=default_timezone(),
            )
            return self._interval(chosen.window.local_start)
        except BadInput:
            return self._interval(grain_start(self._reading(run_after), calendar.grain))

    def next_dagrun_info(
        self,
        *,
        last_automated_data_interval: DataInterval | None,
        restriction: TimeRestriction,
    ) -> DagRunInfo | None:
        """The next window to run; without catching up none before those that are due now.

        Airflow catches up where it asks for a backfill.
        """
        if self._cron is None and not restriction.catchup:
            return None
        calendar = self._due.calendar
        last = last_automated_data_interval
        bounds = (restriction.earliest, None if last is None else last.end)
        readings = [datetime.combine(calendar.start, time.min)]
        readings += [self._reading(bound) for bound in bounds if bound is not None]
        if not restriction.catchup and (newest := self._due.newest_due(_now())) is not None:
            readings.append(newest.local_start)
        window = self._due.first_from(max(readings))
        if window is None:
            return None
        latest = restriction.latest
        if latest is not None and self._reading(latest) < window.local_start:
            return None
        return DagRunInfo(
            run_after=instance(self._due.run_after(window)),
            data_interval=self._interval(window.local_start),
        )

    def _reading(self, moment: datetime) -> datetime:
        return calendar_reading(moment, self._due.calendar, default_timezone=default_timezone())

    def _interval(self, beginning: datetime) -> DataInterval:
        """A window's calendar name as UTC."""
        grain = self._due.calendar.grain
        end = grain_start(beginning + _AT_LEAST[grain], grain)
        return DataInterval(
            instance(beginning.replace(tzinfo=UTC)), instance(end.replace(tzinfo=UTC))
        )


def default_timezone() -> str:
    """The zone in which Airflow reads a date that has none."""
    there = airflow_time.datetime(2000, 1, 1).tzinfo
    return str(there)


def _now() -> datetime:
    now: datetime = airflow_time.utcnow()
    return now
