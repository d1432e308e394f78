"""What comes of a create."""

from __future__ import annotations

from dataclasses import dataclass

from reconcile.model.snapshot import Manifest


@dataclass(frozen=True)
class Created:
    """What came of a create.

    Attributes:
        id: The snapshot's; empty where it was only rehearsed.
        manifest: It, as it was written; None where it was only rehearsed.
        objects: How many objects it holds.
        bytes: Their bytes.
        kept: How many of them an earlier snapshot knew, and were not read.
        read: How many were read; one that was written to meanwhile counts each time.
        read_bytes: Their bytes.
        new_bytes: Bytes of content that the repository did not have.
        healed: Pieces of content that earlier snapshots need, that were missing or damaged, and
            that were put there again.
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
