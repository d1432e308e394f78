"""The sweep: content that no snapshot needs is marked, and a later sweep removes it.

prune 1      c is needed by no manifest               mark c
create       sees the mark, and stores c again where it needs it
prune 2      the grace has passed, nobody is at work, c is still needed by no manifest, and
             still the very object that was marked    remove c
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum

from reconcile.errors import Changed, NotFound
from reconcile.jobs.snapshots.progress import SnapshotProgress
from reconcile.jobs.snapshots.pruning.needed import Needed
from reconcile.jobs.snapshots.work import SnapshotWork
from reconcile.model.snapshot import LedgerAction, RepositoryPlace
from reconcile.repository import listing, marks
from reconcile.repository.layout import Kind
from reconcile.repository.ledger import Ledger
from reconcile.repository.marks import Mark, Marked
from reconcile.repository.repository import Repository
from reconcile.repository.running import others
from reconcile.stores.protocol import ContainerMissing, Locked

_TOGETHER = 200
"""So much is removed before it is looked again who is at work."""
_AT_ONCE = 16


class SomebodyAtWork(Exception):
    """Somebody began who may rely on what would be removed. Its text says who."""


@dataclass
class Swept:
    """What came of a sweep (`pruned.Pruned` says what each number is)."""

    marked: int = 0
    marked_bytes: int = 0
    swept: int = 0
    swept_bytes: int = 0
    spared: int = 0
    locked: int = 0
    notes: list[str] = field(default_factory=list)


class _Became(StrEnum):
    REMOVED = "removed"
    SPARED = "spared"
    LOCKED = "locked"
    GONE = "gone"


@dataclass(frozen=True)
class Sweep:
    """A sweep at work.

    Attributes:
        work: Of which dataset.
        repository: The repository, under the connection that may remove.
        place: Where it lies.
        needed: What the snapshots need.
        dry_run: Whether it is only counted.
        progress: Is told of content that was removed.
        still_ours: Raises where our own place among those at work is lost.
    """

    work: SnapshotWork
    repository: Repository
    place: RepositoryPlace
    needed: Needed
    dry_run: bool
    progress: SnapshotProgress
    still_ours: Callable[[], None] = lambda: None
    swept: Swept = field(default_factory=Swept)

    def run(self) -> None:
        """Removes what was marked long enough ago, and marks what is newly needed by nobody.

        Raises:
            SomebodyAtWork: A create or a copy is at work; what was done by then stays done.
            Damaged: A mark cannot be read.
            AccessDenied: The connection may not remove.
        """
        self._require_nobody()
        waiting = Needed()
        for mark in marks.read(self.repository):
            if self._is_due(mark):
                self._sweep(mark)
            for one in mark.content:
                waiting.add(one.kind, one.id)
        unneeded = self._counted(self._unneeded(waiting))
        if self.dry_run:
            for _ in unneeded:
                pass
        else:
            marks.write(self.repository, unneeded, at=self.work.setting.now())

    def _is_due(self, mark: Mark) -> bool:
        return self.work.setting.now() - mark.at >= self.work.rules.grace

    def _sweep(self, mark: Mark) -> None:
        unneeded = [one for one in mark.content if not self.needed.has(one.kind, one.id)]
        self.swept.spared += len(mark.content) - len(unneeded)
        if self.dry_run:
            self.swept.swept += len(unneeded)
            self.swept.swept_bytes += sum(one.size for one in unneeded)
            return
        if unneeded:
            self.progress.planned(len(unneeded), 0)
            self._record(mark, unneeded)
        for first in range(0, len(unneeded), _TOGETHER):
            self._require_nobody()
            self._remove(unneeded[first : first + _TOGETHER])
        marks.remove(self.repository, mark.id)

    def _record(self, mark: Mark, unneeded: Sequence[Marked]) -> None:
        """Before anything goes: what is gone without a word would be a riddle."""
        Ledger(self.repository).append(
            LedgerAction.SWEEP,
            dataset=self.work.dataset.name,
            snapshot=None,
            by=self.work.by,
            details={
                "chunks": sum(one.kind is Kind.CHUNK for one in unneeded),
                "bytes": sum(one.size for one in unneeded),
                "mark": mark.id,
            },
        )

    def _remove(self, some: Sequence[Marked]) -> None:
        with ThreadPoolExecutor(_AT_ONCE, "sweep") as several:
            for one, became in zip(some, several.map(self._removed, some), strict=True):
                self.swept.swept += became is _Became.REMOVED
                self.swept.swept_bytes += one.size * (became is _Became.REMOVED)
                self.swept.spared += became is _Became.SPARED
                self.swept.locked += became is _Became.LOCKED
        self.progress.done(len(some), 0)

    def _removed(self, marked: Marked) -> _Became:
        store = self.repository.store
        try:
            if not marked.is_still(store.head(marked.name)):
                return _Became.SPARED
            if self._is_locked(marked.name):
                return _Became.LOCKED
            store.delete(marked.name, if_match=marked.etag)
        except ContainerMissing:
            raise
        except NotFound:
            return _Became.GONE  # an earlier sweep was killed after it
        except Changed:
            return _Became.SPARED
        except Locked:
            return _Became.LOCKED
        return _Became.REMOVED

    def _unneeded(self, waiting: Needed) -> Iterator[Marked]:
        """What nobody needs and is not marked yet; what is locked has time."""
        for kind in Kind:
            for id, info in listing.everything(self.repository, kind):
                if self.needed.has(kind, id) or waiting.has(kind, id):
                    continue
                if self._is_locked(info.name):
                    self.swept.locked += 1
                else:
                    yield Marked.of(kind, id, info)

    def _counted(self, marked: Iterator[Marked]) -> Iterator[Marked]:
        for one in marked:
            self.swept.marked += 1
            self.swept.marked_bytes += one.size
            yield one

    def _is_locked(self, name: str) -> bool:
        """Whether the store keeps it; asked only where the rules have things locked."""
        if self.place.lock is None:
            return False
        return self.repository.store.protection(name) is not None

    def _require_nobody(self) -> None:
        """Passes where nobody is at work who may rely on what no manifest names yet."""
        self.still_ours()
        now = self.work.setting.now()
        for one in others(self.repository, now=now):
            if one.action in (LedgerAction.CREATE, LedgerAction.COPY, None):
                what = "somebody" if one.action is None else f"a {one.action} by {one.by}"
                raise SomebodyAtWork(f"{what} is at work since {one.at:%Y-%m-%d %H:%M} UTC")
