"""What the report on snapshots says first: whether the dataset is protected, what is wrong with
that, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from reconcile.model.snapshot import LedgerAction, Standing
from reconcile.report.headline import Face
from reconcile.report.numbers import counted, instant_text
from reconcile.report.snapshot_content import RepositoryAccount, SnapshotReport
from reconcile.report.snapshot_facts import (
    BACKDATED,
    DAMAGED,
    FUTURE,
    INCONSISTENT,
    counts,
    last,
    last_proven,
    newest_good,
    of_action,
    recovery_point,
    recovery_time,
    standing_face,
    trial_succeeded,
    trials,
)
from reconcile.report.snapshot_words import age_text, span_text

PROTECTED = Face("Protected", "✓", "matched")
ATTENTION = Face("Needs attention", "!", "late")
NOT_PROTECTED = Face("Not protected", "✗", "breached")
NOT_KNOWN = Face("Not known", "?", "indeterminate")


@dataclass(frozen=True)
class Finding:
    """Something that keeps a dataset from being protected as it should be.

    Attributes:
        face: What it makes of the whole.
        text: What it is, a sentence.
        step: What to do about it; commands between backquotes.
    """

    face: Face
    text: str
    step: str


def snapshot_face(report: SnapshotReport) -> Face:
    """How well the dataset is protected: as the worst of what was found."""
    faces = {one.face for one in findings(report)}
    return next((f for f in (NOT_KNOWN, NOT_PROTECTED, ATTENTION) if f in faces), PROTECTED)


def exit_code(report: SnapshotReport) -> int:
    """What `reconcile snapshot report --check` ends with: 0 protected, 1 not as it should, 3."""
    return {PROTECTED: 0, NOT_KNOWN: 3}.get(snapshot_face(report), 1)


def snapshot_sentence(report: SnapshotReport) -> str:
    """What a restore could bring back today, for somebody who does not know the program."""
    if report.repository.error is not None:
        return f"It is not known what a restore of {report.dataset} could bring back."
    if report.repository.problems:
        return f"What the repository says of {report.dataset} was changed, and proves nothing."
    newest = newest_good(report.standings, report.made_at)
    if newest is None:
        return f"Nothing can be relied on to restore {report.dataset}."
    age = recovery_point(report).measured
    told = f"A restore brings back {report.dataset} as it was {age_text(age)} ago"
    number = counts(report.standings, report.made_at)
    told += f": {number.good:,} of {counted(number.all, 'snapshot')} "
    told += "is good." if number.good == 1 else "are good."
    tried = last_proven(report.lines)
    if tried is None:
        return f"{told} No restore has proven it yet."
    return f"{told} A {tried.action.value} proved it on {tried.at:%Y-%m-%d}."


def counts_sentence(standings: Sequence[Standing], now: datetime) -> str:
    """How many snapshots there are, and how they stand; each is counted once."""
    number = counts(standings, now)
    parts = {
        "good": number.good,
        "unverified": number.unverified,
        "inconsistent": number.inconsistent,
        "damaged": number.damaged,
        "backdated": number.backdated,
        "dated in the future": number.future,
    }
    told = ", ".join(f"{of:,} {word}" for word, of in parts.items() if of)
    return f"{counted(number.all, 'snapshot')}: {told}." if told else "No snapshot."


def findings(report: SnapshotReport) -> tuple[Finding, ...]:
    """What is not as it should be, the worst first; empty where all is well."""
    found = [*_of_repository(report), *_of_ledger(report), *_of_snapshots(report)]
    if report.repository.error is None:
        found += [*_of_objectives(report), *_of_trials(report), *_of_locks(report.repository)]
        found += _of_copy(report)
    order = (NOT_KNOWN, NOT_PROTECTED, ATTENTION)
    return tuple(sorted(found, key=lambda one: order.index(one.face)))


def _of_repository(report: SnapshotReport) -> Iterator[Finding]:
    if report.repository.error is not None:
        yield Finding(
            NOT_KNOWN,
            f"The repository cannot be read: {report.repository.error}",
            "put that right, then ask for this report again",
        )


def _of_ledger(report: SnapshotReport) -> Iterator[Finding]:
    for account in filter(None, (report.repository, report.copy)):
        for problem in account.problems:
            yield Finding(
                NOT_PROTECTED,
                f"The ledger of {account.location} is not as it was written: {problem}",
                "find out who can write there; trust no snapshot of it before that",
            )


def _of_snapshots(report: SnapshotReport) -> Iterator[Finding]:
    if report.repository.error is not None:
        return
    name, now = report.dataset, report.made_at
    if not report.standings and report.copy is not None and report.copy.standings:
        left = counted(len(report.copy.standings), "snapshot")
        yield Finding(
            NOT_PROTECTED,
            f"The repository holds no snapshot any more; the second one holds {left}.",
            f"`reconcile snapshot verify {name} --copy --read all`, and restore with --copy what "
            "is needed; find out what became of the first one",
        )
        return
    if not report.standings:
        yield Finding(
            NOT_PROTECTED, "There is no snapshot yet.", f"`reconcile snapshot create {name}`"
        )
        return
    number = counts(report.standings, now)
    if not number.good:
        step = "verify" if number.unverified else "create"
        yield Finding(
            NOT_PROTECTED, "No snapshot is known to be good.", f"`reconcile snapshot {step} {name}`"
        )
    if number.damaged:
        verb = "is" if number.damaged == 1 else "are"
        yield Finding(
            NOT_PROTECTED if standing_face(report.standings[-1], now) == DAMAGED else ATTENTION,
            f"{counted(number.damaged, 'snapshot')} {verb} damaged.",
            f"`reconcile snapshot create {name}` saves again what is still at the origin; then "
            f"`reconcile snapshot verify {name} --read all`",
        )
    if standing_face(report.standings[-1], now) == INCONSISTENT:
        yield Finding(
            ATTENTION,
            "The newest snapshot is inconsistent: the origin changed while it was taken.",
            f"`reconcile snapshot create {name}` when the origin is at rest",
        )
    if number.backdated:
        one = next(one for one in report.standings if standing_face(one, now) == BACKDATED)
        yield Finding(
            ATTENTION,
            f"{counted(number.backdated, 'snapshot')} backdated, such as {one.manifest.id}.",
            "find out who wrote it, or whose clock was wrong; no other snapshot makes way for it",
        )
    if number.future:
        one = next(one for one in report.standings if standing_face(one, now) == FUTURE)
        yield Finding(
            ATTENTION,
            f"{counted(number.future, 'snapshot')} dated in the future, such as {one.manifest.id}.",
            "set the clock of the machine that took it; no other snapshot makes way for it",
        )


def _of_objectives(report: SnapshotReport) -> Iterator[Finding]:
    point, time = recovery_point(report), recovery_time(report)
    if point.met is False and point.measured is not None:
        yield Finding(
            NOT_PROTECTED,
            f"The newest good snapshot is {age_text(point.measured)} old; at most "
            f"{span_text(point.wanted)} is wanted.",
            f"`reconcile snapshot create {report.dataset}`, then "
            f"`reconcile snapshot verify {report.dataset}`",
        )
    if time.met is False and time.measured is not None:
        yield Finding(
            ATTENTION,
            f"The last drill took {span_text(time.measured)}; at most "
            f"{span_text(time.wanted)} is wanted.",
            "give it a nearer place (`drill_to`), a larger worker or higher `limits`",
        )


def _of_trials(report: SnapshotReport) -> Iterator[Finding]:
    step = f"`reconcile snapshot drill {report.dataset}`"
    drill = last(of_action(report.lines, LedgerAction.DRILL))
    if drill is not None and not trial_succeeded(drill):
        yield Finding(
            NOT_PROTECTED, f"The last drill failed, on {instant_text(drill.at)}.", f"again: {step}"
        )
    wanted = report.rules.drill is not None or report.rules.objectives.recovery_time is not None
    proven = any(trial_succeeded(line) for line in trials(report.lines))
    if wanted and report.standings and not proven:
        yield Finding(ATTENTION, "No restore was ever proven by a drill.", step)


def _of_locks(account: RepositoryAccount) -> Iterator[Finding]:
    if account.unprotected is not None:
        yield Finding(
            ATTENTION,
            f"Nothing is locked at {account.location}: {account.unprotected}.",
            "use a store that can lock, or take `lock` out of the dataset's file",
        )


def _of_copy(report: SnapshotReport) -> Iterator[Finding]:
    if report.copy is None or not report.standings:
        return
    step = f"`reconcile snapshot copy {report.dataset}`"
    if report.copy.error is not None:
        yield Finding(ATTENTION, f"The copy cannot be read: {report.copy.error}", step)
        return
    yield from _of_locks(report.copy)
    damaged = sum(bool(one.damaged) for one in report.copy.standings)
    if damaged:
        told = f"{counted(damaged, 'snapshot')} {'is' if damaged == 1 else 'are'} damaged"
        yield Finding(
            ATTENTION,
            f"{told} in the second repository.",
            f"{step} sends again what is damaged; then "
            f"`reconcile snapshot verify {report.dataset} --copy --read all`",
        )
    newest = newest_good(report.standings, report.made_at)
    held = {one.manifest.id for one in report.copy.standings}
    if newest is not None and newest.manifest.id not in held:
        yield Finding(ATTENTION, "The newest good snapshot is not in the second repository.", step)
