"""Times as whole nanoseconds: from columns, from text, and from local time in a zone."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pyarrow as pa

from reconcile.comparison.types import Kind, kind_of, plain

NANOSECONDS_PER = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}
_DAY = 86_400 * NANOSECONDS_PER["s"]
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a calendar reading, not an instant
_TIME = re.compile(
    r"\s*(\d{4})-(\d{2})-(\d{2})"
    r"(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?\s*(Z|z|[+-]\d{2}(?::?\d{2})?)?)?\s*"
)


def nanoseconds(sql: str, arrow: pa.DataType) -> str:
    """SQL of a time column's whole nanoseconds since the epoch, midnight or zero, as HUGEINT."""
    arrow = plain(arrow)
    match kind_of(arrow):
        case Kind.DATE:
            return f"CAST({sql} - DATE '1970-01-01' AS HUGEINT) * {_DAY}"
        case Kind.DURATION:
            return f"CAST({sql} AS HUGEINT) * {NANOSECONDS_PER[arrow.unit]}"
        case _ if arrow.unit == "ns":
            return f"CAST(epoch_ns({sql}) AS HUGEINT)"
        case _:
            return f"CAST(epoch_us({sql}) AS HUGEINT) * 1000"


@cache
def _zone(name: str) -> ZoneInfo | None:
    offset = re.fullmatch(r"[+-]\d{2}:?\d{2}", name)
    return None if offset else ZoneInfo(name)


def instant_of(local: int, zone: str) -> int | None:
    """The instant of a local time, both in nanoseconds since the epoch.

    A local time that occurs twice means the first; one that does not exist has no instant.

    Args:
        local: The calendar reading, counted as though it were UTC.
        zone: An IANA zone name, or an offset such as `+05:30`.
    """
    info = _zone(zone)
    if info is None:
        return local - _offset(zone)
    try:
        reading = _EPOCH + timedelta(microseconds=local // 1_000)
    except OverflowError:
        return local
    first = reading.replace(tzinfo=info).utcoffset() or timedelta()
    second = reading.replace(tzinfo=info, fold=1).utcoffset() or timedelta()
    if first < second:
        return None
    return local - (first // timedelta(microseconds=1)) * 1_000


def zoned_text(local: int, zone: str) -> str:
    """The instant of a local time as text, or what says that it does not exist."""
    instant = instant_of(local, zone)
    return f"no such local time {local}" if instant is None else str(instant)


def parsed_time(text: str, zone: str) -> int | None:
    """Nanoseconds since the epoch that an ISO 8601 text spells, or None where it spells none.

    Args:
        text: A date, or a date and time, with or without an offset.
        zone: The zone to read a time without an offset in; empty for a local time, which may
            have no offset.
    """
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    try:
        reading = datetime(  # noqa: DTZ001
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0)
        )
    except ValueError:
        return None
    local = (reading - _EPOCH) // timedelta(seconds=1) * NANOSECONDS_PER["s"]
    local += int((fraction or "").ljust(9, "0"))
    if offset is not None:
        return local - _offset(offset) if zone else None
    return instant_of(local, zone) if zone else local


def parsed_date(text: str) -> str | None:
    """The ISO date that a text spells, its time of day cut off; None where it spells none."""
    local = parsed_time(text, "") if not re.search(r"\d[Zz]\s*$|:\d.*[+-]\d", text) else None
    if local is None:
        return None
    return date.fromordinal(_EPOCH.toordinal() + local // _DAY).isoformat()


def _offset(text: str) -> int:
    if text in ("Z", "z"):
        return 0
    sign = -1 if text[0] == "-" else 1
    digits = text[1:].replace(":", "").ljust(4, "0")
    return sign * (int(digits[:2]) * 3_600 + int(digits[2:]) * 60) * NANOSECONDS_PER["s"]
