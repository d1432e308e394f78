"""Whoever is about to save waits for a sweep that is at work.

Both show themselves first and look for the other then, so at least one of them sees the other: a
sweep that sees somebody save stops after what it has in hand, and who sees a sweep waits for that.
"""

from __future__ import annotations

from datetime import timedelta

from reconcile.errors import WindowHeld
from reconcile.jobs.snapshots.work import SnapshotWork
from reconcile.model.snapshot import LedgerAction
from reconcile.repository.repository import Repository
from reconcile.repository.running import RENEWED_EVERY, others

_SECONDS = 2.0
_LONGEST = 3 * RENEWED_EVERY
"""A sweep that has not said for so long that it goes on was killed."""


def wait_for_sweep(work: SnapshotWork, repository: Repository) -> None:
    """Passes when no sweep is at work any more. To be asked by who is shown as saving already.

    Raises:
        WindowHeld: One goes on and on.
    """
    waited = timedelta()
    while True:
        now = work.setting.now()
        sweeps = [
            one
            for one in others(repository, now=now)
            if one.action is LedgerAction.SWEEP and now - one.renewed_at < _LONGEST
        ]
        if not sweeps:
            return
        if work.stopped or waited >= _LONGEST:
            raise WindowHeld(
                f"a sweep of {repository.store.root} by {sweeps[0].by} is at work",
                found=f"since {sweeps[0].at:%Y-%m-%d %H:%M} UTC",
                next_step="run again when it has ended",
            )
        work.pause(_SECONDS)
        waited += timedelta(seconds=_SECONDS)
