"""The calendar of a dataset: windows by name, by instant, one after the other.

A window is a piece of the calendar in the dataset's time zone, so a day may have 23 or 25 hours.
It begins at the first instant whose clock reading has reached the piece's beginning and ends
where the next piece begins. From that one sentence follows the rest:

    clock put back    01:00 ─── 02:00=01:00 ─── 02:00     hour 01 lasts two hours
    clock put forward 01:00 ─── 02:00=03:00 ─── 04:00     hour 02 is empty: no such window
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Self

import pendulum

from reconcile.errors import BadInput
from reconcile.model.dataset import Dataset
from reconcile.model.window import Grain, Window

_NAME = {
    Grain.HOUR: (re.compile(r"\d{4}-\d\d-\d\dT\d\d", re.ASCII), "%Y-%m-%dT%H"),
    Grain.DAY: (re.compile(r"\d{4}-\d\d-\d\d", re.ASCII), "%Y-%m-%d"),
    Grain.MONTH: (re.compile(r"\d{4}-\d\d", re.ASCII), "%Y-%m"),
}
_EXAMPLE = {Grain.HOUR: "2013-01-05T14", Grain.DAY: "2013-01-05", Grain.MONTH: "2013-01"}
_YEARS = ("1800", "9998")  # room on both sides for a zone's offset and the next window
_SECOND = timedelta(seconds=1)


@lru_cache(maxsize=512)
def zone(name: str) -> pendulum.Timezone:
    """The time zone of a name.

    Raises:
        BadInput: There is no such zone.
    """
    try:
        return pendulum.Timezone(name)
    except (ValueError, OSError) as error:
        raise BadInput(
            "unknown time zone", found=repr(name), expected="a name such as America/New_York or UTC"
        ) from error


def first_instant(reading: datetime, timezone: str) -> datetime:
    """The first instant, in UTC, at which a clock in the zone shows `reading` or later.

    Of a reading that occurs twice that is the first; for one that is skipped it is the moment
    the clock was put forward. `reading` has no zone.
    """
    here = zone(timezone)
    instant = reading.replace(tzinfo=here, fold=0).astimezone(UTC)
    if _reading(instant, here) == reading:
        return instant
    before = reading.replace(tzinfo=here, fold=1).astimezone(UTC)
    return _transition(before, instant, here)


def local_reading(instant: datetime, timezone: str) -> datetime:
    """What a clock in the zone shows at an instant; the result has no zone.

    Raises:
        BadInput: The instant has no zone.
    """
    if instant.tzinfo is None:
        raise BadInput("an instant needs a time zone", found=instant.isoformat())
    return _reading(instant, zone(timezone))


def name_form(grain: Grain) -> tuple[str, str]:
    """How the windows of a grain are named: a regular expression, and an example."""
    return _NAME[grain][0].pattern, _EXAMPLE[grain]


def grain_start(reading: datetime, grain: Grain) -> datetime:
    """The beginning of the calendar piece that a reading lies in."""
    match grain:
        case Grain.HOUR:
            return reading.replace(minute=0, second=0, microsecond=0, fold=0)
        case Grain.DAY:
            return datetime.combine(reading.date(), time.min)
        case Grain.MONTH:
            return datetime.combine(reading.date().replace(day=1), time.min)


def check_bound(bound: date, grain: Grain, word: str) -> None:
    """Raises BadInput when a dataset's `start` or `end` (the `word`) begins no window."""
    if grain is Grain.MONTH and bound.day != 1:
        raise BadInput(
            f"{word} is not where a month begins",
            found=bound.isoformat(),
            expected=bound.replace(day=1).isoformat(),
        )
    if not _YEARS[0] <= f"{bound:%Y}".zfill(4) <= _YEARS[1]:
        raise BadInput(
            f"{word} lies too far away",
            found=bound.isoformat(),
            expected=f"a year from {_YEARS[0]} to {_YEARS[1]}",
        )


