"""Inventories: found at a location, proven to be what their service wrote, fetched into a spool.

S3 delivers `…/<bucket>/<configuration>/<instant>/manifest.json`, Azure
`…/<instant>/<rule>/<rule>-manifest.json`; both write the manifest's checksum last, so that an
inventory without one is not complete. Only files of the bucket or container that the manifest lies
in are ever asked for.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from reconcile.errors import BadInput, NotFound, Unreadable
from reconcile.model.inventory import Inventory, InventoryFile
from reconcile.model.location import Location, Scheme
from reconcile.model.objects import ObjectInfo
from reconcile.stores.clients import Clients
from reconcile.stores.inventory_manifest import MOST_BYTES, Pending, read_manifest
from reconcile.stores.listing import Listing
from reconcile.stores.opening import ENVIRONMENT, open_store
from reconcile.stores.protocol import Store
from reconcile.stores.spool import Spool, SpooledObject

_MANIFEST = "manifest.json"
_CHECKSUM = "manifest.checksum"
_LONGEST_CHECKSUM = 1024
_INSTANT = re.compile(r"(\d{4})[-/](\d{2})[-/](\d{2})[T/](\d{2})-(\d{2})(?:-(\d{2}))?Z?")


@dataclass(frozen=True)
class FoundInventory:
    """An inventory whose manifest is proven, and whose files are all there.

    Attributes:
        inventory: What its manifest says.
        manifest: Where that lies, for people.
        passed_over: Newer manifests at the same location that are not complete, newest first.
        listing: Its files, pinned, in the manifest's order.
    """

    inventory: Inventory
    manifest: str
    passed_over: tuple[str, ...]
    listing: Listing = field(repr=False)


def find_inventory(
    location: Location,
    *,
    connection: str | None = None,
    clients: Clients = ENVIRONMENT,
    environ: Mapping[str, str] = os.environ,
) -> FoundInventory:
    """The inventory at a location: that of a manifest, or the newest complete one below a folder.

    A folder on this machine's disk stands for the bucket or container that was copied there.

    Args:
        location: A manifest, or a folder.
        connection: Name of the connection to sign in by.
        clients: Who makes the clients.
        environ: Where `RECONCILE_PLAIN_HTTP_HOSTS` is looked up.

    Raises:
        NotFound: No manifest is there.
        BadInput: Several inventories are, or it is of another place or kind.
        Unreadable: It is not what its checksum says, contradicts itself, is not complete, or a
            file of it is absent or of another size.
    """
    if location.is_glob:
        raise BadInput(
            f"an inventory is no pattern: {location}",
            expected="the folder it is delivered to, or one manifest",
        )
    store = open_store(location, connection=connection, clients=clients, environ=environ)
    place = None if location.scheme is Scheme.FILE else location.container
    path = _path_in(location)
    if path.endswith(_MANIFEST):
        inventory = _proven(store, path, place)
        passed_over: Sequence[str] = ()
    else:
        path, inventory, passed_over = _newest(store, path, location, place)
    return FoundInventory(
        inventory,
        f"{store.root}/{path}",
        tuple(f"{store.root}/{name}" for name in passed_over),
        _pinned(store, path, inventory.files),
    )


def fetch_inventory(found: FoundInventory, spool: Spool) -> tuple[Path, ...]:
    """Brings an inventory's files here, each proven by the checksum its manifest gives.

    Raises:
        Unreadable: A file is not the one the manifest means.
        Changed: A file was replaced meanwhile.
        DiskFull: The spool has no room.
    """
    fetched = spool.fetch(found.listing)
    with ThreadPoolExecutor(2, thread_name_prefix="inventory") as pool:
        list(pool.map(_require_same, found.inventory.files, fetched))
    return tuple(one.path for one in fetched)


def _path_in(location: Location) -> str:
    """A location's path below its store's root."""
    if location.scheme is not Scheme.FILE:
        return location.path
    if os.path.isfile(location.path):
        raise BadInput(
            f"{location} is a file, which does not say where the files it names lie",
            expected="the folder that its whole bucket or container was copied to",
        )
    return ""


def _newest(
    store: Store, folder: str, location: Location, place: str | None
) -> tuple[str, Inventory, Sequence[str]]:
    """The newest complete inventory below a folder, and the newer ones that are not complete."""
    names = {info.name for info in store.list(f"{folder}/" if folder else "")}
    manifests = sorted((name for name in names if name.endswith(_MANIFEST)), key=_age, reverse=True)
    if not manifests:
        raise NotFound(
            f"no inventory at {location}",
            found="no manifest.json below it",
            next_step="correct the location, or wait until the service has delivered one",
        )
    _require_one(manifests, location)
    passed_over: list[str] = []
    for name in manifests:
        if _checksum_name(name) in names:
            try:
                return name, _manifest(store, name, place), passed_over
            except Pending:
                pass
        passed_over.append(name)
    raise Unreadable(
        f"no inventory at {location} is complete",
        found=f"{len(manifests)} without a checksum, or that did not succeed",
        next_step="wait until the service has finished one",
    )


def _require_one(manifests: Iterable[str], location: Location) -> None:
    """Refuses a folder of several configurations or rules: which is meant, nobody said."""
    series = sorted({_INSTANT.sub("…", name) for name in manifests})
    if len(series) > 1:
        raise BadInput(
            f"several inventories lie at {location}",
            found=", ".join(series[:3]) + (" …" if len(series) > 3 else ""),
            expected="one",
            next_step="name the folder of one, or its manifest",
        )


def _age(name: str) -> tuple[str, ...]:
    """The instant that a manifest's folders spell, for sorting; then its name."""
    instant = _INSTANT.search(name)
    return (*(part or "00" for part in instant.groups()), name) if instant else ("", name)


