"""The two sides of a sync: what the origin holds of a window, and where its copies lie."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from reconcile.errors import BadInput, NotFound
from reconcile.history.partition import partition_path
from reconcile.history.sync_plan import hidden
from reconcile.jobs.setting import Setting
from reconcile.model.dataset import Dataset, DatasetSide
from reconcile.model.discrepancy import Side
from reconcile.model.location import Location, Scheme
from reconcile.model.objects import ObjectInfo
from reconcile.model.sync import SyncRules
from reconcile.model.traffic import Traffic
from reconcile.model.window import Window
from reconcile.stores.clients import Clients
from reconcile.stores.opening import open_store
from reconcile.stores.pacing import Pace
from reconcile.stores.protocol import ContainerMissing, Store


@dataclass(frozen=True)
class SyncSide:
    """One side of a sync, of one window.

    Attributes:
        side: Which side of the dataset.
        store: The store it lies in.
        base: Folder below the store's root that the location names; empty for the root itself.
        folder: The window's partition below the store's root; likewise.
        location: The partition, for people.
        before: What had been asked of its service when the window's turn came.
    """

    side: Side
    store: Store
    base: str
    folder: str
    location: Location
    before: Traffic

    @property
    def traffic(self) -> Traffic:
        """What was asked of its service for this window; nothing where files lie here."""
        return (self.store.traffic or Traffic()) - self.before

    @property
    def prefix(self) -> str:
        """What the names of all objects of the partition begin with."""
        return f"{self.folder}/" if self.folder else ""

    def full_name(self, name: str) -> str:
        """The store's name of an object of the partition."""
        return self.prefix + name

    def listed(self) -> dict[str, ObjectInfo]:
        """The partition's objects by their names below it; hidden ones are left out.

        The objects keep the names that their store has for them.
        """
        found = ((info.name[len(self.prefix) :], info) for info in self.store.list(self.prefix))
        return {name: info for name, info in found if not hidden(name, size=info.size)}

    def listed_if_there(self) -> dict[str, ObjectInfo]:
        """Likewise; a folder on disk may have to be made yet."""
        try:
            return self.listed()
        except ContainerMissing:
            if self.location.scheme is Scheme.FILE:
                return {}
            raise

    def require_location(self) -> None:
        """Refuses a location with nothing at all below it: it is more likely mistyped than empty.

        Raises:
            NotFound: There is no object.
        """
        below = f"{self.base}/" if self.base else ""
        if next(iter(self.store.list(below)), None) is None:
            raise NotFound(
                f"nothing at {self.store.root}/{self.base}".rstrip("/"),
                found="no object at all",
                next_step="correct the location, or wait until it has been written",
            )


@dataclass(frozen=True)
class SyncSides:
    """Both sides of a sync, of one window."""

    origin: SyncSide
    destination: SyncSide

    @property
    def traffic(self) -> Mapping[Side, Traffic]:
        """What was asked of both services so far."""
        return {one.side: one.traffic for one in (self.origin, self.destination)}


def sync_rules(dataset: Dataset) -> SyncRules:
    """How a dataset is synchronised.

    Raises:
        BadInput: It is not.
    """
    if dataset.sync is None:
        raise BadInput(
            f"dataset {dataset.name} has no `sync` block",
            expected="sync: {from: source, to: target} in its file",
            next_step=f"add it to {dataset.path or 'the dataset file'}",
        )
    return dataset.sync


@dataclass(frozen=True)
class _Place:
    """One side of a dataset, its store open."""

    side: Side
    store: Store
    base: str
    location: Location
    partition: str | None

    @property
    def place(self) -> str:
        """What tells it apart from every other."""
        return "/".join(part for part in (self.store.address, self.base) if part)

    def of(self, window: Window) -> SyncSide:
        path = partition_path(self.partition, window)
        folder = "/".join(part for part in (self.base, path) if part)
        before = self.store.traffic or Traffic()
        location = self.location.joined(path)
        return SyncSide(self.side, self.store, self.base, folder, location, before)


@dataclass(frozen=True)
class SyncWork:
    """What all steps of a dataset's syncs need: where they run, and both stores, open.

    Attributes:
        setting: Where they run.
        dataset: The dataset.
        rules: Its `sync` block.
    """

    setting: Setting
    dataset: Dataset
    rules: SyncRules
    _origin: _Place
    _destination: _Place

    @classmethod
    def open(cls, setting: Setting, dataset: Dataset, *, share: int = 1) -> SyncWork:
        """Opens both sides' stores, each within its limits. Nothing is asked of them yet.

        Args:
            setting: Where it runs.
            dataset: The dataset.
            share: How many tasks share the limits.

        Raises:
            BadInput: The dataset is not synchronised, a side is no folder, or as `open_store` says.
        """
        rules = sync_rules(dataset)

        def opened(side: Side) -> _Place:
            where = dataset.source if side is Side.SOURCE else dataset.target
            pace = Pace(rules.limits_of(side), share=share)
            return _opened(side, where, setting.clients, pace)

        return cls(setting, dataset, rules, opened(rules.origin), opened(rules.destination))

    def sides(self, window: Window) -> SyncSides:
        """Both sides of a window."""
        return SyncSides(self._origin.of(window), self._destination.of(window))

    @property
    def place(self) -> str:
        """The destination, as the ledger tells it apart from others."""
        return self._destination.place


def _opened(side: Side, where: DatasetSide, clients: Clients, pace: Pace) -> _Place:
    location = Location.parse(where.location)
    if location.is_glob or (location.scheme is Scheme.FILE and os.path.isfile(location.path)):
        raise BadInput(
            f"the {side} location {where.location} is no folder",
            found="a pattern" if location.is_glob else "a file",
            expected="a folder: a sync copies all that lies below it",
        )
    store = open_store(location, connection=where.connection, clients=clients, pace=pace)
    base = "" if location.scheme is Scheme.FILE else location.path
    return _Place(side, store, base, location, where.partition)
