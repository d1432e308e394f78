"""The picture of a span: one bar a window, drawn as numbers that the template turns into SVG.

100 % ┌──┬──┬──┬──┐   share of rows that match, from zero, never
      │  │  │░░│  │   touching the top unless every row does
  0 % └──┴──┴──┴──┘
       01 02 03 04    the window, and below it its verdict by shape
            │▒▒│      rows that do not match, on a logarithmic scale,
            │  │      so that one row in a million is still to be seen
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from reconcile.model.result import Counts
from reconcile.report.content import WindowReport
from reconcile.report.headline import Face, face
from reconcile.report.numbers import rows_text, share_text
from reconcile.report.span import DAY, HOUR, MONTH, with_gaps

SHARE_HEIGHT = 110
LABEL_HEIGHT = 46
MISSED_HEIGHT = 64
COUNT_HEIGHT = 18
MARGIN_LEFT = 78
MARGIN_TOP = 26
_WIDTH = 1010
_NARROWEST, _WIDEST = 13.0, 76.0
_LEAST_GAP = 3.0


@dataclass(frozen=True)
class Bar:
    """One window: where it stands, how high, and what is written at it."""

    x: float
    width: float
    matched: float
    missed: float
    discrepancies: int
    label: str
    period: str
    face: Face
    title: str
    empty: bool


@dataclass(frozen=True)
class Strip:
    """The whole picture, in SVG user units."""

    width: float
    height: float
    slot: float
    bars: tuple[Bar, ...]


def strip(windows: Sequence[WindowReport]) -> Strip:
    """The picture of a span of windows, with a gap drawn for every day that has none."""
    every = with_gaps(windows)
    slot = min(_WIDEST, max(_NARROWEST, (_WIDTH - MARGIN_LEFT) / len(every)))
    most = max((w.counts.discrepancies for w in every if w.counts), default=0)
    step = math.ceil(22 / slot)
    bars = []
    period = ""
    for number, window in enumerate(every):
        label, of_period = _label(window.window)
        bars.append(
            _bar(
                window,
                x=MARGIN_LEFT + number * slot,
                width=slot,
                most=most,
                label=label if number % step == 0 else "",
                period=of_period if of_period != period else "",
            )
        )
        period = of_period
    height = MARGIN_TOP + SHARE_HEIGHT + LABEL_HEIGHT + (MISSED_HEIGHT if most else 0)
    return Strip(
        width=MARGIN_LEFT + slot * len(every) + 6,
        height=height + COUNT_HEIGHT,
        slot=slot,
        bars=tuple(bars),
    )


def matched_height(counts: Counts, height: float) -> float:
    """How high the share of matching rows stands: full only where every row matches."""
    if counts.larger_side == 0:
        return 0.0
    exact = height * counts.matched / counts.larger_side
    if counts.matched < counts.larger_side:
        exact = min(exact, height - _LEAST_GAP)
    return max(exact, _LEAST_GAP) if counts.matched else 0.0


def missed_depth(discrepancies: int, most: int, height: float) -> float:
    """How deep a number of discrepancies reaches, logarithmic, `most` reaching `height`."""
    if not discrepancies:
        return 0.0
    least = height / 6
    if most <= 1:
        return least
    return least + (height - least) * math.log10(discrepancies) / math.log10(most)


def _bar(
    window: WindowReport, *, x: float, width: float, most: int, label: str, period: str
) -> Bar:
    counts = window.counts
    gap = min(4.0, width * 0.2)
    return Bar(
        x=round(x + gap / 2, 2),
        width=round(width - gap, 2),
        matched=round(matched_height(counts, SHARE_HEIGHT), 2) if counts else 0.0,
        missed=round(missed_depth(counts.discrepancies, most, MISSED_HEIGHT), 2) if counts else 0.0,
        discrepancies=counts.discrepancies if counts else 0,
        label=label,
        period=period,
        face=face(window.verdict),
        title=_title(window),
        empty=counts is None or counts.larger_side == 0,
    )


def _title(window: WindowReport) -> str:
    text = f"{window.window}: {face(window.verdict).word.lower()}"
    counts = window.counts
    if counts is None:
        return f"{text}, {window.error or 'not compared'}"
    if counts.larger_side == 0:
        return f"{text}, no rows on either side"
    share = share_text(counts.matched, counts.larger_side)
    text += f", {share} of {rows_text(counts.larger_side)} match"
    return f"{text}, {rows_text(counts.discrepancies)} disagree" if counts.discrepancies else text


def _label(name: str) -> tuple[str, str]:
    """A short label, and the longer period it belongs to: (`05`, `Jan 2013`)."""
    if DAY.fullmatch(name):
        day = date.fromisoformat(name)
        return f"{day:%d}", f"{day:%b %Y}"
    if HOUR.fullmatch(name):
        return name[11:13], name[:10]
    if MONTH.fullmatch(name):
        return name[5:], name[:4]
    return name[:8], ""


def styles(windows: Sequence[WindowReport]) -> tuple[Face, ...]:
    """The faces that occur in the picture, in the order of their first window."""
    return tuple(dict.fromkeys(face(window.verdict) for window in with_gaps(windows)))


def short_count(count: int) -> str:
    """A count as it fits a bar: exact below 10,000, then `12k`, `3.4M`, cut, not rounded."""
    for size, unit in ((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")):
        if count >= size and count >= 10_000:
            tenths = count * 10 // size
            return f"{tenths // 10}{unit}" if tenths >= 100 else f"{tenths / 10}{unit}"
    return f"{count:,}"
