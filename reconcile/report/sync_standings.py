"""How the expected windows of a dataset stand: which are complete, and the holes between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from reconcile.report.headline import Face
from reconcile.report.numbers import counted
from reconcile.report.span import first_to_last, window_noun
from reconcile.report.sync_calendar import Mark
from reconcile.report.sync_content import SyncReport, SyncStatusReport
from reconcile.report.sync_headline import COMPLETE, INCOMPLETE, window_marks

if TYPE_CHECKING:
    from reconcile.history.completeness import Standing

LATE = Face("Late", "!", "late")
NOT_DUE = Face("Not due", "·", "due")
GAP = Face("Declared gap", "-", "gap")

_FACES = {
    "complete": COMPLETE,
    "incomplete": INCOMPLETE,
    "late": LATE,
    "not_due": NOT_DUE,
    "gap": GAP,
}
STATES = tuple(_FACES)
_HOLES = ("incomplete", "late")


@dataclass(frozen=True)
class Stretch:
    """Windows that follow one another and stand alike, for one reason."""

    standings: tuple[Standing, ...]

    @property
    def state(self) -> str:
        """How they stand."""
        return self.standings[0].state.value

    @property
    def reason(self) -> str:
        """Why."""
        return self.standings[0].reason or ""

    @property
    def names(self) -> tuple[str, ...]:
        """The windows' names."""
        return tuple(standing.window.name for standing in self.standings)

    def text(self) -> str:
        """Which windows, and why: `2013-03-10 to 2013-03-12, 3 days: never synced`."""
        told = first_to_last(self.names, noun(self.standings))
        return f"{told}: {self.reason}" if self.reason else told


def noun(standings: Sequence[Standing]) -> str:
    """What a manager calls these windows: `day`, `month`, `hour`, else `window`."""
    return window_noun(standing_marks(standings))


def stretches(standings: Iterable[Standing]) -> tuple[Stretch, ...]:
    """The standings, oldest first, in as few stretches as there are."""
    alike = groupby(standings, key=lambda standing: (standing.state, standing.reason))
    return tuple(Stretch(tuple(group)) for _, group in alike)


def counts(standings: Iterable[Standing]) -> dict[str, int]:
    """How many windows stand how; a state that none is in counts 0."""
    found = Counter(standing.state.value for standing in standings)
    return {state: found[state] for state in STATES}


def is_complete(standings: Iterable[Standing]) -> bool:
    """Whether there is no hole: neither an incomplete window nor a late one."""
    return not any(standing.state.value in _HOLES for standing in standings)


def standing_marks(standings: Iterable[Standing]) -> tuple[Mark, ...]:
    """The windows for a calendar."""
    return tuple(
        Mark(standing.window.name, _FACES[standing.state.value], standing.reason or "")
        for standing in standings
    )


def report_marks(report: SyncReport) -> tuple[Mark, ...]:
    """The calendar of a report: of all expected windows that were told, else of its own."""
    return standing_marks(report.standings) or window_marks(report.windows)


def status_face(status: SyncStatusReport) -> Face:
    """How a dataset looks: complete, or not."""
    return COMPLETE if is_complete(status.standings) else INCOMPLETE


def status_sentence(status: SyncStatusReport) -> str:
    """How complete the destination is, in a few short sentences."""
    told = [_due_sentence(status.standings)]
    if status.watermark:
        told.append(f"Complete up to {status.watermark}.")
    if not status.looked:
        told.append(f"Told from the ledger alone: the {status.origin} was not looked at.")
    return " ".join(told)


def _due_sentence(standings: Sequence[Standing]) -> str:
    found, kind = counts(standings), noun(standings)
    complete = found["complete"]
    due = complete + sum(found[state] for state in _HOLES)
    if not due:
        return f"No {kind} is due yet."
    if complete == due:
        return (
            f"The one {kind} due is complete."
            if due == 1
            else f"All {due:,} {kind}s due are complete."
        )
    verb = "is" if complete == 1 else "are"
    missing = " and ".join(f"{found[state]:,} {state}" for state in _HOLES if found[state])
    return f"{complete:,} of {counted(due, kind)} due {verb} complete; {missing}."


def incomplete(standings: Sequence[Standing]) -> tuple[Stretch, ...]:
    """What is to be synchronised."""
    return _in_state(standings, "incomplete")


def late(standings: Sequence[Standing]) -> tuple[Stretch, ...]:
    """What the origin should have by now and has not."""
    return _in_state(standings, "late")


def gaps(standings: Sequence[Standing]) -> tuple[Stretch, ...]:
    """What is declared not to be expected."""
    return _in_state(standings, "gap")


def _in_state(standings: Sequence[Standing], *states: str) -> tuple[Stretch, ...]:
    return tuple(one for one in stretches(standings) if one.state in states)
