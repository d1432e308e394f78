"""Listings that services wrote down: two compared, or one asked for a window's objects."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType

from reconcile.engines.inventories import InventoryJoin, InventoryObjects
from reconcile.engines.inventory_reading import InventoryFiles
from reconcile.errors import BadInput
from reconcile.jobs.destination import check_destination, write_whole
from reconcile.jobs.resources import Resources
from reconcile.model.discrepancy import Side
from reconcile.model.inventory import InventoryComparison, Service
from reconcile.model.location import Location, Scheme
from reconcile.model.objects import ObjectInfo
from reconcile.stores.clients import Clients
from reconcile.stores.inventory import FoundInventory, fetch_inventory, find_inventory
from reconcile.stores.opening import ENVIRONMENT
from reconcile.stores.spool import Progress, Spool

_SCHEMES = {Service.S3: Scheme.S3, Service.AZURE: Scheme.AZURE}
_DIFFERENCES = "differences.parquet"


@dataclass(frozen=True)
class ComparedInventories:
    """Two inventories and what they say of each other.

    Attributes:
        comparison: What they say.
        inventories: By side, what was compared.
    """

    comparison: InventoryComparison
    inventories: Mapping[Side, FoundInventory]


def compare_inventories(
    source: str,
    target: str,
    *,
    prefixes: Mapping[Side, str] | None = None,
    connections: Mapping[Side, str] | None = None,
    clients: Clients = ENVIRONMENT,
    resources: Resources | None = None,
    environ: Mapping[str, str] = os.environ,
    output: Path | None = None,
    progress: Progress | None = None,
) -> ComparedInventories:
    """Compares what two inventories list, object by object; nothing else is asked of the services.

    Args:
        source: Where the reference's inventory lies: a manifest, or a folder of which the newest
            complete one counts.
        target: Where that of what is compared with it lies.
        prefixes: By side, the folder whose objects are meant, named from there: `flights`, or
            where an inventory is of several containers `az://analytics/flights`. Everything if
            there is none.
        connections: By side, the connection to sign in by.
        clients: Who makes the clients.
        resources: What may be used; what the environment says if None.
        environ: The environment.
        output: A Parquet file to write, with every object that is not proven equal.
        progress: Told of bytes and files as they are fetched.

    Raises:
        BadInput: An inventory is absent, of another place or kind, or not what its service wrote.
        Incomplete: An endpoint is down, a file changed while it was read, or a disk is full.
    """
    if output is not None:
        check_destination(output, inputs=(source, target))
    resources = resources or Resources.of(environ=environ)
    places = {Side.SOURCE: source, Side.TARGET: target}

    def found_at(side: Side) -> FoundInventory:
        connection = (connections or {}).get(side)
        return find_inventory(
            Location.parse(places[side]), connection=connection, clients=clients, environ=environ
        )

    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(2, thread_name_prefix="inventory"))
        found = dict(zip(places, pool.map(found_at, places), strict=True))
        meant = {
            side: _meant((prefixes or {}).get(side, ""), one.inventory.service)
            for side, one in found.items()
        }
        parallel = resources.downloads()
        spool = stack.enter_context(Spool(resources.spool, parallel=parallel, progress=progress))
        files = {side: _fetched(found[side], spool, *meant[side]) for side in places}
        share = resources.for_engine()
        joined = stack.enter_context(
            InventoryJoin(
                files[Side.SOURCE],
                files[Side.TARGET],
                workspace=spool.path / "engine",
                memory=share.limit,
                threads=share.threads,
            )
        )
        for one in found.values():
            spool.verify_unchanged(one.listing)
        if output is not None:
            joined.write_differences(spool.path / _DIFFERENCES)
            write_whole(output, spool.path / _DIFFERENCES)
        return ComparedInventories(joined.comparison(), found)


class Inventories:
    """The inventories that a span of windows is listed by, each opened once.

    Several threads may ask at once.

    Args:
        resources: What may be used; of the engine's memory each inventory gets half, since a
            sync has two of them at most.
        clients: Who makes the clients.
        environ: Where `RECONCILE_PLAIN_HTTP_HOSTS` is looked up.
    """

    def __init__(
        self,
        *,
        resources: Resources,
        clients: Clients = ENVIRONMENT,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._resources, self._clients, self._environ = resources, clients, environ
        self._stack = ExitStack()
        self._opened: dict[tuple[str, str, str | None], _Opened] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Inventories:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def listing(
        self, inventory: str, prefix: str, *, of: str, connection: str | None = None
    ) -> tuple[ObjectInfo, ...]:
        """The objects that an inventory lists below a prefix, as a store's own listing gives them.

        Args:
            inventory: Where it lies: a manifest, or a folder of which the newest complete one
                counts, found once.
            prefix: What the objects' names in their bucket or container begin with.
            of: The location whose objects are listed; the prefix is below it.
            connection: Name of the connection to sign in by.

        Returns:
            Named from the root of the bucket or container, in the order of UTF-8 bytes, with the
            checksums that the inventory vouches for.

        Raises:
            BadInput: As `compare_inventories`; also where the inventory is of another bucket or
                may leave out objects of that location.
            Incomplete: Likewise.
        """
        opened = self._of(inventory, of, connection)
        with self._lock:
            return tuple(opened.objects.objects(prefix))

    def taken_at(self, inventory: str, *, of: str, connection: str | None = None) -> datetime:
        """When the service began to write an inventory down: later objects may be missing.

        Raises as `listing`.
        """
        return self._of(inventory, of, connection).found.inventory.taken_at

    def _of(self, inventory: str, of: str, connection: str | None) -> _Opened:
        key = (inventory, of, connection)
        with self._lock:
            if key not in self._opened:
                self._opened[key] = self._open(*key)
            return self._opened[key]

    def _open(self, inventory: str, of: str, connection: str | None) -> _Opened:
        found = find_inventory(
            Location.parse(inventory),
            connection=connection,
            clients=self._clients,
            environ=self._environ,
        )
        meant = _meant(of, found.inventory.service)
        if meant[0] is None:
            raise BadInput(
                f"no service writes inventories of {of}",
                expected="a location in a bucket or container",
                next_step="list it instead",
            )
        workspace = self._stack.enter_context(Spool(self._resources.spool))
        with Spool(self._resources.spool, parallel=self._resources.downloads()) as spool:
            files = _fetched(found, spool, *meant)
            share = self._resources.for_engine()
            objects = self._stack.enter_context(
                InventoryObjects(
                    files,
                    workspace=workspace.path,
                    memory=f"{share.memory // 2}B",
                    threads=share.threads,
                )
            )
            spool.verify_unchanged(found.listing)
        return _Opened(found, objects)


@dataclass(frozen=True)
class _Opened:
    """An inventory whose objects can be asked for."""

    found: FoundInventory
    objects: InventoryObjects


def _meant(text: str, service: Service) -> tuple[str | None, str]:
    """The container and the prefix that a folder, or a location of one, means.

    Raises:
        BadInput: It is a location that the service has not.
    """
    if "://" not in text:
        return None, _below(text)
    location = Location.parse(text)
    if location.scheme is not _SCHEMES[service]:
        raise BadInput(
            f"{text} is not what {service} lists",
            expected=f"a folder, or {_SCHEMES[service]}://…",
            next_step="name the inventory of the other service, or the other location",
        )
    return location.container, _below(location.path)


def _below(folder: str) -> str:
    return f"{folder.strip('/')}/" if folder.strip("/") else ""


def _fetched(
    found: FoundInventory, spool: Spool, container: str | None, prefix: str
) -> InventoryFiles:
    paths = fetch_inventory(found, spool)
    return InventoryFiles(found.inventory, found.manifest, paths, container, prefix)
