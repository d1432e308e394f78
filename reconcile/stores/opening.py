"""From a location to its store, and to the pinned objects it holds."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from reconcile.errors import BadInput, NotFound
from reconcile.model.location import Location, Scheme, is_pattern
from reconcile.model.objects import ObjectInfo
from reconcile.model.snapshot import AtRest
from reconcile.stores.at_rest import AS_SET_UP
from reconcile.stores.circuit import Circuits, Guarded
from reconcile.stores.clients import Clients, EnvironmentClients
from reconcile.stores.listing import Listing, data_objects, is_marker
from reconcile.stores.local import LocalStore
from reconcile.stores.pacing import Pace, Paced
from reconcile.stores.pattern import compiled, fixed_folder
from reconcile.stores.prefixed import Prefixed
from reconcile.stores.protocol import Store
from reconcile.stores.retrying import Retrying
from reconcile.stores.system_errors import ELSEWHERE
from reconcile.stores.transport import require_tls

ENVIRONMENT: Clients = EnvironmentClients()


def open_store(
    location: Location,
    *,
    connection: str | None = None,
    clients: Clients = ENVIRONMENT,
    environ: Mapping[str, str] = os.environ,
    pace: Pace | None = None,
    circuits: Circuits | None = None,
    at_rest: AtRest = AS_SET_UP,
    heeds_locks: bool = False,
) -> Store:
    """The store a location lies in: its bucket, its container, its folder on disk.

    Of a local file it is the folder around it, of a local glob the folder before the first
    pattern. Nothing is asked of the service yet. With a pace it is asked at that, and where it
    is dead it is soon asked no more, nor by other stores that share `circuits`. What is written
    is encrypted as `at_rest` says. With `heeds_locks` a delete with `if_match` refuses what is
    locked, which a store that keeps versions would otherwise hide.

    Raises:
        BadInput: The connection is not usable, or its endpoint has no TLS.
    """
    # The SDKs cost about a second each to import, which whoever needs neither should not wait for.
    match location.scheme:
        case Scheme.FILE:
            local = LocalStore(_local_root(location))
            return local if pace is None else Paced(local, pace)
        case Scheme.S3:
            from reconcile.stores.s3 import S3Store  # noqa: PLC0415

            s3 = clients.s3(connection)
            require_tls(s3.meta.endpoint_url, environ)
            bucket = S3Store(s3, location.container, at_rest=at_rest, heeds_locks=heeds_locks)
            return _clothed(bucket, pace, circuits)
        case Scheme.AZURE:
            from reconcile.stores.azure_blob import BlobStore  # noqa: PLC0415

            service = clients.blob_service(connection, _blob_host(location))
            require_tls(service.url, environ)
            client = service.get_container_client(location.container)
            blobs = BlobStore(client, at_rest=at_rest, heeds_locks=heeds_locks)
            return _clothed(blobs, pace, circuits)


def open_folder(
    location: Location,
    *,
    connection: str | None = None,
    clients: Clients = ENVIRONMENT,
    environ: Mapping[str, str] = os.environ,
    elsewhere: str = ELSEWHERE,
    pace: Pace | None = None,
    at_rest: AtRest = AS_SET_UP,
) -> Store:
    """The folder a location names as a store of its own, for writing artifacts below it.

    It need not exist yet. `elsewhere` is what a local one says to do where it cannot be written
    to; `at_rest` what a service is told about its own encryption. What is locked is heeded.
    Raises what `open_store` raises.
    """
    if location.scheme is Scheme.FILE:
        local = LocalStore(Path(location.path), elsewhere=elsewhere)
        return local if pace is None else Paced(local, pace)
    store = open_store(
        location,
        connection=connection,
        clients=clients,
        environ=environ,
        pace=pace,
        at_rest=at_rest,
        heeds_locks=True,
    )
    return Prefixed(store, location.path) if location.path else store


def find_objects(
    location: Location,
    *,
    partition: str | None = None,
    connection: str | None = None,
    clients: Clients = ENVIRONMENT,
    environ: Mapping[str, str] = os.environ,
) -> Listing:
    """The data objects of a location, listed and pinned.

    A folder `a/b` means the objects below `a/b/` (never those of `a/b2`); where there are none,
    the single object of exactly that name; a glob, the objects it matches.

    Args:
        location: Where the dataset lies.
        partition: Path of a window below it. It may be absent, which the listing then says; the
            location itself may not. Names stay relative to the location, so that the
            partition's own folders are columns too.
        connection: Name of the connection to sign in by.
        clients: Who makes the clients.
        environ: Where `RECONCILE_PLAIN_HTTP_HOSTS` is looked up.

    Raises:
        NotFound: The bucket, the container or the location is absent: no object at all.
    """
    store = open_store(location, connection=connection, clients=clients, environ=environ)
    path = _path_in(location)
    sought = "/".join(part for part in (path, partition) if part)
    listing = _listed(store, sought)
    if listing.absent and (partition is None or not _exists(store, path)):
        raise NotFound(
            f"nothing at {location}",
            found="no object at all",
            next_step="correct the location, or wait until it has been written",
        )
    if partition is None:
        return listing
    return replace(listing, base=fixed_folder(path) if is_pattern(path) else path)


def _clothed(store: Store, pace: Pace | None, circuits: Circuits | None) -> Store:
    """A service's store in the coats it is used in.

    From outside: `Retrying` asks again soon after what may come right by itself, so each of its
    tries has to wait for its turn. `Paced` waits for it, and asks again what the service had too
    much of; nothing else waits below it. `Guarded` is innermost, since a call that waited for its
    turn must not touch an endpoint that was found dead meanwhile.
    """
    if pace is None:
        return Retrying(store)
    circuit = (circuits or Circuits()).of(store.address)
    return Retrying(Paced(Guarded(store, circuit), pace))


def _listed(store: Store, path: str) -> Listing:
    if is_pattern(path):
        folder = fixed_folder(path)
        matches = compiled(path).match
        objects = data_objects(store.list(_prefix(folder)), below=folder)
        found = tuple(info for info in objects if matches(info.name))
        return Listing(store, found, folder, absent=not found)
    everything = tuple(store.list(_prefix(path)))
    if everything:
        return Listing(store, data_objects(everything, below=path), path)
    single = _single(store, path)
    if single is not None:
        objects = () if is_marker(single) else (single,)
        return Listing(store, objects, path.rpartition("/")[0])
    return Listing(store, (), path, absent=not _is_empty_folder(store, path))


def _exists(store: Store, path: str) -> bool:
    """Whether anything at all lies at or below a path or pattern."""
    folder = fixed_folder(path) if is_pattern(path) else path
    first = next(store.list(_prefix(folder)), None)
    return first is not None or _is_empty_folder(store, folder)


def _single(store: Store, path: str) -> ObjectInfo | None:
    try:
        return store.head(path) if path else None
    except NotFound:
        return None


def _is_empty_folder(store: Store, path: str) -> bool:
    """Only a disk has folders without objects."""
    return isinstance(store, LocalStore) and Path(store.root, path).is_dir()


def _prefix(folder: str) -> str:
    return f"{folder}/" if folder else ""


def _local_root(location: Location) -> Path:
    if not location.path:
        raise BadInput("an empty location", expected="s3://, az://, abfss:// or a local path")
    path = Path(location.path)
    if is_pattern(location.path):
        return Path(fixed_folder(location.path) or path.anchor or ".")
    # A file that was named may be a link to anywhere: it was named.
    return path.resolve().parent if os.path.isfile(path) else path


def _path_in(location: Location) -> str:
    """A location's path below the root of its store."""
    if location.scheme is not Scheme.FILE:
        return location.path
    if is_pattern(location.path):
        return location.path[len(fixed_folder(location.path)) :].lstrip("/")
    path = Path(location.path)
    return path.resolve().name if os.path.isfile(path) else ""


def _blob_host(location: Location) -> str | None:
    """`abfss://` names the hierarchical endpoint; blobs are served beside it."""
    if location.endpoint_host is None:
        return None
    return location.endpoint_host.replace(".dfs.", ".blob.", 1)
