"""What follows from a dataset's snapshots and ledger: counts, ages, what was proven when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from reconcile.model.result import Verdict
from reconcile.model.snapshot import (
    Consistency,
    Decision,
    LedgerAction,
    LedgerLine,
    Protection,
    Standing,
)
from reconcile.report.headline import Face
from reconcile.report.snapshot_content import SnapshotReport
from reconcile.snapshots.restoring import widest

GOOD = Face("Good", "✓", "matched")
UNVERIFIED = Face("Unverified", "?", "indeterminate")
INCONSISTENT = Face("Inconsistent", "≈", "within")
DAMAGED = Face("Damaged", "✗", "breached")
BACKDATED = Face("Backdated", "<", "indeterminate")
FUTURE = Face("Dated in the future", "!", "late")

MEANING = {
    GOOD: "consistent, verified, and nothing was found wrong since",
    UNVERIFIED: "never verified; not counted as good",
    INCONSISTENT: "not all of it was there at one moment; not counted as good",
    DAMAGED: "a verification found it damaged; a restore refuses it",
    BACKDATED: "recorded a day or more from when it says it was taken; not counted as good",
    FUTURE: "its clock was wrong, or ours is; not counted as good before that day",
}


@dataclass(frozen=True)
class Objective:
    """What was measured against what is wanted.

    Attributes:
        measured: What it is; None where it was never measured.
        wanted: What it may be; None where nothing is declared.
    """

    measured: timedelta | None
    wanted: timedelta | None

    @property
    def met(self) -> bool | None:
        """Whether it is met; None where nothing is wanted."""
        if self.wanted is None:
            return None
        return self.measured is not None and self.measured <= self.wanted


@dataclass(frozen=True)
class Counts:
    """A dataset's snapshots by how they stand; each is counted once."""

    good: int
    unverified: int
    inconsistent: int
    damaged: int
    backdated: int
    future: int

    @property
    def all(self) -> int:
        """How many there are."""
        sound = self.good + self.unverified + self.inconsistent
        return sound + self.damaged + self.backdated + self.future


def standing_face(standing: Standing, now: datetime) -> Face:
    """How a snapshot stands; the worst of what is true of it."""
    if standing.damaged:
        return DAMAGED
    if standing.manifest.taken_at > now:
        return FUTURE
    if standing.manifest.consistency is Consistency.INCONSISTENT:
        return INCONSISTENT
    if standing.backdated:
        return BACKDATED
    return GOOD if standing.good else UNVERIFIED


def counts(standings: Iterable[Standing], now: datetime) -> Counts:
    """How many snapshots stand how."""
    faces = [standing_face(one, now) for one in standings]
    each = (GOOD, UNVERIFIED, INCONSISTENT, DAMAGED, BACKDATED, FUTURE)
    return Counts(*(faces.count(face) for face in each))


def newest_good(standings: Sequence[Standing], now: datetime) -> Standing | None:
    """The newest snapshot that a restore may rely on; none of some windows, if any holds all."""
    some = reversed(widest(standings))
    return next((one for one in some if standing_face(one, now) == GOOD), None)


def recovery_point(report: SnapshotReport) -> Objective:
    """How old the newest good snapshot is: what would be lost today."""
    newest = newest_good(report.standings, report.made_at)
    age = None if newest is None else report.made_at - newest.manifest.taken_at
    return Objective(age, report.rules.objectives.recovery_point)


def recovery_time(report: SnapshotReport) -> Objective:
    """How long the last drill took that went well: it restored all of a snapshot, elsewhere."""
    drills = of_action(report.lines, LedgerAction.DRILL)
    proven = [line for line in drills if trial_succeeded(line)]
    seconds = number_of(proven[-1].details, "seconds") if proven else None
    took = None if seconds is None else timedelta(seconds=seconds)
    return Objective(took, report.rules.objectives.recovery_time)


def trials(lines: Iterable[LedgerLine]) -> tuple[LedgerLine, ...]:
    """The restores and drills, oldest first."""
    return of_action(lines, LedgerAction.RESTORE, LedgerAction.DRILL)


def verifications(lines: Iterable[LedgerLine]) -> tuple[LedgerLine, ...]:
    """What was verified, oldest first."""
    return of_action(lines, LedgerAction.VERIFY)


def of_action(lines: Iterable[LedgerLine], *actions: LedgerAction) -> tuple[LedgerLine, ...]:
    """The lines of some actions, oldest first."""
    return tuple(line for line in lines if line.action in actions)


def trial_succeeded(line: LedgerLine) -> bool:
    """Whether a restore or drill proved what it restored."""
    if line.action is LedgerAction.RESTORE:
        return not line.details.get("problems")
    return line.details.get("verdict") == Verdict.MATCHED.value


def last_proven(lines: Iterable[LedgerLine]) -> LedgerLine | None:
    """The newest restore or drill that proved what it restored."""
    return last(tuple(line for line in trials(lines) if trial_succeeded(line)))


def last(lines: Sequence[LedgerLine]) -> LedgerLine | None:
    """The newest of some lines."""
    return lines[-1] if lines else None


def last_full_reading(lines: Iterable[LedgerLine]) -> LedgerLine | None:
    """The newest verification that read all data of a snapshot and found nothing wrong."""
    return last(
        tuple(
            line
            for line in verifications(lines)
            if line.details.get("read") == "all" and not number_of(line.details, "damaged_objects")
        )
    )


def held(standings: Iterable[Standing]) -> tuple[Standing, ...]:
    """The snapshots that somebody wants kept."""
    return tuple(one for one in standings if one.holds)


def locked_until(protection: Protection | None) -> datetime | None:
    """Until when a snapshot cannot be removed; None where it can."""
    return None if protection is None else protection.until


def decision_of(report: SnapshotReport) -> Mapping[str, Decision]:
    """What the retention would do with each snapshot, by id."""
    return {one.snapshot: one for one in report.decisions}


def number_of(details: Mapping[str, Any], key: str) -> float | None:
    """A figure of a ledger line; None where it is not there, or is none."""
    value = details.get(key)
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def count_of(details: Mapping[str, Any], key: str) -> int | None:
    """As `number_of`, of things that are counted."""
    value = number_of(details, key)
    return None if value is None else int(value)
