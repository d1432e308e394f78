"""When each window is due: at the first tick of the schedule at or after its end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from reconcile.config.schedule import Schedule
from reconcile.history.calendar import Calendar, first_instant
from reconcile.model.window import Window

_APART = timedelta(microseconds=1)


@dataclass(frozen=True)
class DueWindows:
    """The windows of a calendar, each due at a tick of a schedule.

    A tick may make several windows due, as Monday's does on a schedule of weekdays:

        windows   Thu ──┐ Fri ──┬─ Sat ──┬─ Sun ──┐ Mon ──┐
        ticks           Fri     ┆        ┆        Mon     Tue
    """

    calendar: Calendar
    schedule: Schedule

    def due_at(self, window: Window) -> datetime:
        """The tick that makes a window due, UTC."""
        return self.schedule.first_at_or_after(window.end)

    def run_after(self, window: Window) -> datetime:
        """When its run may begin: the tick, and a microsecond for each earlier window of it.

        Airflow names a backfill's runs after this moment alone and drops the second of two runs
        of one name.
        """
        return self.due_at(window) + _APART * len(self._earlier_of_same_tick(window))

    def first_from(self, reading: datetime) -> Window | None:
        """The first window that begins at or after a calendar reading; None past the end.

        Raises:
            BadInput: The reading lies before the calendar's start.
        """
        endless = replace(self.calendar, end=None)
        window: Window | None = endless.holding(first_instant(reading, self.calendar.timezone))
        if window is not None and window.local_start < reading:
            window = endless.next(window)
        end = self.calendar.end
        if window is None or (end is not None and window.local_start.date() >= end):
            return None
        return window

    def newest_due(self, now: datetime) -> Window | None:
        """The first of the windows that the newest tick made due; None before the first tick."""
        window = self.calendar.last_complete(now)
        while window is not None and self.due_at(window) > now:
            window = self.calendar.previous(window)
        if window is None:
            return None
        return [window, *self._earlier_of_same_tick(window)][-1]

    def _earlier_of_same_tick(self, window: Window) -> list[Window]:
        """The windows before one that are due at the same tick, the nearest first."""
        tick, earlier = self.due_at(window), []
        before = self.calendar.previous(window)
        while before is not None and self.due_at(before) == tick:
            earlier.append(before)
            before = self.calendar.previous(before)
        return earlier
