"""The spool: a private, bounded folder that pinned objects are fetched into, and then gone."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

from reconcile.errors import BadInput, DiskFull, NotFound
from reconcile.model.objects import ObjectInfo
from reconcile.stores.listing import Listing
from reconcile.stores.private_folder import PrivateFolder
from reconcile.stores.refusals import changed
from reconcile.stores.system_errors import NO_ROOM, reason

Progress = Callable[[int, int], None]
"""Told of bytes and objects that have newly arrived, by the fetching threads, one at a time."""


class Stopped(Exception):
    """Objects are fetched no more, since somebody has given up on them."""


@dataclass(frozen=True)
class SpooledObject:
    """A pinned object and the file on this machine that holds its bytes.

    The checksums of one that was fetched are known, since they were computed on the way.
    """

    info: ObjectInfo
    path: Path


def spool_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where spools lie: `RECONCILE_SPOOL`, or the system's temporary folder."""
    return Path(environ.get("RECONCILE_SPOOL") or tempfile.gettempdir())


def folder_in(parent: Path) -> PrivateFolder:
    """A private folder among spools, which goes with this process at the latest.

    Raises:
        BadInput: None can be made there.
        DiskFull: Likewise, for want of room.
    """
    try:
        return PrivateFolder(parent)
    except OSError as error:
        if error.errno in NO_ROOM:
            raise DiskFull(
                f"no room for a spool in {parent}",
                found=reason(error),
                next_step="free space, or name another folder in RECONCILE_SPOOL",
            ) from error
        raise BadInput(
            f"no spool can be made in {parent}",
            found=reason(error),
            next_step="name a folder that can be written to in RECONCILE_SPOOL",
        ) from error


class Spool:
    """A folder of one task, readable by its user alone, removed when the block ends.

    What a killed task left there is removed by the next one (`private_folder`). Several threads
    may fetch and release at once.

    Args:
        folder: Where to make it.
        max_bytes: The most it may hold; None leaves it to the free disk.
        parallel: Objects fetched at a time.
        progress: Told of what arrives.

    Raises:
        BadInput: On entering, when no folder can be made there.
        DiskFull: Likewise, for want of room.
    """

    def __init__(
        self,
        folder: Path,
        *,
        max_bytes: int | None = None,
        parallel: int = 8,
        progress: Progress | None = None,
    ) -> None:
        self._parent = folder
        self._max_bytes = max_bytes
        self._parallel = parallel
        self._progress = progress or (lambda _bytes, _objects: None)
        self._numbers = itertools.count(1)
        self._held = 0
        self._lock = threading.Lock()
        self._because: Exception | None = None
        self._folder: PrivateFolder | None = None

    def __enter__(self) -> Spool:
        self._folder = folder_in(self._parent)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._folder is not None:
            self._folder.remove()

    @property
    def path(self) -> Path:
        """The folder, inside the block; engines may keep their temporary files in it."""
        if self._folder is None:
            raise RuntimeError("a spool is used inside its `with` block")
        return self._folder.path

    def fetch(self, listing: Listing) -> list[SpooledObject]:
        """Brings the objects of a listing here, in its order; files are used where they lie.

        Raises:
            DiskFull: They do not fit; nothing was fetched.
            Changed: An object is not the one that was listed, or did not arrive whole.
        """
        in_place = {info.name: listing.store.path_of(info.name) for info in listing.objects}
        needed = sum(info.size for info in listing.objects if in_place[info.name] is None)
        with self._lock:
            self._require_room(needed)
            self._held += needed
        # Files are called by number: a name from a store is data, never a path.
        targets = [
            SpooledObject(info, in_place[info.name] or self.path / f"{next(self._numbers):08d}")
            for info in listing.objects
        ]
        remote = [target for target in targets if in_place[target.info.name] is None]
        self._tell(listing.bytes - needed, len(targets) - len(remote))
        arrived = self._fetch_all(listing, remote)
        return [
            replace(target, info=arrived.get(target.info.name, target.info)) for target in targets
        ]

    def release(self, spooled: Iterable[SpooledObject]) -> None:
        """Gives back the room of fetched objects; files used where they lie are left alone."""
        for one in spooled:
            if one.path.parent == self.path:
                one.path.unlink(missing_ok=True)
                with self._lock:
                    self._held -= one.info.size

    def stop(self, because: BaseException) -> None:
        """Gives up what is still to be fetched. Objects underway come to their end first.

        Args:
            because: Why; whoever waits for an object gets it, or `Stopped` where it is no error.
        """
        with self._lock:
            if self._because is None:
                self._because = because if isinstance(because, Exception) else Stopped()

    def verify_unchanged(self, listing: Listing) -> None:
        """Proves, after they were read, that files used where they lie are those listed.

        Fetched objects are not asked about again: their bytes were pinned on the way in.

        Raises:
            Changed: A file was replaced, written to or removed.
        """
        if not listing.lies_here:
            return
        for info in listing.objects:
            if not _is_same(listing, info):
                raise changed(f"{listing.store.root}/{info.name}")

    def _fetch_all(
        self, listing: Listing, targets: Sequence[SpooledObject]
    ) -> dict[str, ObjectInfo]:
        """The objects, by name, with the checksums of what arrived."""
        arrived: dict[str, ObjectInfo] = {}
        with ThreadPoolExecutor(self._parallel, thread_name_prefix="spool") as pool:
            futures: dict[Future[Mapping[str, str]], ObjectInfo] = {
                pool.submit(self._arrived, listing, target): target.info for target in targets
            }
            try:
                for done in as_completed(futures):
                    info = futures[done]
                    checksums = {**info.checksums, **done.result()}
                    arrived[info.name] = replace(info, checksums=checksums)
                    self._tell(info.size, 1)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)  # the first error is enough
                raise
        return arrived

    def _arrived(self, listing: Listing, target: SpooledObject) -> Mapping[str, str]:
        if self._because is not None:
            raise self._because
        return listing.store.get_to_file(target.info, target.path)

    def _tell(self, size: int, objects: int) -> None:
        with self._lock:
            self._progress(size, objects)

    def _require_room(self, needed: int) -> None:
        free = shutil.disk_usage(self.path).free
        if self._max_bytes is not None:
            free = min(free, self._max_bytes - self._held)
        if needed > free:
            raise DiskFull(
                f"the spool in {self._parent} has no room for what is to be read",
                found=f"{max(free, 0):,} bytes free",
                expected=f"{needed:,} bytes",
                next_step="free space, name another folder in RECONCILE_SPOOL, or compare less",
            )


def _is_same(listing: Listing, info: ObjectInfo) -> bool:
    try:
        return listing.store.head(info.name).etag == info.etag
    except NotFound:
        return False
