"""Which snapshot somebody asks for: by its id, by a time, or the newest."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from reconcile.errors import BadInput
from reconcile.history.calendar import first_instant

_HYPHENATED = re.compile(r"\d{4}-")
_TO_THE_SECOND = re.compile(r"[T ]\d{2}:\d{2}:\d{2}(?![.,\d])")
_EXACT = timedelta(0)


@dataclass(frozen=True)
class Asked:
    """What is asked for; nothing of it is the newest good snapshot.

    Attributes:
        id: A snapshot's id.
        at: The newest good one that was taken no later than this, UTC.
    """

    id: str | None = None
    at: datetime | None = None


def asked(text: str | None, *, timezone: str) -> Asked:
    """What a text asks for: an id, a time such as `2013-11-05T07:00Z`, a day, or nothing.

    An id begins like a time without its hyphens, so a time has them. One to the second stands for
    that second's end: a snapshot is asked for by the time that it is shown with.

    Args:
        text: The text; None or empty asks for the newest.
        timezone: Whose clock a time without a zone is read on. A day stands for its end there.

    Raises:
        BadInput: The time is none that a snapshot can have.
    """
    told = (text or "").strip()
    if not told:
        return Asked()
    if not _HYPHENATED.match(told):
        return Asked(id=told)
    try:
        day = date.fromisoformat(told)
    except ValueError:
        return _asked_time(told, timezone)
    try:
        end = datetime.combine(day + timedelta(days=1), datetime.min.time())
        return Asked(at=first_instant(end, timezone).astimezone(UTC) - timedelta(microseconds=1))
    except (OverflowError, ValueError):
        raise _no_time(told) from None


def _asked_time(told: str, timezone: str) -> Asked:
    try:
        moment = datetime.fromisoformat(told)
    except ValueError:
        return Asked(id=told)
    try:
        known = moment if moment.tzinfo is not None else first_instant(moment, timezone)
        second = timedelta(seconds=1, microseconds=-1) if _TO_THE_SECOND.search(told) else _EXACT
        return Asked(at=known.astimezone(UTC) + second)
    except (OverflowError, ValueError):
        raise _no_time(told) from None


def _no_time(told: str) -> BadInput:
    return BadInput(
        "not a time that a snapshot can have",
        found=repr(told),
        expected="a time such as 2013-11-05T07:00Z, or a snapshot's id",
    )
