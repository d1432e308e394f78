"""A window: a half-open piece of data time with a calendar name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Grain(StrEnum):
    """How long a dataset's windows are, on the calendar of its time zone."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, order=True)
class Window:
    """`[start, end)` in instants (UTC), with the calendar reading that names it.

    Attributes:
        start: First instant, in UTC.
        end: First instant that no longer belongs, in UTC.
        name: `2013-01-05` (day), `2013-01-05T14` (hour), `2013-01` (month).
        local_start: The calendar reading the name spells, without a zone: what a clock in the
            dataset's time zone shows where the window begins (or would show, had it not been
            put forward just then). Partition templates and logical dates are made from it.
        grain: How long it is.
    """

    start: datetime
    end: datetime
    name: str
    local_start: datetime
    grain: Grain
