"""Locking what snapshots consist of, in stores that can."""

from __future__ import annotations

from collections.abc import Sequence

from reconcile.jobs.snapshots.work import SnapshotWork
from reconcile.model.snapshot import Manifest, RepositoryPlace
from reconcile.repository.repository import Repository


def lock(
    work: SnapshotWork,
    repository: Repository,
    place: RepositoryPlace,
    manifests: Sequence[Manifest],
) -> tuple[str, ...]:
    """Locks what manifests refer to for as long as the place's rules say, or extends that.

    Args:
        work: Of which dataset.
        repository: The repository.
        place: Its place, whose `lock` says for how long; without one nothing is done.
        manifests: The snapshots.

    Returns:
        What could not be done, a line each; a store that locks nothing is no failure.
    """
    raise NotImplementedError
