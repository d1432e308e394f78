"""What a report on a sync says first: how complete the destination is, why, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence

from reconcile.model.ledger import Equality, WindowState
from reconcile.report.headline import Face
from reconcile.report.numbers import counted
from reconcile.report.span import window_noun
from reconcile.report.sync_accounts import total_figures
from reconcile.report.sync_calendar import Mark
from reconcile.report.sync_content import SyncFigures, SyncReport, SyncWindowReport

COMPLETE = Face("Complete", "✓", "matched")
INCOMPLETE = Face("Incomplete", "✗", "breached")
EMPTY = Face("Empty", "!", "late")
GAP = Face("Declared gap", "-", "gap")
NOT_KNOWN = Face("Not known", "?", "indeterminate")

_OF_STATE = {
    WindowState.COMPLETE: COMPLETE,
    WindowState.INCOMPLETE: INCOMPLETE,
    WindowState.EMPTY: EMPTY,
    None: NOT_KNOWN,
}
_WORST_FIRST = (NOT_KNOWN, INCOMPLETE, EMPTY, COMPLETE, GAP)
EQUALITY_WORD = {
    Equality.ABSENT: "missing",
    Equality.DIFFERENT: "different",
    Equality.UNPROVEN: "unproven",
    Equality.PROVEN: "proven",
}


def sync_face(window: SyncWindowReport) -> Face:
    """How a window looks."""
    return GAP if window.gap is not None else _OF_STATE[window.state]


def sync_report_face(report: SyncReport) -> Face:
    """How the whole report looks: as the worst of its windows; empty only where all of them are."""
    faces = {sync_face(window) for window in report.windows}
    worst = next(face for face in _WORST_FIRST if face in faces)
    return INCOMPLETE if worst == EMPTY and len(faces) > 1 else worst


def window_marks(windows: Sequence[SyncWindowReport]) -> tuple[Mark, ...]:
    """The windows of a report, for a calendar."""
    return tuple(
        Mark(window.window, sync_face(window), standing_text(window)) for window in windows
    )


def standing_text(window: SyncWindowReport) -> str:
    """How far a window has come, in figures; empty where they are not known."""
    if window.figures is None:
        return window.error or ""
    return f"{window.figures.done:,} of {counted(window.figures.objects, 'object')} done"


def sync_sentence(report: SyncReport) -> str:
    """How complete the destination is, for somebody who does not know the program."""
    return " ".join([_judgement(report), *_reservations(report)])


def _judgement(report: SyncReport) -> str:
    faces = {sync_face(window) for window in report.windows}
    if NOT_KNOWN in faces:
        return _unknown_sentence(report)
    if INCOMPLETE in faces:
        return _incomplete_sentence(report)
    if EMPTY in faces:
        return _empty_sentence(report)
    if faces == {GAP}:
        reasons = " and ".join(sorted({str(window.gap) for window in report.windows}))
        which = _of_windows(report)
        return f"The {report.origin} holds nothing of {which}, declared a gap: {reasons}."
    return _complete_sentence(report, _of_windows(report))


def _empty_sentence(report: SyncReport) -> str:
    told = f"The {report.origin} holds nothing of {_which(report, _empty(report))}."
    others = len(report.windows) - len(_empty(report))
    if not others:
        return told
    noun = window_noun(report.windows)
    named = f"the other {noun}" if others == 1 else f"the other {counted(others, noun)}"
    return f"{told} {_complete_sentence(report, named)}"


def _complete_sentence(report: SyncReport, windows: str) -> str:
    figures = total_figures(report.windows)
    where = f"{windows} is at the {report.destination}"
    if figures.objects == 1:
        how = "and proven equal" if figures.proven else "and accepted unproven"
        return f"The one object of {where}, {how}."
    if not figures.objects:
        return f"There is no object of {windows}."
    where = where.replace(" is at ", " are at ")
    return f"All {figures.objects:,} objects of {where}, {_proof_text(figures)}."


def _incomplete_sentence(report: SyncReport) -> str:
    figures = total_figures(report.windows)
    if not figures.undone:  # only deletes were stopped
        return _complete_sentence(report, _of_windows(report))
    verb = "is" if figures.undone == 1 else "are"
    text = (
        f"{figures.undone:,} of {counted(figures.objects, 'object')} of {_of_windows(report)} "
        f"{verb} not done: {undone_text(figures)}"
    )
    if len(report.windows) > 1:
        touched = sum(1 for window in report.windows if sync_face(window) == INCOMPLETE)
        verb = "is" if touched == 1 else "are"
        text += f"; {touched:,} of {_number_of_windows(report)} {verb} affected"
    return f"{text}. {_the_others(figures)}"


def _the_others(figures: SyncFigures) -> str:
    if not figures.done:
        return "None is proven equal."
    verb = "is" if figures.done == 1 else "are"
    done = "other one" if figures.done == 1 else f"other {figures.done:,}"
    return f"The {done} {verb} in place, {_proof_text(figures)}."


def _unknown_sentence(report: SyncReport) -> str:
    unknown = [window for window in report.windows if window.state is None]
    text = f"It is not known whether the {report.destination} is complete"
    if len(report.windows) > 1:
        verb = "has" if len(unknown) == 1 else "have"
        text += f": {len(unknown):,} of {_number_of_windows(report)} {verb} no answer"
    undone = total_figures(report.windows).undone
    if undone:
        text += f", and {counted(undone, 'object')} {'is' if undone == 1 else 'are'} not done"
    return f"{text}."


def _proof_text(figures: SyncFigures) -> str:
    if not figures.accepted:
        return "proven equal" if figures.done == 1 else "each proven equal"
    if not figures.proven:
        return "accepted unproven" if figures.done == 1 else "all accepted unproven"
    return f"{figures.proven:,} proven equal and {figures.accepted:,} accepted unproven"


def _reservations(report: SyncReport) -> list[str]:
    """What keeps the judgement from covering everything a reader would take it to cover."""
    told = []
    empty = _empty(report)
    if empty and {NOT_KNOWN, INCOMPLETE} & {sync_face(window) for window in report.windows}:
        told.append(f"The {report.origin} holds nothing of {_which(report, empty)}.")
    stopped = [window for window in report.windows if window.deletes_stopped]
    if stopped and len(report.windows) > 1:
        told.append(f"Deletes were stopped in {_which(report, stopped)}.")
    left = total_figures(report.windows).left
    if left:
        verb = "is" if left == 1 else "are"
        told.append(
            f"{counted(left, 'object')} that the {report.origin} does not have {verb} still there."
        )
    return told


def undone_text(figures: SyncFigures) -> str:
    """What is not done by kind: `20 missing, 1 different and 1 unproven`."""
    kinds = (
        ("missing", figures.absent),
        ("different", figures.different),
        ("unproven", figures.unproven),
    )
    parts = [f"{objects:,} {word}" for word, objects in kinds if objects]
    return " and ".join([*([", ".join(parts[:-1])] if parts[1:] else []), *parts[-1:]])


def window_reasons(window: SyncWindowReport) -> tuple[str, ...]:
    """Why a window stands as it does, one line each; empty where nothing is wrong."""
    lines = [window.error] if window.error else []
    if window.run_id is None and window.state is None and not window.error:
        lines.append("No run covers this window.")
    if window.gap is not None:
        lines.append(f"Nothing is expected of it: {window.gap}.")
    elif window.state is WindowState.EMPTY:
        lines.append("Nothing was found to copy: it is late, or was never written.")
    if window.deletes_stopped:
        lines.append(f"Nothing was deleted: {window.deletes_stopped}.")
    return tuple(lines)


def next_steps(report: SyncReport) -> tuple[str, ...]:
    """What to do about what is not done, one line each; empty where everything is."""
    figures = total_figures(report.windows)
    open_windows = [
        w
        for w in report.windows
        if sync_face(w) in (NOT_KNOWN, INCOMPLETE) and not _only_keeps_extra(w)
    ]
    steps = []
    failed = [window for window in open_windows if window.error]
    if failed:
        again = _again(report, failed)
        steps.append(f"Put right what stopped it, as its error says; then sync again: {again}.")
    others = [window for window in open_windows if not window.error]
    if others:
        steps.append(f"Sync again: {_again(report, others)}. What is proven is not copied again.")
    if figures.unproven:
        steps.append(
            "Where objects that nobody can prove are good enough, say `unproven: accept` in the "
            "`sync` block of the dataset's file."
        )
    if _empty(report):
        steps.append(
            f"Sync again once the {report.origin} has been written. Windows that never will be "
            "are declared with their reason as `gaps` in the `sync` block of the dataset's file."
        )
    stopped = [window for window in report.windows if window.deletes_stopped]
    if any(not window.may_be_approved for window in stopped):
        steps.append(
            f"What the {report.destination} is not to keep there is deleted by hand: nobody's "
            "approval lets a sync do it."
        )
    if any(window.may_be_approved for window in stopped):
        steps.append(
            "Look at what would be deleted with `--dry-run`. If it is right, sync again with "
            "`--approve-deletes`, saying who approves it and why."
        )
    return tuple(steps)


def _only_keeps_extra(window: SyncWindowReport) -> bool:
    """Whether all that is wanted is in place, and only deletes were stopped."""
    figures = window.figures
    return window.deletes_stopped is not None and figures is not None and not figures.undone


def _again(report: SyncReport, windows: Sequence[SyncWindowReport]) -> str:
    if len(windows) > 3:
        return f"the same span, or each of the {len(windows):,} windows alone"
    return " and ".join(f"`reconcile sync {report.dataset} --window {w.window}`" for w in windows)


def _empty(report: SyncReport) -> list[SyncWindowReport]:
    return [window for window in report.windows if sync_face(window) == EMPTY]


def _which(report: SyncReport, windows: Sequence[SyncWindowReport]) -> str:
    """A few windows by name, many by their number."""
    if len(windows) <= 3:
        names = [window.window for window in windows]
        return " and ".join([*([", ".join(names[:-1])] if names[1:] else []), names[-1]])
    return counted(len(windows), window_noun(report.windows))


def _of_windows(report: SyncReport) -> str:
    if len(report.windows) == 1:
        return report.windows[0].window
    return _number_of_windows(report)


def _number_of_windows(report: SyncReport) -> str:
    return counted(len(report.windows), window_noun(report.windows))
