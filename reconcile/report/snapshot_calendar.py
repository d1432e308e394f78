"""The calendar of a dataset's snapshots: one mark a day, in the dataset's time zone.

           1234567890123456789012345678901
    2013-01 ···✓······✓······✓······✓······
    2013-02 ✓✓✓✗✓✓✓

It shows at a glance what the retention has left, where a backup was missed, and which snapshots
are damaged, held or proven by a restore.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from reconcile.model.snapshot import Standing
from reconcile.report.headline import Face
from reconcile.report.numbers import counted
from reconcile.report.snapshot_content import SnapshotReport
from reconcile.report.snapshot_facts import (
    BACKDATED,
    DAMAGED,
    FUTURE,
    GOOD,
    INCONSISTENT,
    UNVERIFIED,
    standing_face,
)
from reconcile.report.sync_calendar import Calendar, Mark, calendar

NONE = Face("No snapshot", "·", "due")
HELD = "held"
PROVEN = "proven"
_LONGEST = timedelta(days=40 * 366)
"""A clock that has gone wrong shall draw neither centuries back nor ahead."""
_SHOWN_FIRST = (DAMAGED, GOOD, UNVERIFIED, INCONSISTENT, BACKDATED, FUTURE)


def snapshot_calendar(report: SnapshotReport) -> Calendar:
    """The days from the first snapshot to the day of the report."""
    zone = ZoneInfo(report.timezone)
    by_day = {
        day: tuple(some) for day, some in groupby(report.standings, key=lambda one: _day(one, zone))
    }
    last = max([report.made_at.astimezone(zone).date(), *_no_later(by_day, report, zone)])
    first = max(min(by_day, default=last), last - _LONGEST)
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return calendar([_mark(day, by_day.get(day, ()), report) for day in days])


def _day(standing: Standing, zone: ZoneInfo) -> date:
    """The day a snapshot was taken, as the dataset's calendar has it."""
    taken_at = standing.manifest.taken_at
    try:
        return taken_at.astimezone(zone).date()
    except OverflowError:  # at either end of time
        return taken_at.date()


def _no_later(days: Iterable[date], report: SnapshotReport, zone: ZoneInfo) -> list[date]:
    horizon = report.made_at.astimezone(zone).date() + timedelta(days=31)
    return [day for day in days if day <= horizon]


def _mark(day: date, some: Sequence[Standing], report: SnapshotReport) -> Mark:
    if not some:
        return Mark(day.isoformat(), NONE)
    faces = [standing_face(one, report.made_at) for one in some]
    shown = next(face for face in _SHOWN_FIRST if face in faces)
    told = [counted(len(some), "snapshot")] if len(some) > 1 else []
    held = [hold.reason for one in some for hold in one.holds]
    told += [f"held: {'; '.join(held)}"] if held else []
    proven = any(one.restored_at is not None for one in some)
    told += ["proven by a restore"] if proven else []
    traits = ((HELD,) if held else ()) + ((PROVEN,) if proven else ())
    return Mark(day.isoformat(), shown, ", ".join(told), traits)