def _proven(store: Store, name: str, place: str | None) -> Inventory:
    """One manifest that was named."""
    try:
        return _manifest(store, name, place)
    except Pending as error:
        raise Unreadable(
            f"the inventory of {store.root}/{name} is not complete",
            found=f"status {error}",
            expected="Succeeded",
            next_step="wait until the service has finished it, or name an earlier one",
        ) from error


def _manifest(store: Store, name: str, place: str | None) -> Inventory:
    """A manifest that is what its checksum says. Raises `Pending` as `read_manifest`."""
    where = f"{store.root}/{name}"
    info = store.head(name)
    if info.size > MOST_BYTES:
        raise Unreadable(
            f"{where} is too long for a manifest",
            found=f"{info.size:,} bytes",
            expected=f"at most {MOST_BYTES:,}",
        )
    data = store.get(name, if_match=info.etag)
    expected = _checksum(store, _checksum_name(name))
    found = hashlib.md5(data, usedforsecurity=False).hexdigest()
    if found != expected:
        raise _tampered(where, found, expected)
    return read_manifest(data, where=where, container=place)


def _checksum_name(manifest: str) -> str:
    return manifest.removesuffix(_MANIFEST) + _CHECKSUM


def _checksum(store: Store, name: str) -> str:
    """The MD5 that a checksum file holds, in hexadecimal; it may be spelt in base64."""
    where = f"{store.root}/{name}"
    try:
        text = store.get(name, length=_LONGEST_CHECKSUM).decode("ascii", "replace").strip()
    except NotFound as error:
        raise Unreadable(
            f"an inventory has no checksum at {where}",
            found="none",
            expected="one, which the service writes when the inventory is complete",
            next_step="wait until it has, or name an earlier inventory",
        ) from error
    if re.fullmatch(r"[0-9a-fA-F]{32}", text):
        return text.lower()
    try:
        digest = base64.b64decode(text, validate=True)
    except ValueError:
        digest = b""
    if len(digest) != 16:
        raise Unreadable(f"{where} holds no MD5", expected="32 hexadecimal digits")
    return digest.hex()


def _pinned(store: Store, manifest: str, files: Sequence[InventoryFile]) -> Listing:
    """The files of an inventory as they lie in its store, each of the size the manifest says."""
    with ThreadPoolExecutor(8, thread_name_prefix="inventory") as pool:
        infos = pool.map(lambda file: _head(store, manifest, file), files)
        return Listing(store, tuple(infos), "")


def _head(store: Store, manifest: str, file: InventoryFile) -> ObjectInfo:
    where = f"{store.root}/{file.name}"
    try:
        info = store.head(file.name)
    except NotFound as error:
        raise Unreadable(
            f"a file of the inventory {store.root}/{manifest} is absent",
            found=f"nothing at {where}",
            next_step="name an inventory whose files are all there",
            object_name=file.name,
        ) from error
    if info.size != file.size:
        raise Unreadable(
            f"{where} is not the file that its inventory's manifest means",
            found=f"{info.size:,} bytes",
            expected=f"{file.size:,}",
            next_step="name another inventory",
            object_name=file.name,
        )
    return info


def _require_same(file: InventoryFile, fetched: SpooledObject) -> None:
    if file.md5 is None:
        return
    with fetched.path.open("rb") as data:
        found = hashlib.file_digest(data, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    if found != file.md5:
        raise _tampered(file.name, found, file.md5)


def _tampered(where: str, found: str, expected: str) -> Unreadable:
    return Unreadable(
        f"{where} is not what the service wrote",
        found=f"MD5 {found}",
        expected=expected,
        next_step="find out who changed it, and name another inventory",
        object_name=where,
    )
