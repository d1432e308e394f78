"""The two sides of a sync: what the origin holds of a window, and where its copies lie."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING

from reconcile.errors import BadInput, NotFound
from reconcile.history.partition import partition_path
from reconcile.history.sync_plan import hidden
from reconcile.jobs.setting import Setting
from reconcile.jobs.sync_lanes import Hold
from reconcile.model.dataset import Dataset, DatasetSide
from reconcile.model.discrepancy import Side
from reconcile.model.location import Location, Scheme
from reconcile.model.objects import ObjectInfo
from reconcile.model.sync import SyncRules
from reconcile.model.traffic import Traffic
from reconcile.model.window import Window
from reconcile.stores.circuit import Circuits
from reconcile.stores.clients import Clients, SignedInOnce
from reconcile.stores.opening import open_store
from reconcile.stores.pacing import Pace
from reconcile.stores.protocol import ContainerMissing, Store, Unnameable
from reconcile.stores.sent_parts import Fetching

if TYPE_CHECKING:
    from reconcile.jobs.inventories import Inventories


_ASKED_AT_ONCE = 16


@dataclass(frozen=True)
class SideInventory:
    """The inventory of one side: what its service wrote down of all its objects, a while ago.

    Attributes:
        inventories: Where it is opened, once.
        where: Where it lies.
        of: The location that it lists.
        connection: Who signs in.
    """

    inventories: Inventories
    where: str
    of: str
    connection: str | None

    @property
    def taken_at(self) -> datetime:
        """When the service began to write it down: what came later may be missing."""
        return self.inventories.taken_at(self.where, of=self.of, connection=self.connection)

    def listing(self, prefix: str) -> tuple[ObjectInfo, ...]:
        """The objects below a prefix, as the store names them."""
        return self.inventories.listing(self.where, prefix, of=self.of, connection=self.connection)


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
        inventory: What its service wrote down of all its objects, where that is asked instead.
    """

    side: Side
    store: Store
    base: str
    folder: str
    location: Location
    before: Traffic
    inventory: SideInventory | None = None

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
        infos = self.store.list(self.prefix) if self.inventory is None else self._inventoried()
        found = ((info.name[len(self.prefix) :], info) for info in infos)
        return {name: info for name, info in found if not hidden(name, size=info.size)}

    def listed_if_there(self) -> dict[str, ObjectInfo]:
        """Likewise; a folder on disk may have to be made yet."""
        try:
            return self.listed()
        except ContainerMissing:
            if self.location.scheme is Scheme.FILE:
                return {}
            raise

    def found(self, names: Collection[str]) -> dict[str, ObjectInfo]:
        """Those of some objects that are there now, each asked for by itself."""

        def head(name: str) -> ObjectInfo | None:
            try:
                return self.store.head(self.full_name(name))
            except ContainerMissing:
                raise
            except (NotFound, Unnameable):
                return None

        with ThreadPoolExecutor(_ASKED_AT_ONCE) as pool:
            heads = zip(names, pool.map(head, names), strict=True)
            return {name: info for name, info in heads if info is not None}

    def _inventoried(self) -> Sequence[ObjectInfo]:
        if self.inventory is None:
            raise AssertionError("there is no inventory")
        return self.inventory.listing(self.prefix)

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
        BadInput: It is not, or its windows do not lie in folders of their own.
    """
    if dataset.sync is None:
        raise BadInput(
            f"dataset {dataset.name} has no `sync` block",
            expected="sync: {from: source, to: target} in its file",
            next_step=f"add it to {dataset.path or 'the dataset file'}",
        )
    if dataset.source.partition is None:
        raise BadInput(
            f"dataset {dataset.name} cannot be synchronised window by window",
            found="no `partition`: every window would be all there is",
            expected="windows that lie in folders of their own",
            next_step=f"give both sides a `partition` in {dataset.path or 'the dataset file'}",
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
    pace: Pace
    inventory: SideInventory | None
    reopen: Callable[[], Store]

    def again(self) -> _Place:
        """The same, through a store of its own."""
        return replace(self, store=self.reopen())

    @property
    def place(self) -> str:
        """What tells it apart from every other."""
        return "/".join(part for part in (self.store.address, self.base) if part)

    def of(self, window: Window) -> SyncSide:
        path = partition_path(self.partition, window)
        folder = "/".join(part for part in (self.base, path) if part)
        before = self.store.traffic or Traffic()
        location = self.location.joined(path)
        return SyncSide(self.side, self.store, self.base, folder, location, before, self.inventory)


@dataclass(frozen=True)
class SyncWork:
    """What all steps of a dataset's syncs need: where they run, and both stores, open.

    As a context manager it gives back at the end what inventories took, where they are listed.

    Attributes:
        setting: Where they run.
        dataset: The dataset.
        rules: Its `sync` block.
        fetching: What copies learn of whether the destination's service fetches by itself.
        hold: What copies may take of memory.
    """

    setting: Setting
    dataset: Dataset
    rules: SyncRules
    fetching: Fetching
    _origin: _Place
    _destination: _Place
    _inventories: Inventories | None
    hold: Hold = field(default_factory=Hold)

    def __enter__(self) -> SyncWork:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._inventories is not None:
            self._inventories.__exit__(kind, error, traceback)

    def stop(self) -> None:
        """Ends every wait for a service that asks for patience: somebody wants this to end."""
        for place in (self._origin, self._destination):
            place.pace.stop()

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
        inventories = _inventories(setting) if rules.inventories else None

        clients, circuits = SignedInOnce(setting.clients), Circuits()

        def opened(side: Side) -> _Place:
            where = dataset.source if side is Side.SOURCE else dataset.target
            pace = Pace(rules.limits_of(side), share=share)
            listed = None
            if inventories is not None and side in rules.inventories:
                at = rules.inventories[side]
                listed = SideInventory(inventories, at, where.location, where.connection)
            return _opened(side, where, pace, listed, clients=clients, circuits=circuits)

        origin, destination = opened(rules.origin), opened(rules.destination)
        fetching = Fetching(rules.server_side)
        return cls(setting, dataset, rules, fetching, origin, destination, inventories)

    @property
    def may_be_shared(self) -> bool:
        """Whether several windows may be done at once."""
        return self._inventories is None

    def beside(self) -> SyncWork:
        """For another window at the same time, within the same limits, whose requests are counted
        apart from this one's."""
        return replace(self, _origin=self._origin.again(), _destination=self._destination.again())

    def sides(self, window: Window) -> SyncSides:
        """Both sides of a window.

        Raises:
            BadInput: One lies in the other, by whatever names and connections they are called.
        """
        sides = SyncSides(self._origin.of(window), self._destination.of(window))
        _refuse_nested(sides.origin, sides.destination)
        return sides

    @property
    def place(self) -> str:
        """The destination, as the ledger tells it apart from others."""
        return self._destination.place


