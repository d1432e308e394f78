"""The span of a report's windows: what it is called, and the days it leaves out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Protocol

from reconcile.report.content import WindowReport
from reconcile.report.numbers import counted

DAY = re.compile(r"\d{4}-\d\d-\d\d")
MONTH = re.compile(r"\d{4}-\d\d")
HOUR = re.compile(r"\d{4}-\d\d-\d\dT\d\d.*")


class Named(Protocol):
    """What is told of one window."""

    @property
    def window(self) -> str:
        """The window's name."""


class Spanned(Protocol):
    """What is told of a span of windows, oldest first."""

    @property
    def windows(self) -> Sequence[Named]:
        """Each window's part."""


def window_noun(windows: Sequence[Named]) -> str:
    """What a manager calls these windows: `day`, `month`, `hour`, else `window`."""
    for pattern, noun in ((DAY, "day"), (MONTH, "month"), (HOUR, "hour")):
        if all(pattern.fullmatch(window.window) for window in windows):
            return noun
    return "window"


def span_text(report: Spanned) -> str:
    """The window's name, or the first and the last with their number."""
    windows = report.windows
    return first_to_last([window.window for window in windows], window_noun(windows))


def first_to_last(names: Sequence[str], noun: str) -> str:
    """The only name, or the first and the last with their number."""
    if len(names) == 1:
        return names[0]
    return f"{names[0]} to {names[-1]}, {counted(len(names), noun)}"


def with_gaps(windows: Sequence[WindowReport]) -> tuple[WindowReport, ...]:
    """The windows with an empty one for every day left out between the first and the last.

    Windows that are not days come back as they are: nobody here knows which should exist.
    """
    if window_noun(windows) != "day":
        return tuple(windows)
    by_day = {date.fromisoformat(window.window): window for window in windows}
    first, last = min(by_day), max(by_day)
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return tuple(
        by_day.get(day) or WindowReport(day.isoformat(), run_id=None, verdict=None) for day in days
    )


def gaps(windows: Sequence[WindowReport]) -> tuple[str, ...]:
    """The names of the days between the first and the last window that none of them covers."""
    given = {window.window for window in windows}
    return tuple(w.window for w in with_gaps(windows) if w.window not in given)


def uncovered_text(windows: Sequence[WindowReport]) -> str:
    """A sentence on the days that no run covers; empty where there are none."""
    missing = gaps(windows)
    if not missing:
        return ""
    if len(missing) <= 6:
        return f"No run covers {', '.join(missing)}."
    return f"No run covers {len(missing):,} days from {missing[0]} to {missing[-1]}."
