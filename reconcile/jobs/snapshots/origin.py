"""The origin of snapshots: the side of a dataset that is saved, as its store lists it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from reconcile.errors import BadInput
from reconcile.history.calendar import Calendar
from reconcile.history.partition import partition_path
from reconcile.history.sync_plan import hidden
from reconcile.model.dataset import Dataset, DatasetSide
from reconcile.model.discrepancy import Side
from reconcile.model.location import Location, Scheme
from reconcile.model.objects import ObjectInfo
from reconcile.model.window import Window
from reconcile.stores.clients import Clients
from reconcile.stores.opening import open_store
from reconcile.stores.pacing import Pace
from reconcile.stores.protocol import Store


@dataclass(frozen=True)
class Origin:
    """The side that is saved.

    Attributes:
        side: Which side of the dataset.
        store: The store it lies in.
        base: Folder below the store's root that the location names; empty for the root itself.
        location: Where it lies, for people.
        partition: Template of a window's path below it; None where windows have no folders.
        calendar: The dataset's windows.
    """

    side: Side
    store: Store
    base: str
    location: Location
    partition: str | None
    calendar: Calendar

    @property
    def address(self) -> str:
        """Where it lies, as no other place is called."""
        return "/".join(part for part in (self.store.address.rstrip("/"), self.base) if part)

    def full_name(self, name: str) -> str:
        """The store's name of an object."""
        return f"{self.base}/{name}" if self.base else name

    def listed(
        self, span: Sequence[Window] | None = None, *, now: datetime
    ) -> Iterator[ObjectInfo]:
        """The objects in name order, by their names below the location; hidden ones are left out.

        A window that has not ended is left out, since it is still being written.

        Args:
            span: The windows; None is all that lies there.
            now: The time, which says which window has not ended.

        Raises:
            BadInput: A span is asked for where windows have no folders of their own.
            ContainerMissing: The bucket, the container or the folder does not exist.
        """
        if span is None:
            yield from self._below("", without=self._running(now))
            return
        ended = [window for window in span if window.end <= now]
        for folder in sorted((self.folder(window) for window in ended), key=str.encode):
            yield from self._below(folder)

    def folder(self, window: Window) -> str:
        """The path of a window below the location, with a `/` at its end.

        Raises:
            BadInput: Windows have no folders of their own.
        """
        if self.partition is None:
            raise BadInput(
                f"{self.location} cannot be saved by window",
                found="no `partition`: every window would be all there is",
                next_step="save it whole, or give the side a `partition`",
            )
        return f"{partition_path(self.partition, window)}/"

    def partition_of(self, name: str) -> str | None:
        """The folder of the window that an object lies in; None where it lies in none."""
        if self.partition is None:
            return None
        parts = name.split("/")
        depth = self.partition.count("/") + 1
        return None if len(parts) <= depth else "/".join(parts[:depth]) + "/"

    def _below(self, folder: str, *, without: str | None = None) -> Iterator[ObjectInfo]:
        below = f"{self.base}/" if self.base else ""
        for info in self.store.list(below + folder):
            name = info.name[len(below) :]
            running = without is not None and name.startswith(without)
            if not running and not hidden(name, size=info.size):
                yield replace(info, name=name) if below else info

    def _running(self, now: datetime) -> str | None:
        """The folder of the window that has not ended."""
        if self.partition is None:
            return None
        try:
            return self.folder(self.calendar.holding(now))
        except BadInput:
            return None  # before the first window, or after the last


def origin_of(dataset: Dataset, side: Side, *, clients: Clients, pace: Pace) -> Origin:
    """The origin of a dataset's snapshots. Nothing is asked of it yet.

    Raises:
        BadInput: It is no folder, or as `open_store` says.
    """
    where: DatasetSide = dataset.source if side is Side.SOURCE else dataset.target
    location = Location.parse(where.location)
    if location.is_glob or (location.scheme is Scheme.FILE and os.path.isfile(location.path)):
        raise BadInput(
            f"the {side} location {where.location} is no folder",
            found="a pattern" if location.is_glob else "a file",
            expected="a folder: a snapshot holds all that lies below it",
        )
    store = open_store(location, connection=where.connection, clients=clients, pace=pace)
    base = "" if location.scheme is Scheme.FILE else location.path
    return Origin(side, store, base, location, where.partition, Calendar.of(dataset))
