"""Which snapshots are kept and which may go, and why: a pure function."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from reconcile.model.snapshot import Decision, Retention, Standing


def decided(
    standings: Sequence[Standing],
    policy: Retention,
    *,
    now: datetime,
    zone: str,
    complete: bool = True,
) -> tuple[Decision, ...]:
    """What a policy does with each snapshot, in the order given.

    Args:
        standings: All snapshots of one dataset in one repository, in any order.
        policy: Which are kept.
        now: When this is asked, with zone.
        zone: The dataset's time zone, whose days, weeks, months and years count.
        complete: Whether all snapshots and the whole ledger could be read; where not, nothing is
            removed.

    Raises:
        BadInput: There is no such time zone.
    """
    raise NotImplementedError
