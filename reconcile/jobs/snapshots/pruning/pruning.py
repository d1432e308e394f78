"""Pruning a dataset's snapshots: shown first, then done."""

from __future__ import annotations

from reconcile.jobs.snapshots.progress import SnapshotProgress
from reconcile.jobs.snapshots.pruning.pruned import Pruned, PrunePlan
from reconcile.jobs.snapshots.work import SnapshotWork


def plan(work: SnapshotWork, *, copy: bool = False) -> PrunePlan:
    """What the policy would do with each snapshot now. Nothing is written or removed.

    Args:
        work: Of which dataset.
        copy: Whether of the second repository.

    Raises:
        NotFound: There is no repository.
        Transient: A store does not answer.
    """
    raise NotImplementedError


def prune(
    work: SnapshotWork,
    *,
    copy: bool = False,
    dry_run: bool = False,
    progress: SnapshotProgress | None = None,
) -> Pruned:
    """Removes the snapshots that the policy lets go, and content that nobody needs.

    The ledger is told before a manifest goes. Content is marked first, and removed by a later
    prune when the grace has passed and still nobody needs it: no snapshot of any dataset, held or
    not, and no create, copy or restore at work. Where a manifest that should be there cannot be
    read nothing is removed at all.

    Args:
        work: Of which dataset.
        copy: Whether the second repository is pruned.
        dry_run: Whether it is only said what would be done.
        progress: Told of steps and objects.

    Raises:
        NotFound: There is no repository.
        WindowHeld: Another run is at work on the dataset's snapshots.
        AccessDenied: The connection may not remove.
        Transient: A store does not answer.
    """
    raise NotImplementedError
