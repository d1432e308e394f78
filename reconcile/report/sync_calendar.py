"""A calendar of windows: one line a month, one mark a day (one line a day for hours, a year for
months), for whoever draws it: SVG or text.

           1234567890123456789012345678901
    2013-01 ✓✓✓✓✓✗✗✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓✓
    2013-02 ✓✓✓✓---·····
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from reconcile.report.headline import Face
from reconcile.report.span import window_noun

MOST_LINES = 60
"""Lines that are drawn: five years of days. The older ones are counted."""


@dataclass(frozen=True)
class Mark:
    """One window: its face, and why it has that one.

    Attributes:
        window: Its name.
        face: How it looks.
        reason: Why.
        traits: What is true of it besides, drawn onto the face: the names of styles.
    """

    window: str
    face: Face
    reason: str = ""
    traits: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What is written at it."""
        told = f"{self.window}: {self.face.word.lower()}"
        return f"{told}, {self.reason}" if self.reason else told


@dataclass(frozen=True)
class Line:
    """A period with its marks by their column, from 0."""

    period: str
    marks: tuple[tuple[int, Mark], ...]


@dataclass(frozen=True)
class Calendar:
    """Lines of marks below the names of their columns.

    Attributes:
        columns: Each column's name.
        lines: The newest, oldest first.
        earlier: The marks of those that are not drawn.
    """

    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    earlier: tuple[Mark, ...] = ()

    @property
    def faces(self) -> tuple[Face, ...]:
        """The faces that occur in the lines, in the order of their first window."""
        return tuple(dict.fromkeys(mark.face for line in self.lines for _, mark in line.marks))

    @property
    def traits(self) -> frozenset[str]:
        """The traits that occur in the lines."""
        every = (mark.traits for line in self.lines for _, mark in line.marks)
        return frozenset(trait for traits in every for trait in traits)


@dataclass(frozen=True)
class _Layout:
    """How windows of one kind are named: `period` characters, the rest says the column."""

    period: int
    digits: slice
    first: int
    columns: int


_LAYOUTS = {
    "day": _Layout(7, slice(8, 10), 1, 31),
    "hour": _Layout(10, slice(11, 13), 0, 24),
    "month": _Layout(4, slice(5, 7), 1, 12),
}


def calendar(marks: Sequence[Mark]) -> Calendar:
    """Marks, oldest first, in their lines; those that are named like no date stand in one."""
    layout = _LAYOUTS.get(window_noun(marks))
    if layout is None:
        return Calendar(tuple("" for _ in marks), (Line("", tuple(enumerate(marks))),))
    lines = [
        Line(
            period, tuple((int(mark.window[layout.digits]) - layout.first, mark) for mark in group)
        )
        for period, group in groupby(marks, key=lambda mark: mark.window[: layout.period])
    ]
    earlier = tuple(mark for line in lines[:-MOST_LINES] for _, mark in line.marks)
    names = tuple(f"{layout.first + n:02}" for n in range(layout.columns))
    return Calendar(names, tuple(lines[-MOST_LINES:]), earlier)


def calendar_text(shown: Calendar) -> list[str]:
    """The calendar as lines of text, with its legend."""
    margin = max((len(line.period) for line in shown.lines), default=0)
    lines = [" " * margin + "  " + "".join(name[-1:] or " " for name in shown.columns)]
    for line in shown.lines:
        at = dict(line.marks)
        glyphs = (at[n].face.glyph if n in at else " " for n in range(len(shown.columns)))
        lines.append(f"{line.period:{margin}}  {''.join(glyphs)}".rstrip())
    lines.append(" " * margin + "  " + "   ".join(f"{f.glyph} {f.word}" for f in shown.faces))
    return lines
