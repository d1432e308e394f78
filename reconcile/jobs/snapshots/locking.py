"""Locking what snapshots consist of, in stores that can."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import chain

from reconcile.errors import AccessDenied, NotFound
from reconcile.jobs.snapshots.loading import Loaded
from reconcile.jobs.snapshots.shelf import Lost, Shelf
from reconcile.jobs.snapshots.work import SnapshotWork
from reconcile.model.snapshot import LockRules, Manifest, Protection, RepositoryPlace
from reconcile.repository import layout
from reconcile.repository.layout import Kind
from reconcile.repository.ledger import Ledger
from reconcile.repository.present import Present
from reconcile.repository.repository import Repository
from reconcile.snapshots.retention import decided
from reconcile.stores.parallel import carried_out
from reconcile.stores.protocol import ContainerMissing, Unprotectable

_MARGIN = 4
"""A lock is made longer by so many a part of its days, so that it need not be made every day."""


def lock(
    work: SnapshotWork,
    repository: Repository,
    place: RepositoryPlace,
    manifests: Sequence[Manifest],
) -> tuple[str, ...]:
    """Locks what manifests refer to for as long as the place's rules say, or extends that.

    Each of them is locked for that long at least from now on. A manifest is locked after all that
    it refers to, so its lock speaks for that, and a snapshot whose lock is long enough costs one
    question.

    Args:
        work: Of which dataset.
        repository: The repository.
        place: Its place, whose `lock` says for how long; without one nothing is done.
        manifests: The snapshots.

    Returns:
        What could not be done, a line each; a store that locks nothing is no failure.
    """
    rules = place.lock
    if rules is None:
        return ()
    locked = _Locked(repository, rules, work)
    try:
        each(work, chain([layout.REPOSITORY], _lines(repository)), locked.extend)
        for manifest in manifests:
            locked.extend_snapshot(manifest)
    except Unprotectable:
        return (f"the store of {place.location} cannot lock objects: nothing there is locked",)
    except AccessDenied as error:
        return (f"what was written to {place.location} is not locked: {error.what}",)
    return ()


def kept(work: SnapshotWork, found: Loaded) -> list[Manifest]:
    """The snapshots that the dataset's policy keeps: those whose locks are made longer."""
    decisions = decided(
        found.standings,
        work.rules.retention,
        now=work.setting.now(),
        zone=work.dataset.timezone,
    )
    ids = {one.snapshot for one in decisions if one.keep}
    return [one.manifest for one in found.standings if one.manifest.id in ids]


def names_of(repository: Repository, manifests: Iterable[Manifest]) -> Iterator[str]:
    """The names of all that snapshots consist of: their manifests, segments and chunks.

    A segment that cannot be read names no chunks: a verification says what is wrong with it.
    """
    shelf, seen = Shelf(repository, Present()), set[str]()
    for manifest in manifests:
        yield layout.manifest(manifest.dataset, manifest.id)
        for segment in manifest.segments:
            if segment.id in seen:
                continue
            seen.add(segment.id)
            yield layout.content(Kind.SEGMENT, segment.id)
            try:
                objects = shelf.read(segment)
            except Lost:
                continue
            for chunk in {chunk.id for one in objects for chunk in one.chunks}:
                yield layout.content(Kind.CHUNK, chunk)


def each(work: SnapshotWork, names: Iterable[str], does: Callable[[str], None]) -> None:
    """Does something to each name, several at once; what is not there is passed over.

    Raises:
        Unprotectable, AccessDenied: Of the first that was refused.
    """

    def one(name: str) -> None:
        try:
            does(name)
        except ContainerMissing:
            raise
        except NotFound:
            return

    with ThreadPoolExecutor(work.rules.limits.parallel, "lock") as workers:
        for _ in carried_out(workers, one, names):
            pass


class _Locked:
    """Locks names of a repository until a while from now."""

    def __init__(self, repository: Repository, rules: LockRules, work: SnapshotWork) -> None:
        days = timedelta(days=rules.days)
        self._repository = repository
        self._store = repository.store
        self._work = work
        self._least = work.setting.now() + days
        self._protection = Protection(self._least + days / _MARGIN, rules.mode)

    def extend_snapshot(self, manifest: Manifest) -> None:
        """Locks all that a snapshot consists of; nothing where it is gone."""
        name = layout.manifest(manifest.dataset, manifest.id)
        try:
            if self._is_long_enough(name):
                return
        except ContainerMissing:
            raise
        except NotFound:
            return
        names = names_of(self._repository, [manifest])
        each(self._work, (one for one in names if one != name), self.extend)
        each(self._work, [name], self.extend)

    def _is_long_enough(self, name: str) -> bool:
        found = self._store.protection(name)
        return found is not None and found.until is not None and found.until >= self._least

    def extend(self, name: str) -> None:
        """Locks one object, where it is not locked for long enough."""
        if not self._is_long_enough(name):
            self._store.protect(name, self._protection)


def _lines(repository: Repository) -> Iterator[str]:
    for line in Ledger(repository).lines():
        yield layout.line(line.sequence)
