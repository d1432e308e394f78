"""Where a snapshot is restored to, and what lies there beside what is to be restored."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from reconcile.errors import BadInput
from reconcile.history.sync_plan import hidden
from reconcile.jobs.snapshots.places import repository_store
from reconcile.jobs.snapshots.work import SnapshotWork
from reconcile.model.location import Location, Scheme
from reconcile.model.objects import ObjectInfo
from reconcile.model.snapshot import SavedObject
from reconcile.stores.opening import open_folder
from reconcile.stores.pacing import Pace
from reconcile.stores.protocol import ContainerMissing, Store

Pair = tuple[SavedObject | None, ObjectInfo | None]
"""An object of the snapshot and what lies there under its name."""


@dataclass(frozen=True)
class Destination:
    """A folder to restore into.

    Attributes:
        store: It, as a store of its own.
        location: It, for people.
        pace: At which it is asked.
    """

    store: Store
    location: Location
    pace: Pace

    def listed(self) -> Iterator[ObjectInfo]:
        """What lies there, in name order; hidden objects are left out.

        Raises:
            ContainerMissing: The bucket or the container does not exist. A folder on disk need not.
        """
        try:
            for info in self.store.list():
                if not hidden(info.name, size=info.size):
                    yield info
        except ContainerMissing:
            if self.location.scheme is not Scheme.FILE:
                raise


def destination_of(work: SnapshotWork, to: Location, connection: str | None) -> Destination:
    """The folder of a location. Nothing is asked of it yet.

    Raises:
        BadInput: It is no folder, or lies in a repository of the dataset or holds it.
    """
    is_file = to.scheme is Scheme.FILE and os.path.isfile(to.path)
    if to.is_glob or is_file or (to.scheme is Scheme.FILE and not to.path):
        raise BadInput(
            f"{to} is no folder to restore into",
            found="a pattern" if to.is_glob else "a file" if is_file else "no path",
            expected="a folder, which need not be there yet",
        )
    if to.scheme is Scheme.FILE:
        to = Location(Scheme.FILE, "", str(Path(to.path).absolute()))
    pace = Pace(work.rules.limits)
    store = open_folder(to, connection=connection, clients=work.setting.clients, pace=pace)
    _refuse_repositories(work, store, to)
    return Destination(store, to, pace)


def beside(saved: Iterable[SavedObject], there: Iterable[ObjectInfo]) -> Iterator[Pair]:
    """What is saved and what is there, side by side in name order."""
    ours, theirs = iter(saved), iter(there)
    one, other = next(ours, None), next(theirs, None)
    while one is not None or other is not None:
        if one is None or (other is not None and _key(other.name) < _key(one.name)):
            yield None, other
            other = next(theirs, None)
        elif other is None or _key(one.name) < _key(other.name):
            yield one, None
            one = next(ours, None)
        else:
            yield one, other
            one, other = next(ours, None), next(theirs, None)


def _key(name: str) -> bytes:
    """What names are ordered by; those of a disk need be no text."""
    return name.encode("utf-8", "surrogateescape")


def _refuse_repositories(work: SnapshotWork, store: Store, to: Location) -> None:
    """What is restored into a repository, or over it, would be the end of it."""
    for place in (work.rules.repository, work.rules.copy):
        if place is None:
            continue
        here = f"{store.address.rstrip('/')}/"
        there = f"{repository_store(work.setting, place).address.rstrip('/')}/"
        if here.startswith(there) or there.startswith(here):
            raise BadInput(
                f"{to} lies in the repository {place.location}, or holds it",
                found=f"{here} and {there}",
                expected="two folders, neither of them in the other",
                next_step="name another folder to restore into",
            )
