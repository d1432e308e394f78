"""The drill of a dataset's snapshots."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from reconcile.jobs.snapshots.progress import SnapshotProgress
from reconcile.jobs.snapshots.work import SnapshotWork


@dataclass(frozen=True)
class Drilled:
    """What came of a drill.

    Attributes:
        id: The drill's own id; its scratch folder was called so.
        snapshot: The snapshot that the lot fell on.
        taken_at: The moment that it shows, UTC.
        objects: Objects that were restored.
        bytes: Their bytes.
        rows: Their rows, as they were counted after the restore.
        erased: Rows that the erasure list left out.
        by_row: Objects whose rows were compared with the origin's, which still has the very same.
        by_checksum: Objects that are proven by their checksums alone: the origin has others now,
            they were rewritten, or they are no Parquet.
        proof: How it was reconciled, a sentence for people.
        verdict: `matched`, or `breached` where something is wrong.
        problems: What is wrong, a line each, at most 100.
        seconds: Recovery time: from the beginning until all was restored and reconciled.
        age_seconds: Recovery point: how old the newest good snapshot was.
    """

    id: str
    snapshot: str
    taken_at: datetime
    objects: int
    bytes: int
    rows: int
    erased: int
    by_row: int
    by_checksum: int
    proof: str
    verdict: str
    problems: tuple[str, ...]
    seconds: float
    age_seconds: float

    @property
    def exit_code(self) -> int:
        """0 where the snapshot was restored and its rows are right, else 1."""
        return 1 if self.problems else 0


def drill(
    work: SnapshotWork, *, id: str | None = None, progress: SnapshotProgress | None = None
) -> Drilled:
    """Restores a snapshot, drawn by lot among the good ones, into a scratch place.

    What comes of it is a line of the ledger, also of a drill that fails. The scratch place is
    cleared whatever happened.

    Args:
        work: Of which dataset.
        id: The drill's id; a new one if None. The lot is drawn by it, so that the same id again
            draws the same snapshot.
        progress: Told of objects and bytes.

    Raises:
        NotFound: There is no good snapshot.
        Tampered: The ledger does not hold together.
        WindowHeld: Another drill of the dataset is at work.
        Transient: A store does not answer.
    """
    raise NotImplementedError
