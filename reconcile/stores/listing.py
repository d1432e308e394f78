"""A listing: the data objects of a location, pinned."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from reconcile.errors import NotFound
from reconcile.model.objects import ObjectInfo
from reconcile.stores.checksum import checksum_of, own_algorithm
from reconcile.stores.protocol import Store
from reconcile.stores.refusals import changed


@dataclass(frozen=True)
class Listing:
    """What a location held when it was listed.

    Attributes:
        store: The store the objects lie in; their names are relative to it.
        objects: The data objects, in name order.
        base: Folder below the store's root (empty for the root itself) that the location names;
            Hive folders between it and an object are columns.
        absent: Nothing at all is there, not even a marker: as a partition may be, before it is
            written.
    """

    store: Store = field(repr=False)
    objects: tuple[ObjectInfo, ...]
    base: str
    absent: bool = False

    @property
    def bytes(self) -> int:
        """Size of all objects together."""
        return sum(info.size for info in self.objects)

    @property
    def lies_here(self) -> bool:
        """Whether its objects are files on this machine's disk."""
        first = next(iter(self.objects), None)
        return first is not None and self.store.path_of(first.name) is not None

    def relative(self, info: ObjectInfo) -> str:
        """An object's name below the base."""
        return info.name[len(self.base) + 1 :] if self.base else info.name


def data_objects(objects: Iterable[ObjectInfo], *, below: str) -> tuple[ObjectInfo, ...]:
    """Those of the objects that hold data: all but markers and what is hidden.

    A part below the folder `below` that begins with `_` or `.` hides (`_SUCCESS`, `_temporary`,
    `.crc`); an empty object whose name ends in `/` is a marker of a folder. Whatever else it is
    called, an object is data: a text file among Parquet files is an error to be seen, not to be
    skipped.
    """
    skip = len(below) + 1 if below else 0
    return tuple(info for info in objects if not is_marker(info) and _is_shown(info.name[skip:]))


def is_marker(info: ObjectInfo) -> bool:
    """Whether an object only stands for a folder."""
    return info.name.endswith("/") and info.size == 0


def _is_shown(name: str) -> bool:
    return not any(part[:1] in ("_", ".") for part in name.split("/"))


def with_checksums(
    listing: Listing, *, workers: Executor | None = None, parallel: int = 16
) -> Listing:
    """The listing with the checksums that the service vouches for, one request an object.

    Of files on this machine's disk they are computed.

    Args:
        listing: The objects.
        workers: The threads that read files; as many as may wait for a service if None.
        parallel: How many may wait for a service.

    Raises:
        Changed: An object is no longer the one that was listed.
    """

    def head(info: ObjectInfo) -> ObjectInfo:
        path = listing.store.path_of(info.name)
        if path is not None:
            return replace(info, checksums=_computed(path))
        where = f"{listing.store.root}/{info.name}"
        try:
            now = listing.store.head(info.name)
        except NotFound as error:
            raise changed(where) from error
        if now.etag != info.etag:
            raise changed(where)
        return replace(info, checksums=now.checksums, version=now.version)

    if workers is not None and listing.lies_here:
        return replace(listing, objects=tuple(workers.map(head, listing.objects)))
    with ThreadPoolExecutor(parallel) as pool:
        return replace(listing, objects=tuple(pool.map(head, listing.objects)))


def _computed(path: Path) -> dict[str, str]:
    """Our own checksum of a file; none where it cannot be read, which whoever reads it tells."""
    try:
        with path.open("rb") as file:
            return {own_algorithm(): checksum_of(file, algorithm=own_algorithm())}
    except OSError:
        return {}
