"""Pruning a dataset's snapshots: shown first, then done."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from typing import Any

from reconcile.errors import NotFound
from reconcile.jobs.snapshots.at_work import at_work
from reconcile.jobs.snapshots.progress import SILENT, SnapshotProgress
from reconcile.jobs.snapshots.pruning.deciding import Decided, decided_now
from reconcile.jobs.snapshots.pruning.needed import Needed
from reconcile.jobs.snapshots.pruning.pruned import Pruned, PrunePlan
from reconcile.jobs.snapshots.pruning.sweeping import SomebodyAtWork, Sweep, Swept
from reconcile.jobs.snapshots.work import SnapshotWork
from reconcile.model.snapshot import LedgerAction, RepositoryPlace
from reconcile.repository import layout, manifests
from reconcile.repository.ledger import Ledger
from reconcile.repository.repository import Repository
from reconcile.repository.running import Work, clear, running
from reconcile.snapshots.manifest import digest_of
from reconcile.state.lease_keeper import LeaseKeeper
from reconcile.stores.protocol import ContainerMissing, Locked, Store


def plan(work: SnapshotWork, *, copy: bool = False) -> PrunePlan:
    """What the policy would do with each snapshot now. Nothing is written or removed.

    Args:
        work: Of which dataset.
        copy: Whether of the second repository.

    Raises:
        NotFound: There is no repository.
        Transient: A store does not answer.
    """
    repository = work.copy_repository() if copy else work.repository()
    return decided_now(work, repository, _place(work, copy=copy)).plan


def prune(
    work: SnapshotWork,
    *,
    copy: bool = False,
    dry_run: bool = False,
    progress: SnapshotProgress | None = None,
) -> Pruned:
    """Removes the snapshots that the policy lets go, and content that nobody needs.

    The ledger is told before a manifest goes. Content is marked first, and removed by a later
    prune when the grace has passed and still nobody needs it: no snapshot of any dataset, held or
    not, and no create, copy or restore at work. Where a manifest that should be there cannot be
    read nothing is removed at all.

    Args:
        work: Of which dataset.
        copy: Whether the second repository is pruned.
        dry_run: Whether it is only said what would be done.
        progress: Told of steps and objects.

    Raises:
        NotFound: There is no repository.
        WindowHeld: Another run is at work on the dataset's snapshots.
        AccessDenied: The connection may not remove.
        Transient: A store does not answer.
    """
    began = time.monotonic()
    telling = progress or SILENT
    place = _place(work, copy=copy)
    repository = work.pruning_repository(copy=copy)
    with at_work(work, f"prune-{secrets.token_hex(8)}") as lease:
        telling.step("deciding")
        pruning = _Pruning(work, repository, place, lease, telling)
        decided = decided_now(work, repository, place)
        if decided.plan.problems:
            return Pruned(decided.plan, dry_run, seconds=time.monotonic() - began)
        removed = [] if dry_run else pruning.removed(decided)
        swept = pruning.swept(decided, dry_run=dry_run)
    return Pruned(
        decided.plan,
        dry_run,
        removed=tuple(removed),
        marked=swept.marked,
        marked_bytes=swept.marked_bytes,
        swept=swept.swept,
        swept_bytes=swept.swept_bytes,
        spared=swept.spared,
        locked=pruning.locked + swept.locked,
        notes=(*pruning.notes, *swept.notes),
        seconds=time.monotonic() - began,
    )


@dataclass
class _Pruning:
    work: SnapshotWork
    repository: Repository
    place: RepositoryPlace
    lease: LeaseKeeper
    progress: SnapshotProgress
    locked: int = 0
    notes: list[str] = field(default_factory=list)

    def removed(self, decided: Decided) -> list[str]:
        """Removes the manifests that the policy lets go, one by one."""
        self.progress.step("removing")
        ledger, done = Ledger(self.repository), list[str]()
        seen = len(ledger.lines())
        for id in decided.plan.removed:
            self.lease.check()
            if len(ledger.lines()) > seen:
                # Somebody held or verified one meanwhile, or found one damaged.
                decided = decided_now(self.work, self.repository, self.place)
            if id in decided.plan.removed and self._removed(ledger, decided, id):
                done.append(id)
            seen = len(ledger.lines())
        if done:
            now = self.work.setting.now()
            self.work.setting.state.snapshots.removed(self.repository.id, done, now)
        return done

    def _removed(self, ledger: Ledger, decided: Decided, id: str) -> bool:
        dataset, store = self.work.dataset.name, self.repository.store
        name = layout.manifest(dataset, id)
        if self._is_locked(name):
            return self._stays(id)
        manifest = decided.inventory.manifests.get((dataset, id))
        (reasons,) = (one.reasons for one in decided.plan.decisions if one.snapshot == id)
        details: dict[str, Any] = {"reasons": list(reasons)}
        if manifest is not None:
            details["manifest"] = digest_of(manifest)
        before = ledger.last()
        line = ledger.append(
            LedgerAction.PRUNE, dataset=dataset, snapshot=id, by=self.work.by, details=details
        )
        if line.sequence != (0 if before is None else before.sequence) + 1:
            # Somebody was quicker with a line: it may be a hold. The next prune decides anew.
            self.notes.append(f"Snapshot {id} stays: the ledger was written to meanwhile.")
            return False
        try:
            manifests.remove(self.repository, dataset, id)
        except Locked:
            return self._stays(id)
        # A store may have kept versions, and show the one before.
        return not _is_there(store, name) or self._stays(id)

    def _is_locked(self, name: str) -> bool:
        try:
            return self.repository.store.protection(name) is not None
        except ContainerMissing:
            raise
        except NotFound:
            return False  # a manifest that is lost is pruned, too

    def _stays(self, id: str) -> bool:
        self.locked += 1
        self.notes.append(f"Snapshot {id} stays for now: its manifest is locked in the store.")
        return False

    def swept(self, decided: Decided, *, dry_run: bool) -> Swept:
        """Sweeps content, as far as nobody is at work."""
        self.progress.step("sweeping")
        with ExitStack() as stack:
            still_ours: Callable[[], None] = self.lease.check
            if not dry_run:
                shown = stack.enter_context(self._shown())

                def still_ours() -> None:
                    self.lease.check()
                    shown.require_running()

                clear(self.repository, now=self.work.setting.now())
                # What is there is read again: others may have written since, and been seen by
                # nobody before we could be seen ourselves.
                decided = decided_now(self.work, self.repository, self.place)
            there = decided.inventory
            going = set(decided.plan.removed) if dry_run else set()
            kept = [
                one
                for (dataset, id), one in there.manifests.items()
                if dataset != self.work.dataset.name or id not in going
            ]
            swept = Swept()
            if decided.plan.problems:
                swept.notes += decided.plan.problems
                return swept
            try:
                needed = Needed.by(self.repository, kept)
                Sweep(
                    self.work,
                    self.repository,
                    self.place,
                    needed,
                    dry_run,
                    self.progress,
                    still_ours,
                    swept,
                ).run()
            except SomebodyAtWork as error:
                swept.notes.append(f"Content is left for a later prune: {error}.")
        return swept

    def _shown(self) -> AbstractContextManager[Work]:
        return running(
            self.repository,
            action=LedgerAction.SWEEP,
            dataset=self.work.dataset.name,
            snapshot="sweep",
            by=self.work.by,
        )


def _is_there(store: Store, name: str) -> bool:
    try:
        store.head(name)
    except ContainerMissing:
        raise
    except NotFound:
        return False
    return True


def _place(work: SnapshotWork, *, copy: bool) -> RepositoryPlace:
    if not copy:
        return work.rules.repository
    work.copy_repository()  # says so where there is none
    if work.rules.copy is None:
        raise AssertionError("a second repository that nobody declared was opened")
    return work.rules.copy