@dataclass(frozen=True)
class Calendar:
    """The windows of one dataset, `[start, end)`; without `end` they never stop.

    Attributes:
        timezone: The dataset's time zone.
        grain: How long a window is.
        start: The day on which the first window begins; for months the first of one.
        end: The day on which the first window that should not exist begins.

    Raises:
        BadInput: The zone is unknown, a bound is not where a window begins, or nothing lies
            between the bounds.
    """

    timezone: str
    grain: Grain
    start: date
    end: date | None = None

    @classmethod
    def of(cls, dataset: Dataset) -> Self:
        """The windows of a dataset."""
        return cls(dataset.timezone, dataset.grain, dataset.start, dataset.end)

    def __post_init__(self) -> None:
        zone(self.timezone)
        for word, bound in (("start", self.start), ("end", self.end)):
            if bound is not None:
                check_bound(bound, self.grain, word)
        if self.end is not None and self.end <= self.start:
            raise BadInput(
                "end is not after start",
                found=f"{self.start} to {self.end}",
                expected="an end after the start: it is the first day without a window",
            )

    def window(self, name: str) -> Window:
        """The window a name spells: `2013-01-05`, `2013-01-05T14` or `2013-01`, by the grain.

        Raises:
            BadInput: It is no date, not of this grain, outside the bounds, or an hour or day
                that the zone's clocks skipped.
        """
        beginning = self._reading_of(name)
        self._refuse_outside(beginning, name)
        if (window := self._piece(beginning)) is None:
            raise BadInput(
                f"window {name} does not exist",
                found=f"a time that the clocks of {self.timezone} skipped",
                next_step="name another window",
            )
        return window

    def holding(self, instant: datetime) -> Window:
        """The window an instant lies in.

        Raises:
            BadInput: The instant has no zone, or lies outside the bounds.
        """
        window = self._holding(instant)
        self._refuse_outside(window.local_start, instant.isoformat())
        return window

    def at_local(self, reading: datetime) -> Window:
        """The window whose calendar piece holds a clock reading of the dataset's zone.

        Raises:
            BadInput: The reading carries a zone, lies outside the bounds, or was skipped.
        """
        if reading.tzinfo is not None:
            raise BadInput("a local time must have no zone", found=reading.isoformat())
        return self.window(self._name(grain_start(reading, self.grain)))

    def span(self, text: str) -> tuple[Window, ...]:
        """The windows of `2013-01-01/2013-02-01` (half-open), or the one of a plain name.

        Hours and days that the clocks skipped are left out.

        Raises:
            BadInput: As `window`; or the span's end is not after its start.
        """
        if "/" not in text:
            return (self.window(text),)
        first_name, _, end_name = text.partition("/")
        first, end = self._reading_of(first_name), self._reading_of(end_name)
        if end <= first:
            raise BadInput(
                f"span {text} holds no window",
                expected="an end after the start: the end is not part of the span",
            )
        self._refuse_outside(first, first_name)
        if self._last is not None and end > self._last:
            raise self._past_the_end(end_name)
        return tuple(self._pieces(first, end))

    def first(self) -> Window:
        """The first window."""
        return self._holding(first_instant(self._first, self.timezone))

    def next(self, window: Window) -> Window | None:
        """The window after one; None past the end."""
        following = self._following(window)
        return None if self._is_past(following.local_start) else following

    def previous(self, window: Window) -> Window | None:
        """The window before one; None before the start."""
        preceding = self._preceding(window)
        return None if preceding.local_start < self._first else preceding

    def last_complete(self, now: datetime) -> Window | None:
        """The newest window that has ended at `now`; None while the first has not."""
        newest = self._preceding(self._holding(now))
        if self._last is not None and newest.local_start >= self._last:
            newest = self._preceding(self._beginning_at_or_after(self._last))
        return None if newest.local_start < self._first else newest

    def refuse_unended(self, window: Window, now: datetime) -> None:
        """Raises BadInput when a window has not ended at `now`."""
        if now < window.end:
            ends = window.end.astimezone(zone(self.timezone)).isoformat()
            raise BadInput(
                f"window {window.name} has not ended",
                found=f"it ends {ends}",
                expected="a window that lies wholly in the past",
                next_step="run it after that time, or name an earlier window",
            )

    @property
    def _first(self) -> datetime:
        return datetime.combine(self.start, time.min)

    @property
    def _last(self) -> datetime | None:
        return None if self.end is None else datetime.combine(self.end, time.min)

    def _is_past(self, beginning: datetime) -> bool:
        return self._last is not None and beginning >= self._last

    def _name(self, beginning: datetime) -> str:
        text = beginning.isoformat()
        return text[: len(_EXAMPLE[self.grain])]

    def _reading_of(self, name: str) -> datetime:
        if (reading := _reading_named(name, self.grain)) is not None:
            return reading
        others = [grain for grain in Grain if _reading_named(name, grain) is not None]
        raise BadInput(
            f"{name!r} is not a window of this dataset",
            found=f"the name of {_article(others[0])}" if others else "no date of the calendar",
            expected=f"the name of {_article(self.grain)}, such as {_EXAMPLE[self.grain]}",
        )

    def _refuse_outside(self, beginning: datetime, asked: str) -> None:
        if beginning < self._first:
            raise BadInput(
                f"window {asked} lies before the dataset's start",
                expected=f"{self.start} or later",
            )
        if self._is_past(beginning):
            raise self._past_the_end(asked)

    def _past_the_end(self, asked: str) -> BadInput:
        return BadInput(
            f"window {asked} lies past the dataset's end",
            expected=f"before {self.end}: that is the first day without a window",
        )

    def _holding(self, instant: datetime) -> Window:
        reading = local_reading(instant, self.timezone)
        window = self._beginning_at_or_after(grain_start(reading, self.grain))
        while instant < window.start:
            window = self._preceding(window)
        while instant >= window.end:  # the clock was put back across the beginning of a piece
            window = self._following(window)
        return window

    def _piece(self, beginning: datetime) -> Window | None:
        start = first_instant(beginning, self.timezone)
        end = first_instant(self._step(beginning), self.timezone)
        if start == end:
            return None
        return Window(start, end, self._name(beginning), beginning, self.grain)

    def _pieces(self, beginning: datetime, end: datetime) -> Iterator[Window]:
        while beginning < end:
            if (window := self._piece(beginning)) is not None:
                yield window
            beginning = self._step(beginning)

    def _beginning_at_or_after(self, beginning: datetime) -> Window:
        while (window := self._piece(beginning)) is None:
            beginning = self._step(beginning)
        return window

    def _following(self, window: Window) -> Window:
        return self._beginning_at_or_after(self._step(window.local_start))

    def _preceding(self, window: Window) -> Window:
        beginning = self._step_back(window.local_start)
        while (piece := self._piece(beginning)) is None:
            beginning = self._step_back(beginning)
        return piece

    def _step(self, beginning: datetime) -> datetime:
        match self.grain:
            case Grain.HOUR:
                return beginning + timedelta(hours=1)
            case Grain.DAY:
                return beginning + timedelta(days=1)
            case Grain.MONTH:
                return grain_start(beginning + timedelta(days=31), Grain.MONTH)

    def _step_back(self, beginning: datetime) -> datetime:
        return grain_start(beginning - _SECOND, self.grain)


def _reading(instant: datetime, here: pendulum.Timezone) -> datetime:
    return instant.astimezone(here).replace(tzinfo=None, fold=0)


def _transition(before: datetime, after: datetime, here: pendulum.Timezone) -> datetime:
    """The first second of `(before, after]` that has the offset of `after`."""
    offset = after.astimezone(here).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // (2 * _SECOND) * _SECOND
        if middle.astimezone(here).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after


def _reading_named(name: str, grain: Grain) -> datetime | None:
    pattern, form = _NAME[grain]
    if not pattern.fullmatch(name) or not _YEARS[0] <= name[:4] <= _YEARS[1]:
        return None
    try:
        return datetime.strptime(name, form)  # noqa: DTZ007 - a clock reading has no zone
    except ValueError:
        return None


def _article(grain: Grain) -> str:
    return "an hour" if grain is Grain.HOUR else f"a {grain.value}"
