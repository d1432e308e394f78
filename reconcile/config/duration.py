"""A duration as files spell it: `10ns`, `250us`, `500ms`, `1s`, `2min`, `6h`."""

from __future__ import annotations

import re
from datetime import timedelta

from reconcile.errors import BadInput
from reconcile.model.rules import DURATION_UNITS, duration_text

EXAMPLES = "a duration such as 500ms, 1s, 2min or 6h (units: ns, us, ms, s, min, h)"
AGES = "a time such as 90min, 24h or 14d (units: ns, us, ms, s, min, h, d)"
_DAYS = re.compile(r"([0-9]{1,5})\s?d", re.ASCII)
_DURATION = re.compile(r"([0-9]{1,12})\s?(ns|us|ms|s|min|h)", re.ASCII)
_NANOSECONDS = dict(DURATION_UNITS)
_LONGEST = (1 << 63) - 1


def nanoseconds(text: str) -> int:
    """The length of a duration in nanoseconds.

    Raises:
        BadInput: It is not a whole number and a unit, or longer than 64 bits hold (292 years).
    """
    found = _DURATION.fullmatch(text)
    length = int(found.group(1)) * _NANOSECONDS[found.group(2)] if found else _LONGEST + 1
    if length > _LONGEST:
        raise BadInput("not a duration", found=repr(text), expected=EXAMPLES)
    return length


def waiting_time(text: str) -> timedelta:
    """The same for a time to wait, which has no use for nanoseconds.

    Raises:
        BadInput: It is no duration, or not a whole number of microseconds.
    """
    microseconds, rest = divmod(nanoseconds(text), 1_000)
    if rest:
        raise BadInput("too fine a duration", found=repr(text), expected="whole microseconds")
    return timedelta(microseconds=microseconds)


def age(text: str) -> timedelta:
    """The same where whole days may be said too, of 24 hours each: `14d`.

    Raises:
        BadInput: It is neither.
    """
    if days := _DAYS.fullmatch(text):
        return timedelta(days=int(days.group(1)))
    try:
        return waiting_time(text)
    except BadInput as error:
        raise BadInput("not a time", found=error.found, expected=AGES) from None


def age_text(age: timedelta) -> str:
    """An age as files spell it."""
    if age and not age % timedelta(days=1):
        return f"{age.days}d"
    return duration_text(age // timedelta(microseconds=1) * 1_000)
