"""What a prune will do, and what came of one."""

from __future__ import annotations

from dataclasses import dataclass

from reconcile.model.snapshot import Decision


@dataclass(frozen=True)
class PrunePlan:
    """What the policy does with each snapshot, as a prune would carry it out now.

    Attributes:
        repository: Where the repository lies.
        decisions: Of each snapshot, oldest first, with the reasons.
        bytes: By id, bytes of the objects of the snapshots that go. What of it nobody else needs
            is found out by the sweep.
        problems: Why nothing may be removed, a line each; empty where all is sound.
    """

    repository: str
    decisions: tuple[Decision, ...]
    bytes: dict[str, int]
    problems: tuple[str, ...] = ()

    @property
    def removed(self) -> tuple[str, ...]:
        """The ids that go, oldest first."""
        return tuple(one.snapshot for one in self.decisions if not one.keep)

    @property
    def kept(self) -> tuple[str, ...]:
        """The ids that stay, oldest first."""
        return tuple(one.snapshot for one in self.decisions if one.keep)


@dataclass(frozen=True)
class Pruned:
    """What came of a prune.

    Attributes:
        plan: What was to be done.
        dry_run: Whether nothing was removed or marked.
        removed: The snapshots whose manifests are gone, oldest first.
        marked: Pieces of content that no snapshot holds, and that were marked now: they go with a
            later prune, when the grace has passed. Of a dry run, those it would mark.
        marked_bytes: Their bytes, as they are stored.
        swept: Pieces of content that were removed. Of a dry run, those it would remove.
        swept_bytes: Their bytes, as they are stored.
        spared: Pieces that had been marked, and that somebody needs or wrote again since.
        locked: What the store does not let go yet, and stays.
        notes: What did not happen and why, a line each: locks, work that is going on.
        seconds: How long it took.
    """

    plan: PrunePlan
    dry_run: bool
    removed: tuple[str, ...] = ()
    marked: int = 0
    marked_bytes: int = 0
    swept: int = 0
    swept_bytes: int = 0
    spared: int = 0
    locked: int = 0
    notes: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def exit_code(self) -> int:
        """0; 1 where something is wrong with the repository, and so nothing was removed."""
        return 1 if self.plan.problems else 0
