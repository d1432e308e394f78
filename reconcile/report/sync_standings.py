"""How the expected windows of a dataset stand, for people: in words, marks and figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby

from reconcile.history.completeness import Hole, Standing, StandingState, holes
from reconcile.report.headline import Face
from reconcile.report.numbers import counted
from reconcile.report.span import first_to_last, window_noun
from reconcile.report.sync_calendar import Mark
from reconcile.report.sync_content import SyncReport, SyncStatusReport
from reconcile.report.sync_headline import COMPLETE, GAP, INCOMPLETE, window_marks

LATE = Face("Late", "!", "late")
NOT_DUE = Face("Not due", "·", "due")

_FACES = {
    StandingState.COMPLETE: COMPLETE,
    StandingState.INCOMPLETE: INCOMPLETE,
    StandingState.LATE: LATE,
    StandingState.NOT_DUE: NOT_DUE,
    StandingState.GAP: GAP,
}
_HOLES_NAMED = 5


def noun(standings: Sequence[Standing]) -> str:
    """What a manager calls these windows: `day`, `month`, `hour`, else `window`."""
    return window_noun(standing_marks(standings))


def counts(standings: Iterable[Standing]) -> dict[StandingState, int]:
    """How many windows stand how; a state that none is in counts 0."""
    found = Counter(standing.state for standing in standings)
    return {state: found[state] for state in StandingState}


def is_complete(standings: Iterable[Standing]) -> bool:
    """Whether there is no hole."""
    return not any(standing.state.is_hole for standing in standings)


def holes_in(standings: Sequence[Standing], state: StandingState) -> tuple[Hole, ...]:
    """The holes of one kind."""
    return tuple(hole for hole in holes(standings) if hole.state is state)


def stretches(standings: Iterable[Standing]) -> tuple[tuple[Standing, ...], ...]:
    """Windows that follow one another, together those that stand alike for one reason."""
    alike = groupby(standings, key=lambda standing: (standing.state, standing.reason))
    return tuple(tuple(group) for _, group in alike)


def gaps(standings: Iterable[Standing]) -> tuple[tuple[Standing, ...], ...]:
    """The windows that are declared not to be expected; together those that share a reason."""
    return tuple(one for one in stretches(standings) if one[0].state is StandingState.GAP)


def names_text(standings: Sequence[Standing]) -> str:
    """Windows that follow one another: `2013-03-10 to 2013-03-12, 3 days`."""
    return first_to_last([standing.window.name for standing in standings], noun(standings))


def standing_marks(standings: Iterable[Standing]) -> tuple[Mark, ...]:
    """The windows for a calendar."""
    return tuple(Mark(one.window.name, _FACES[one.state], one.reason) for one in standings)


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


def status_steps(status: SyncStatusReport) -> tuple[str, ...]:
    """The commands that close the holes, one line each; empty where there are none."""
    found = holes(status.standings)
    commands = [f"`reconcile sync {status.dataset} --window {hole.span}`" for hole in found]
    more = len(commands) - _HOLES_NAMED
    last = [f"and {counted(more, 'further hole')} likewise"] if more > 0 else []
    return (*commands[:_HOLES_NAMED], *last)


def _due_sentence(standings: Sequence[Standing]) -> str:
    if not standings:
        return "No window is expected yet."
    found, kind = counts(standings), noun(standings)
    complete = found[StandingState.COMPLETE]
    holes_by_state = {state: found[state] for state in StandingState if state.is_hole}
    due = complete + sum(holes_by_state.values())
    if not due:
        return f"No {kind} is due yet."
    if complete == due:
        return (
            f"The one {kind} due is complete."
            if due == 1
            else f"All {due:,} {kind}s due are complete."
        )
    verb = "is" if 1 in (complete, due) else "are"
    missing = " and ".join(f"{n:,} {state}" for state, n in holes_by_state.items() if n)
    return f"{complete:,} of {counted(due, kind)} due {verb} complete; {missing}."
