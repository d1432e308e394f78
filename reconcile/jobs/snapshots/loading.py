"""What is known of the snapshots of a repository: manifests, ledger, and how each stands."""

from __future__ import annotations

from dataclasses import dataclass

from reconcile.jobs.snapshots.work import SnapshotWork
from reconcile.model.snapshot import LedgerLine, Manifest, Standing
from reconcile.repository.repository import Repository


@dataclass(frozen=True)
class Loaded:
    """What a repository holds of one dataset, as it says itself and as the ledger bears out.

    Attributes:
        manifests: Its manifests that can be read, by id, oldest id first.
        lines: All lines of the repository's ledger, those of other datasets among them.
        standings: How each snapshot stands, oldest first.
        problems: What is wrong with the ledger and with manifests, a line each: whoever writes
            must not go on where there is one (`require_sound`).
        unreadable: Ids of manifests that are there and cannot be read, or that the ledger knows
            and that are gone, with the reason.
    """

    manifests: tuple[Manifest, ...]
    lines: tuple[LedgerLine, ...]
    standings: tuple[Standing, ...]
    problems: tuple[str, ...]
    unreadable: dict[str, str]

    def require_sound(self) -> None:
        """Passes where the ledger holds together.

        Raises:
            Tampered: It was edited, reordered, truncated or forked.
        """
        raise NotImplementedError

    def standing(self, id: str) -> Standing:
        """How a snapshot stands.

        Raises:
            NotFound: There is none of that id.
            Damaged: Its manifest cannot be read.
        """
        raise NotImplementedError


def loaded(work: SnapshotWork, repository: Repository) -> Loaded:
    """Reads the manifests and the ledger of a repository, and mirrors the ledger to the state.

    Nothing in the repository is written. What is wrong with it is said, not raised, so that a
    report can be given of it.

    Raises:
        Transient: The store or the state does not answer.
    """
    raise NotImplementedError
