"""What came of a restore."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

NAMED = 100
"""So many names are told at most; the numbers are of all."""


@dataclass(frozen=True)
class Restored:
    """What came of a restore, or would come of it where it is a rehearsal.

    Attributes:
        id: The snapshot's.
        taken_at: The moment that it shows, UTC.
        to: Where it was restored to, for people.
        rehearsal: Whether nothing was written.
        objects: Objects that were asked for.
        bytes: Their bytes.
        rows: Their rows, of those that are Parquet.
        written: Objects that were written.
        written_bytes: Their bytes.
        replaced: How many of them took the place of another.
        already: Objects that lay there already with the right bytes.
        rewritten: Objects that were written anew without their erased rows.
        erased: Rows that were left out because their match key is on the erasure list.
        counted: Rows that the footers of what lies there now tell.
        extras: Objects that lie there and are not the snapshot's, at most 100; none is deleted.
        extra_objects: How many there are.
        conflicts: Objects that lie there with other bytes, at most 100; only told by a rehearsal
            without `replace`, which a restore would refuse.
        conflicting_objects: How many there are.
        keeping: Objects that the erasure list could not be applied to, since they are no Parquet;
            at most 100. Rows that are on it came back with them.
        keeping_objects: How many there are.
        passed_over: Newer snapshots that were not taken, and why, a line each.
        notes: What could not be done and does no harm, a line each.
        problems: What the reconciliation at the end found wrong, a line each, at most 100.
        seconds: How long it took.
    """

    id: str
    taken_at: datetime
    to: str
    rehearsal: bool
    objects: int
    bytes: int
    rows: int
    written: int = 0
    written_bytes: int = 0
    replaced: int = 0
    already: int = 0
    rewritten: int = 0
    erased: int = 0
    counted: int = 0
    extras: tuple[str, ...] = ()
    extra_objects: int = 0
    conflicts: tuple[str, ...] = ()
    conflicting_objects: int = 0
    keeping: tuple[str, ...] = ()
    keeping_objects: int = 0
    passed_over: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def proven(self) -> bool:
        """Whether all that was asked for lies there, and its rows are those of the snapshot."""
        return not self.rehearsal and not self.problems

    @property
    def exit_code(self) -> int:
        """0 where it is proven or was a rehearsal without conflicts, else 1."""
        return 1 if self.problems or self.conflicting_objects else 0
