"""Holding a snapshot whatever the policy says, and letting it go."""

from __future__ import annotations

from dataclasses import dataclass

from reconcile.jobs.snapshots.work import SnapshotWork
from reconcile.model.snapshot import Hold


@dataclass(frozen=True)
class Held:
    """How a snapshot is held now.

    Attributes:
        id: The snapshot's.
        holds: Who wants it kept; empty where nobody does any more.
        notes: What could not be done and does no harm, such as legal holds where a store has none.
    """

    id: str
    holds: tuple[Hold, ...]
    notes: tuple[str, ...]


def hold(work: SnapshotWork, id: str, reason: str) -> Held:
    """Has a snapshot kept until it is released, also by the store where that can.

    Raises:
        NotFound: There is no such snapshot.
        BadInput: No reason is given.
        Tampered: The ledger does not hold together.
    """
    raise NotImplementedError


def release(work: SnapshotWork, id: str, reason: str) -> Held:
    """Ends every hold of a snapshot; what another held snapshot needs stays held in the store.

    Raises:
        NotFound: There is no such snapshot.
        BadInput: It is not held, or no reason is given.
        Tampered: The ledger does not hold together.
    """
    raise NotImplementedError
