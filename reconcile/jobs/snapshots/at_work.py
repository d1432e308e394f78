"""Being at work on a dataset's snapshots: one at a time of those that share a state database.

Those that share none are kept apart by the repository itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from reconcile.errors import WindowHeld
from reconcile.jobs.snapshots.work import SnapshotWork
from reconcile.jobs.working import LEASE
from reconcile.state.lease_keeper import LeaseKeeper

HELD = "snapshots"
"""What is held of a dataset, beside its windows."""


@contextmanager
def at_work(work: SnapshotWork, id: str) -> Iterator[LeaseKeeper]:
    """Holds the dataset's snapshots for the length of the block.

    Args:
        work: Of which dataset.
        id: Who holds them: a snapshot's id or that of other work. The same id takes up what it
            held before.

    Raises:
        WindowHeld: Another is at work on them.
        Transient: The state database does not answer.
    """
    leases, dataset = work.setting.state.leases, work.dataset.name
    keeper = LeaseKeeper(leases, dataset, HELD, id, ttl=LEASE, clock=work.setting.now)
    with _in_plain_words(dataset), keeper:
        try:
            yield keeper
        finally:
            leases.release(dataset, HELD, id)


@contextmanager
def _in_plain_words(dataset: str) -> Iterator[None]:
    """There is no window here that anybody knows of."""
    try:
        yield
    except WindowHeld as error:
        raise WindowHeld(
            f"other work on the snapshots of {dataset} is going on",
            found=error.found,
            next_step="wait for it, then run this again; what was killed gives way at that time",
        ) from error
