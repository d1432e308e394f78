"""A schedule: the ticks of a cron line on the clock of a time zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from croniter import croniter
from croniter.croniter import CroniterBadDateError, CroniterError

from reconcile.errors import BadInput
from reconcile.history.calendar import first_instant, grain_start, local_reading, zone
from reconcile.model.window import Grain

_WORD = re.compile(r"[A-Za-z]+")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MONTHS = (
    *("jan", "feb", "mar", "apr", "may", "jun"),
    *("jul", "aug", "sep", "oct", "nov", "dec"),
)
_WORDS = frozenset(["l", *_DAYS, *_MONTHS])  # croniter knows more, among them random ticks
_LONGEST = 200
_NEW_YEAR = datetime(2023, 12, 31, 23, 59)  # noqa: DTZ001 - a reading; a leap year follows
# Cron's leading fields that, each one number, let nothing tick twice in a window.
_FIELDS = {Grain.HOUR: 1, Grain.DAY: 2, Grain.MONTH: 3}
# Every hour that ticks has the same minutes, every day the same times: the first two ticks tell.
_PAIRS_SEEN = {Grain.HOUR: 1, Grain.DAY: 1, Grain.MONTH: 48}


@dataclass(frozen=True)
class Schedule:
    """When something runs: five cron fields, read in a time zone.

    A tick that the clocks skip comes at the moment they were put forward; one that they show
    twice comes the first time.

    Raises:
        BadInput: The line is no cron line, never ticks, or the zone is unknown.
    """

    cron: str
    timezone: str

    def __post_init__(self) -> None:
        check_cron(self.cron)
        zone(self.timezone)

    def first_at_or_after(self, instant: datetime) -> datetime:
        """The first tick at or after an instant, in UTC."""
        # One second before, because a tick inside a skipped hour comes when the hour would begin.
        reading = local_reading(instant - timedelta(seconds=1), self.timezone)
        ticks = croniter(self.cron, reading)
        while (tick := first_instant(ticks.get_next(datetime), self.timezone)) < instant:
            pass
        return tick.astimezone(UTC)


@lru_cache(maxsize=1024)
def check_cron(cron: str) -> None:
    """Raises BadInput for what is not five cron fields, or never ticks."""
    unknown = {word.lower() for word in _WORD.findall(cron)} - _WORDS
    if len(cron) > _LONGEST or len(cron.split()) != 5 or unknown:
        raise _not_cron(cron)
    try:
        croniter(cron, _NEW_YEAR).get_next(datetime)
    except CroniterBadDateError as error:
        raise BadInput(
            "a schedule that never ticks", found=repr(cron), expected="a date that exists"
        ) from error
    except (CroniterError, ValueError) as error:
        raise _not_cron(cron) from error


@lru_cache(maxsize=1024)
def check_one_tick_a_window(cron: str, grain: Grain) -> None:
    """Raises BadInput when two ticks of a valid cron line fall on one window of the grain.

    They are looked for on the calendar, without a zone: there a piece of the calendar is a
    window, and clock changes only ever merge ticks.
    """
    ticks = croniter(cron, _NEW_YEAR)
    if _ticks_once(ticks.expanded, grain):
        return
    tick = ticks.get_next(datetime)
    for _ in range(_PAIRS_SEEN[grain]):
        following = ticks.get_next(datetime)
        if grain_start(tick, grain) == grain_start(following, grain):
            raise BadInput(
                f"two ticks for one {grain.value}",
                found=f"{cron!r}, which ticks at {tick:%d %b %H:%M} and {following:%d %b %H:%M}",
                expected=f"at most one tick a {grain.value}, the dataset's grain",
            )
        tick = following


def _ticks_once(fields: list[list[Any]], grain: Grain) -> bool:
    """Whether a window's single tick can be seen without looking for ticks."""
    if grain is Grain.MONTH and fields[4] != ["*"]:  # weekdays tick besides the day of the month
        return False
    return all(len(field) == 1 and field != ["*"] for field in fields[: _FIELDS[grain]])


def _not_cron(cron: str) -> BadInput:
    return BadInput(
        "not a schedule",
        found=repr(cron),
        expected='five cron fields (minute hour day month weekday) such as "0 5 * * *"',
    )
