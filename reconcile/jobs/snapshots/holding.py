"""Holding a snapshot whatever the policy says, and letting it go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from reconcile.errors import AccessDenied, BadInput, NotFound
from reconcile.jobs.snapshots.at_work import at_work
from reconcile.jobs.snapshots.creating.recording import remember
from reconcile.jobs.snapshots.loading import Loaded, loaded
from reconcile.jobs.snapshots.locking import each, names_of
from reconcile.jobs.snapshots.work import SnapshotWork
from reconcile.model.snapshot import Hold, LedgerAction, Manifest, Protection
from reconcile.repository import layout
from reconcile.repository import manifests as stored
from reconcile.repository.ledger import Ledger
from reconcile.repository.repository import Repository
from reconcile.snapshots.names import check_snapshot_id
from reconcile.stores.protocol import ContainerMissing, Unprotectable


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

    Wherever a copy of it lies it is held as well.

    Raises:
        NotFound: There is no such snapshot.
        BadInput: No reason is given.
        Tampered: The ledger does not hold together.
        WindowHeld: Another run is at work on the dataset's snapshots.
    """
    return _done(work, id, reason, LedgerAction.HOLD)


def release(work: SnapshotWork, id: str, reason: str) -> Held:
    """Ends every hold of a snapshot; what another held snapshot needs stays held in the store.

    Raises:
        NotFound: There is no such snapshot.
        BadInput: It is not held, or no reason is given.
        Tampered: The ledger does not hold together.
        WindowHeld: Another run is at work on the dataset's snapshots.
    """
    return _done(work, id, reason, LedgerAction.RELEASE)


def hold_again(work: SnapshotWork, repository: Repository, found: Loaded) -> tuple[str, ...]:
    """Has the store hold what held snapshots consist of, where some of it was written again.

    Returns:
        What could not be done and does no harm, a line each.
    """
    held = [one.manifest for one in found.standings if one.holds]
    return _Holder(work, repository, found).hold(held) if held else ()


def hold_copy(
    work: SnapshotWork, repository: Repository, id: str, holds: Sequence[Hold]
) -> tuple[str, ...]:
    """Has a copy held for the reasons for which the original is.

    Returns:
        What could not be done and does no harm, a line each.
    """
    found = remember(work, repository)
    there = {one.reason for one in found.standing(id).holds}
    holder, notes = _Holder(work, repository, found), list[str]()
    for one in holds:
        if one.reason not in there:
            notes += holder.done(id, one.reason, LedgerAction.HOLD)
    return tuple(notes)


def _done(work: SnapshotWork, id: str, reason: str, action: LedgerAction) -> Held:
    check_snapshot_id(id)
    if not reason.strip():
        raise BadInput(f"nobody says why snapshot {id} is to be held or released")
    with at_work(work, f"{action}-{id}"):
        holder = _Holder(work, work.repository(), loaded(work, work.repository()))
        notes = list(holder.done(id, reason.strip(), action))
        now = remember(work, holder.repository).standing(id)
        for copy in _copies(work, id):
            notes += copy.done(id, reason.strip(), action, again=True)
            remember(work, copy.repository)
    return Held(id, now.holds, tuple(notes))


@dataclass(frozen=True)
class _Holder:
    """Holds snapshots in one repository, and lets them go."""

    work: SnapshotWork
    repository: Repository
    found: Loaded

    def done(
        self, id: str, reason: str, action: LedgerAction, *, again: bool = False
    ) -> tuple[str, ...]:
        """Tells the ledger, then the store.

        Whatever stops us in between, the same again comes to its end.
        """
        self.found.require_sound()
        standing = self.found.standing(id)
        if action is LedgerAction.HOLD or standing.holds:
            Ledger(self.repository).append(
                action,
                dataset=self.work.dataset.name,
                snapshot=id,
                by=self.work.by,
                details={"reason": reason},
            )
        elif not again and not self._is_left_over(standing.manifest):
            raise BadInput(
                f"snapshot {id} is not held",
                next_step=f"reconcile snapshot list {self.work.dataset.name}",
            )
        if action is LedgerAction.HOLD:
            return self.hold([standing.manifest])
        return self._let_go(standing.manifest)

    def hold(self, manifests: Iterable[Manifest]) -> tuple[str, ...]:
        """Has the store hold all that snapshots consist of."""
        protection = Protection(legal_hold=True)

        def held(name: str) -> None:
            self.repository.store.protect(name, protection)

        return self._noted(names_of(self.repository, manifests), held)

    def _let_go(self, manifest: Manifest) -> tuple[str, ...]:
        """Lets go of what no other held snapshot has, of whatever dataset of the repository."""
        stands = self.found.standings
        others = [one.manifest for one in stands if one.holds and one.manifest.id != manifest.id]
        needed = set(names_of(self.repository, [*others, *self._held_elsewhere()]))
        last = layout.manifest(manifest.dataset, manifest.id)
        free = (name for name in names_of(self.repository, [manifest]) if name not in needed)

        def released(name: str) -> None:
            self.repository.store.release(name)

        notes = self._noted((name for name in free if name != last), released)
        return notes or self._noted([last], released)

    def _is_left_over(self, manifest: Manifest) -> bool:
        """Whether a release was stopped before the store had let go; the manifest goes last."""
        name = layout.manifest(manifest.dataset, manifest.id)
        protection = self.repository.store.protection(name)
        return protection is not None and protection.legal_hold

    def _held_elsewhere(self) -> Iterator[Manifest]:
        """The held snapshots of other datasets that share the repository."""
        held: dict[tuple[str, str], None] = {}
        for line in self.found.lines:
            if line.dataset == self.work.dataset.name or line.snapshot is None:
                continue
            if line.action is LedgerAction.HOLD:
                held[line.dataset, line.snapshot] = None
            elif line.action in (LedgerAction.RELEASE, LedgerAction.PRUNE):
                held.pop((line.dataset, line.snapshot), None)
        for dataset, id in held:
            yield stored.read(self.repository, dataset, id)

    def _noted(self, names: Iterable[str], does: Callable[[str], None]) -> tuple[str, ...]:
        where = self.repository.store.root
        try:
            each(self.work, names, does)
        except Unprotectable:
            return (f"the store of {where} cannot hold objects: the ledger alone says it",)
        except AccessDenied as error:
            return (f"the store of {where} refused to hold or release objects: {error.what}",)
        return ()


def _copies(work: SnapshotWork, id: str) -> list[_Holder]:
    """The second repository, where the snapshot lies in it as well."""
    if work.rules.copy is None:
        return []
    try:
        repository = work.copy_repository()
    except ContainerMissing:
        raise
    except NotFound:
        return []
    found = loaded(work, repository)
    there = any(one.id == id for one in found.manifests)
    return [_Holder(work, repository, found)] if there else []
