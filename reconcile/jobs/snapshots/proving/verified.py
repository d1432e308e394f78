"""What a verification finds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Verified:
    """What a verification found of one snapshot.

    Attributes:
        id: The snapshot's.
        objects: How many objects it holds.
        bytes: Their bytes.
        rows: Their rows, as far as they are known.
        read_bytes: How many of the bytes were read now.
        whole: Whether all of its data was read now.
        damaged: What is wrong, a line each, at most 100.
        damaged_objects: How many objects it is wrong with.
    """

    id: str
    objects: int
    bytes: int
    rows: int
    read_bytes: int
    whole: bool
    damaged: tuple[str, ...] = ()
    damaged_objects: int = 0


@dataclass(frozen=True)
class Verification:
    """What a verification found.

    Attributes:
        repository: Where the repository lies.
        share: The share of the data that was to be read, 0 to 1.
        snapshots: What was found of each, oldest first.
        read_objects: Pieces of content that were read.
        read_bytes: Their bytes.
        bytes: Bytes of all content that the snapshots hold, each piece once.
        problems: What is wrong with the ledger or with manifests, a line each.
        seconds: How long it took.
    """

    repository: str
    share: float
    snapshots: tuple[Verified, ...]
    read_objects: int
    read_bytes: int
    bytes: int
    problems: tuple[str, ...]
    seconds: float

    @property
    def sound(self) -> bool:
        """Whether nothing was found wrong, in what was looked at."""
        return not self.problems and not any(one.damaged_objects for one in self.snapshots)

    @property
    def exit_code(self) -> int:
        """0 where nothing was found wrong, else 1."""
        return 0 if self.sound else 1
