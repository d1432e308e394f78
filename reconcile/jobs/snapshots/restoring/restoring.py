"""Restoring a snapshot to a folder."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from reconcile.jobs.snapshots.progress import SnapshotProgress
from reconcile.jobs.snapshots.restoring.restored import Restored
from reconcile.jobs.snapshots.work import SnapshotWork
from reconcile.model.location import Location
from reconcile.model.window import Window


def restore(
    work: SnapshotWork,
    *,
    to: Location,
    connection: str | None = None,
    id: str | None = None,
    at: datetime | None = None,
    span: Sequence[Window] | None = None,
    copy: bool = False,
    replace: bool = False,
    rehearsal: bool = False,
    progress: SnapshotProgress | None = None,
) -> Restored:
    """Restores a snapshot. One that was interrupted goes on where it stopped.

    Every byte is checked on its way. At the end the folder is listed again, and the rows that
    its footers tell are reconciled with those of the snapshot less those that were erased.

    Args:
        work: Of which dataset.
        to: The folder: empty, absent, or holding nothing but right bytes, unless `replace`.
        connection: Who writes there.
        id: Which snapshot.
        at: The newest good one that was taken no later; with neither, the newest good one.
        span: The windows to restore; None is all that it holds.
        copy: Whether it is taken from the second repository.
        replace: Whether objects of the same names with other bytes are replaced. Others are named
            and stay in any case.
        rehearsal: Whether it is only said what would be done; nothing is written.
        progress: Told of objects and bytes.

    Raises:
        NotFound: There is no such snapshot, or none that is good.
        BadInput: The newest snapshot is damaged and none is named; the folder holds other bytes
            under these names, is in the repository, or cannot be written; a window is none that
            it holds.
        Damaged: What lies in the repository is not what was stored there.
        Tampered: The ledger or the manifest does not hold together.
        Changed: Somebody else wrote to the folder meanwhile.
        WindowHeld: Another restore of the dataset is at work on that folder.
        Transient: A store does not answer.
    """
    raise NotImplementedError
