"""Copying a snapshot to the second repository, proven equal."""

from __future__ import annotations

from dataclasses import dataclass

from reconcile.jobs.snapshots.progress import SnapshotProgress
from reconcile.jobs.snapshots.work import SnapshotWork


@dataclass(frozen=True)
class Copied:
    """What came of a copy.

    Attributes:
        id: The snapshot's.
        to: Where the second repository lies.
        objects: How many objects it holds.
        bytes: Their bytes.
        new_bytes: Bytes of content that the second repository did not have.
        already: Whether it was there already.
        notes: What could not be done and does no harm, such as locks where a store has none.
        seconds: How long it took.
    """

    id: str
    to: str
    objects: int
    bytes: int
    new_bytes: int
    already: bool
    notes: tuple[str, ...]
    seconds: float


def copy(
    work: SnapshotWork, *, id: str | None = None, progress: SnapshotProgress | None = None
) -> Copied:
    """Copies a snapshot to the second repository; what is there already is proven.

    Args:
        work: Of which dataset.
        id: Which snapshot; None is the newest good one.
        progress: Told of objects and bytes.

    Raises:
        NotFound: There is no such snapshot, or none that is good.
        Damaged: What is to be copied is not what was saved.
        Tampered: A ledger does not hold together.
        WindowHeld: Another run is at work on the dataset's snapshots.
    """
    raise NotImplementedError
