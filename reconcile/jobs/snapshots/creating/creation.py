"""Creating a snapshot of a dataset's side, as it is at one moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reconcile.jobs.snapshots.progress import SnapshotProgress
from reconcile.jobs.snapshots.work import SnapshotWork
from reconcile.model.snapshot import Manifest
from reconcile.model.window import Window


@dataclass(frozen=True)
class Created:
    """What came of a create.

    Attributes:
        id: The snapshot's.
        manifest: It, as it was written; None where it was only rehearsed.
        objects: How many objects it holds.
        bytes: Their bytes.
        kept: How many of them an earlier snapshot knew, and were not read.
        read: How many were read.
        read_bytes: Their bytes.
        new_bytes: Bytes of content that the repository did not have.
        healed: Pieces of content that were missing or damaged, and were put there again.
        reasons: Why it is inconsistent, a line each; empty where it is not.
        notes: What could not be done and does no harm, such as locks where a store has none.
        seconds: How long it took.
    """

    id: str
    manifest: Manifest | None
    objects: int
    bytes: int
    kept: int
    read: int
    read_bytes: int
    new_bytes: int
    healed: int
    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    seconds: float

    @property
    def consistent(self) -> bool:
        """Whether all objects were there at one moment."""
        return not self.reasons


def create(
    work: SnapshotWork,
    *,
    id: str | None = None,
    span: Sequence[Window] | None = None,
    tags: Sequence[str] = (),
    progress: SnapshotProgress | None = None,
    dry_run: bool = False,
) -> Created:
    """Saves what lies at the origin. Killed anywhere, the same id again comes to the same end.

    Args:
        work: Of which dataset.
        id: The snapshot's id; a new one if None. One that is there already is given back.
        span: The windows to save; None is all that lies there. One that has not ended is left out.
        tags: What people call it.
        progress: Told of objects and bytes.
        dry_run: Whether it is only said what would be read; nothing is written.

    Raises:
        Tampered: The repository's ledger does not hold together.
        NotFound: The origin has no object, or none any more.
        WindowHeld: Another run is at work on the dataset's snapshots.
        Transient: A store does not answer.
    """
    raise NotImplementedError
