"""Writing down that a snapshot is there: its manifest, the ledger's line, the state, its lock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from reconcile.errors import AlreadyExists, Damaged
from reconcile.jobs.snapshots.loading import Loaded, loaded
from reconcile.jobs.snapshots.locking import kept, lock
from reconcile.jobs.snapshots.work import SnapshotWork
from reconcile.model.snapshot import LedgerAction, Manifest
from reconcile.repository import manifests
from reconcile.repository.ledger import Ledger
from reconcile.repository.repository import Repository
from reconcile.repository.running import others
from reconcile.snapshots.manifest import digest_of

_MOST_HEALED = 50_000
"""Ids that a line of the ledger names. What is not told is put again once more, and told then."""


@dataclass(frozen=True)
class Recorder:
    """Writes down what becomes of snapshots of a repository.

    Attributes:
        work: Of which dataset.
        repository: Where.
        found: What was known of it before.
    """

    work: SnapshotWork
    repository: Repository
    found: Loaded

    def written(self, manifest: Manifest) -> Manifest:
        """The manifest that is there afterwards: this one, or one that another wrote of its id."""
        try:
            manifests.write(self.repository, manifest)
        except AlreadyExists:
            return manifests.read(self.repository, manifest.dataset, manifest.id)
        return manifest

    def recorded(self, manifest: Manifest, *, healed: Iterable[str] = ()) -> tuple[str, ...]:
        """Tells the ledger and the state of a snapshot whose manifest is there, and locks it.

        Args:
            manifest: The snapshot's.
            healed: Ids of chunks that a verification had found damaged and that were put again.

        Returns:
            What could not be done and does no harm, a line each.
        """
        if manifest.id not in self._known():
            self._append(manifest, healed=sorted(healed)[:_MOST_HEALED])
        place = self.work.rules.repository
        now = remember(self.work, self.repository)
        return lock(self.work, self.repository, place, kept(self.work, now))

    def adopt(self, *, except_for: str) -> None:
        """Tells the ledger of snapshots that whoever made them did not live to tell it of.

        A manifest is written last and proves itself by its seal. Whoever may still be at work on
        one is left to it.
        """
        known = self._known() | {except_for}
        orphans = [one for one in self.found.manifests if one.id not in known]
        if not orphans:
            return
        at_work = {one.snapshot for one in others(self.repository, now=self.work.setting.now())}
        for manifest in orphans:
            if manifest.id not in at_work:
                self._append(manifest, adopted=True)

    def require_readable(self, id: str) -> None:
        """Passes where no manifest of an id is there that cannot be read.

        Raises:
            Damaged: One is.
        """
        if id in self.found.unreadable:
            raise Damaged(
                f"there is a snapshot {id} already",
                found=self.found.unreadable[id],
                next_step="create one under another id",
            )

    def _known(self) -> set[str | None]:
        return {
            line.snapshot
            for line in self.found.lines
            if line.action is LedgerAction.CREATE and line.dataset == self.work.dataset.name
        }

    def _append(
        self, manifest: Manifest, *, healed: list[str] | None = None, adopted: bool = False
    ) -> None:
        details: dict[str, Any] = {
            "manifest": digest_of(manifest),
            "taken_at": manifest.taken_at.isoformat(),
            "objects": manifest.objects,
            "bytes": manifest.bytes,
            "new_bytes": manifest.new_bytes,
            "consistency": manifest.consistency.value,
        }
        if healed:
            details["healed"] = healed
        if adopted:
            details["adopted"] = True
        Ledger(self.repository).append(
            LedgerAction.CREATE,
            dataset=manifest.dataset,
            snapshot=manifest.id,
            by=self.work.by,
            details=details,
        )


def remember(work: SnapshotWork, repository: Repository) -> Loaded:
    """Has the state know how the snapshots stand; gives what it was told."""
    found = loaded(work, repository)
    work.setting.state.snapshots.keep(repository.id, found.standings)
    return found
