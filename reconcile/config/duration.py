"""A duration as files spell it: `10ns`, `250us`, `500ms`, `1s`, `2min`, `6h`."""

from __future__ import annotations

import re
from datetime import timedelta

from reconcile.errors import BadInput
from reconcile.model.rules import DURATION_UNITS

EXAMPLES = "a duration such as 500ms, 1s, 2min or 6h (units: ns, us, ms, s, min, h)"
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