def _refuse_nested(origin: SyncSide, destination: SyncSide) -> None:
    """Copies would be copied again, and the originals be deleted as extra."""
    here, there = (f"{one.store.address}/{one.prefix}" for one in (origin, destination))
    if here.startswith(there) or there.startswith(here):
        raise BadInput(
            f"{destination.location} holds {origin.location}, or lies in it",
            found=f"{here} and {there}",
            expected="two folders, neither of them in the other",
            next_step="correct the dataset's locations",
        )


def _inventories(setting: Setting) -> Inventories:
    # They bring the engine, which syncs that list their stores need not wait for.
    from reconcile.jobs.inventories import Inventories  # noqa: PLC0415

    return Inventories(resources=setting.resources, clients=setting.clients)


def _opened(
    side: Side,
    where: DatasetSide,
    pace: Pace,
    inventory: SideInventory | None,
    *,
    clients: Clients,
    circuits: Circuits,
) -> _Place:
    location = Location.parse(where.location)
    if location.is_glob or (location.scheme is Scheme.FILE and os.path.isfile(location.path)):
        raise BadInput(
            f"the {side} location {where.location} is no folder",
            found="a pattern" if location.is_glob else "a file",
            expected="a folder: a sync copies all that lies below it",
        )
    opened = partial(
        open_store,
        location,
        connection=where.connection,
        clients=clients,
        pace=pace,
        circuits=circuits,
    )
    base = "" if location.scheme is Scheme.FILE else location.path
    return _Place(side, opened(), base, location, where.partition, pace, inventory, opened)
