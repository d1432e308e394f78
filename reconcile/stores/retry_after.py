"""How long a service asks to be left alone: `Retry-After`, in any of its spellings."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

_MILLISECONDS = ("retry-after-ms", "x-ms-retry-after-ms", "x-amz-retry-after")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that an answer asks for; None where it asks for none, or nobody can read it.

    A date is taken as the time from the answer's own `Date`, so that no clock of ours matters.
    """
    said = {name.lower(): value for name, value in headers.items()}
    text = said.get("retry-after")
    if text is not None:
        seconds = _number(text)
        return _until(text, said.get("date")) if seconds is None else seconds
    for name in _MILLISECONDS:
        milliseconds = _number(said.get(name, ""))
        if milliseconds is not None:
            return milliseconds / 1000
    return None


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if number >= 0 and math.isfinite(number) else None


def _until(text: str, date: str | None) -> float | None:
    end, now = _time(text), _time(date or "")
    if end is None or now is None:
        return None
    return max(0.0, (end - now).total_seconds())


def _time(text: str) -> datetime | None:
    try:
        time = parsedate_to_datetime(text)
    except ValueError:
        return None
    return None if time.tzinfo is None else time  # without a zone nobody knows when it is
