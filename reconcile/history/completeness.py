"""How complete a dataset's destination is: every window that is expected, and how it stands.

          declared a gap ── GAP
expected  synchronised ──── COMPLETE or INCOMPLETE
window    nothing there ─┬─ due by now: LATE
          or never seen  └─ else: NOT_DUE
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from reconcile.history.calendar import Calendar, grain_start
from reconcile.model.ledger import SyncedWindow, WindowState
from reconcile.model.sync import Gap
from reconcile.model.window import Grain, Window

_AT_LEAST = {
    Grain.HOUR: timedelta(hours=1),
    Grain.DAY: timedelta(days=1),
    Grain.MONTH: timedelta(days=31),
}
"""What leads from where a piece of the calendar begins into the next, and never past it."""


class StandingState(StrEnum):
    """How a window stands."""

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    LATE = "late"
    NOT_DUE = "not_due"
    GAP = "gap"

    @property
    def is_hole(self) -> bool:
        """Whether something is missing that should be there."""
        return self in (StandingState.INCOMPLETE, StandingState.LATE)


@dataclass(frozen=True)
class Standing:
    """How one window stands, and why; empty where the state says all."""

    window: Window
    state: StandingState
    reason: str = ""


@dataclass(frozen=True)
class Hole:
    """Windows that follow one another and lack the same way.

    Attributes:
        state: How they stand.
        standings: Theirs, in order.
    """

    state: StandingState
    standings: tuple[Standing, ...]

    @property
    def span(self) -> str:
        """Them as a command takes them: `2013-01-05`, or `2013-01-05/2013-02-01` (half-open)."""
        first, last = self.standings[0].window, self.standings[-1].window
        return first.name if first == last else f"{first.name}/{_name_after(last)}"


def standings(
    calendar: Calendar,
    now: datetime,
    synced: Mapping[str, SyncedWindow],
    gaps: Sequence[Gap],
    due: Callable[[Window], datetime],
) -> tuple[Standing, ...]:
    """How every window stands that has begun, in order.

    Args:
        calendar: The windows that are expected.
        now: When it is judged.
        synced: What the last sync of each window left, by its name.
        gaps: Windows that are not expected; what is declared counts whatever lies there.
        due: When a window should be there; for a later window never earlier.
    """
    windows = list(_begun(calendar, now))
    not_due = 0
    while not_due < len(windows) and due(windows[-1 - not_due]) > now:
        not_due += 1
    last_due = len(windows) - not_due
    return tuple(
        _standing(window, synced.get(window.name), gaps, is_due=place < last_due)
        for place, window in enumerate(windows)
    )


def watermark(standings: Sequence[Standing]) -> datetime | None:
    """The end of the last window before the first that is not done; gaps do not stop it.

    None where already the first is not done.
    """
    done = (StandingState.COMPLETE, StandingState.GAP)
    end = None
    for standing in standings:
        if standing.state not in done:
            break
        end = standing.window.end
    return end


def holes(standings: Sequence[Standing]) -> tuple[Hole, ...]:
    """What is missing, in as few spans as there are."""
    found: list[list[Standing]] = []
    for before, standing in pairwise((None, *standings)):
        if standing is None or not standing.state.is_hole:
            continue
        if before is not None and _goes_on(before, standing):
            found[-1].append(standing)
        else:
            found.append([standing])
    return tuple(Hole(hole[0].state, tuple(hole)) for hole in found)


def declared_gap(window: Window, gaps: Iterable[Gap]) -> Gap | None:
    """The gap that a window lies in; None where it is expected."""
    day = window.local_start.date()
    return next((gap for gap in gaps if gap.start <= day < gap.end), None)


def _begun(calendar: Calendar, now: datetime) -> Iterator[Window]:
    window: Window | None = calendar.first()
    while window is not None and window.start <= now:
        yield window
        window = calendar.next(window)


def _standing(
    window: Window, synced: SyncedWindow | None, gaps: Sequence[Gap], *, is_due: bool
) -> Standing:
    if (gap := declared_gap(window, gaps)) is not None:
        return Standing(window, StandingState.GAP, gap.reason)
    if synced is not None and synced.state is WindowState.COMPLETE:
        return Standing(window, StandingState.COMPLETE)
    if synced is not None and synced.state is WindowState.INCOMPLETE:
        return Standing(window, StandingState.INCOMPLETE, _lacks(synced))
    if not is_due:
        return Standing(window, StandingState.NOT_DUE)
    never = "never synchronised" if synced is None else "the origin held nothing"
    return Standing(window, StandingState.LATE, never)


def _lacks(synced: SyncedWindow) -> str:
    if not synced.missing:
        return "what the origin has no more was not deleted"
    return f"{synced.missing} of {synced.objects} objects are not done"


def _goes_on(before: Standing, standing: Standing) -> bool:
    return before.state is standing.state and before.window.end == standing.window.start


def _name_after(window: Window) -> str:
    """How the piece of the calendar after a window is called, be there such a window or not."""
    following = grain_start(window.local_start + _AT_LEAST[window.grain], window.grain)
    return following.isoformat()[: len(window.name)]
