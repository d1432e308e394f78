"""The accounts of a sync: every object of the origin is counted once, whatever became of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

from reconcile.errors import Unbalanced
from reconcile.report.sync_content import SyncFigures, SyncReport, SyncWindowReport


@dataclass(frozen=True)
class Term:
    """Some objects of an account: the word for what became of them, and how many."""

    name: str
    word: str
    objects: int


def total_figures(windows: Iterable[SyncWindowReport]) -> SyncFigures:
    """The figures of all windows that have any, added up."""
    every = [window.figures for window in windows if window.figures is not None]
    sums = {f.name: sum(getattr(one, f.name) for one in every) for f in fields(SyncFigures)}
    return SyncFigures(**sums)


def terms(figures: SyncFigures) -> tuple[Term, ...]:
    """What became of the origin's objects: together they are all of them."""
    return (
        Term("kept", "in place already", figures.kept),
        Term("proved", "found equal", figures.proved),
        Term("copied", "copied", figures.copied),
        Term("replaced", "replaced", figures.replaced),
        Term("accepted", "accepted unproven", figures.accepted),
        Term("absent", "missing", figures.absent),
        Term("different", "different", figures.different),
        Term("unproven", "unproven", figures.unproven),
    )


def proof_terms(figures: SyncFigures) -> tuple[Term, ...]:
    """How the origin's objects were proven: together they are all of them."""
    return (
        Term("by_ledger", "in place already", figures.kept),
        Term("server_side", "fetched by the service", figures.server_side),
        Term("streamed", "streamed through the worker", figures.streamed),
        Term("compared", "compared in place", figures.compared),
        Term("accepted", "accepted unproven", figures.accepted),
        Term("undone", "not done", figures.undone),
    )


MEANING = {
    "kept": "nothing was to be done",
    "proved": "already there, and proven equal now; nothing was written",
    "copied": "not there before; copied, and proven equal before it was visible",
    "replaced": "something else was there; copied over it, and proven equal before it was visible",
    "accepted": "there, not proven, and by the dataset's file good enough",
    "absent": "not done: not there",
    "different": "not done: something else is there",
    "unproven": "not done: there, but proven neither equal nor different",
}

PROOF_MEANING = {
    "by_ledger": "proven equal by an earlier sync and unchanged on both sides since, or of one "
    "checksum that both services vouch for; nothing was read",
    "server_side": "the destination's service fetched the pinned object; the checksums that it "
    "returned for the blocks were combined and compared before anything was visible",
    "streamed": "the bytes passed through the worker, which worked out their checksum; both sides "
    "had to agree with it before anything was visible",
    "compared": "already there: the checksums of both sides were compared, worked out by reading "
    "where nobody vouches for one; nothing was written",
    "accepted": "at the destination, proven neither equal nor different; the dataset's file says "
    "that this is enough",
    "undone": "missing, different or unproven",
}


def equation(figures: SyncFigures) -> str:
    """The account in figures, as one line; what did not occur is left out."""
    present = [f"{term.word} {term.objects:,}" for term in terms(figures) if term.objects]
    return f"objects {figures.objects:,} = {' + '.join(present) or '0'}"


def require_sync_balance(report: SyncReport) -> None:
    """Refuses a report whose figures contradict each other.

    Raises:
        Unbalanced: An account does not add up, or more objects are shown than are not done.
    """
    for window in report.windows:
        if window.figures is not None:
            _require_balanced(f"{report.dataset}@{window.window}", window, window.figures)


def _require_balanced(where: str, window: SyncWindowReport, figures: SyncFigures) -> None:
    for account, parts in (("objects", terms(figures)), ("proofs", proof_terms(figures))):
        counted = sum(part.objects for part in parts)
        if counted != figures.objects:
            raise Unbalanced(
                f"the account of the {account} of the sync of {where} does not balance",
                found=" + ".join(f"{part.word} {part.objects:,}" for part in parts),
                expected=f"{figures.objects:,} objects",
                next_step="sync the window again and report this defect",
            )
    if len(window.troubles) > figures.undone:
        raise Unbalanced(
            f"more objects of the sync of {where} are shown than are not done",
            found=f"{len(window.troubles):,} objects",
            expected=f"at most {figures.undone:,}",
            next_step="sync the window again and report this defect",
        )
