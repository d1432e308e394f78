"""A coat with a store's verbs, all of which go through one door."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Protocol, TypeVar

from reconcile.model.objects import ObjectInfo
from reconcile.model.snapshot import Protection
from reconcile.model.traffic import Traffic
from reconcile.model.unfinished import Part
from reconcile.stores.arriving import Arriving
from reconcile.stores.protocol import Store, Stream, Upload

T = TypeVar("T")

PAGE = 1000
"""Objects of a listing that are taken for one request: S3's page, and a fifth of Azure's."""


class Door(Protocol):
    """What every call of a store goes through: it may wait, refuse, and do the work again."""

    def __call__(self, work: Callable[[], T], *, size: int = 0) -> T:
        """Does the work, which moves so many bytes; 1 where they are not known beforehand."""


class Coat:
    """A store each of whose requests goes through a door.

    A listing goes through it by pages, a stream by reads. So does what is done with its uploads.
    """

    def __init__(self, store: Store, door: Door) -> None:
        self._store = store
        self._door = door
        self.root = store.root
        self.address = store.address

    @property
    def traffic(self) -> Traffic | None:
        """The store's."""
        return self._store.traffic

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """As the store's."""
        listing = _Listing(lambda: self._store.list(prefix))
        while not listing.ended:
            yield from self._door(listing.page)

    def head(self, name: str) -> ObjectInfo:
        """As the store's."""
        return self._door(lambda: self._store.head(name))

    def get(
        self, name: str, *, start: int = 0, length: int | None = None, if_match: str | None = None
    ) -> bytes:
        """As the store's."""
        return self._door(
            lambda: self._store.get(name, start=start, length=length, if_match=if_match),
            size=1 if length is None else length,
        )

    def get_to_file(self, pinned: ObjectInfo, destination: Path) -> Mapping[str, str]:
        """As the store's."""
        return self._door(
            lambda: self._store.get_to_file(pinned, destination),
            size=pinned.size,
        )

    def get_whole(self, pinned: ObjectInfo) -> tuple[bytes, Mapping[str, str]]:
        """As the store's."""
        return self._door(lambda: self._store.get_whole(pinned), size=pinned.size)

    def streamed(self, pinned: ObjectInfo, *, start: int, length: int) -> Stream | None:
        """As the store's, in the same coat; its bytes count as they are read."""
        stream = self._door(lambda: self._store.streamed(pinned, start=start, length=length))
        return None if stream is None else CoatedStream(stream, self._door)

    def unchecked(self, pinned: ObjectInfo, *, start: int) -> Stream | None:
        """As the store's, in the same coat; its bytes count as they are read."""
        stream = self._door(lambda: self._store.unchecked(pinned, start=start))
        return None if stream is None else CoatedStream(stream, self._door)

    def put_arriving(
        self, name: str, arriving: Arriving, *, if_match: str | None = None
    ) -> ObjectInfo:
        """As the store's."""
        return self._door(
            lambda: self._store.put_arriving(name, arriving, if_match=if_match),
            size=len(arriving),
        )

    def put(
        self,
        name: str,
        data: bytes | Path,
        *,
        create_only: bool = False,
        if_match: str | None = None,
    ) -> ObjectInfo:
        """As the store's."""
        return self._door(
            lambda: self._store.put(name, data, create_only=create_only, if_match=if_match),
            size=_size(data),
        )

    def delete(self, name: str, *, if_match: str | None = None) -> None:
        """As the store's."""
        self._door(lambda: self._store.delete(name, if_match=if_match))

    def path_of(self, name: str) -> Path | None:
        """As the store's; no request."""
        return self._store.path_of(name)

    def signed_address(self, pinned: ObjectInfo, *, seconds: int) -> str | None:
        """As the store's."""
        return self._door(lambda: self._store.signed_address(pinned, seconds=seconds))

    def upload(self, name: str, *, id: str | None = None) -> Upload:
        """As the store's, in the same coat."""
        return CoatedUpload(self._door(lambda: self._store.upload(name, id=id)), self._door)

    def uploads_of(self, name: str) -> Sequence[str]:
        """As the store's."""
        return self._door(lambda: self._store.uploads_of(name))

    def protection(self, name: str) -> Protection | None:
        """As the store's."""
        return self._door(lambda: self._store.protection(name))

    def protect(self, name: str, protection: Protection) -> Protection:
        """As the store's."""
        return self._door(lambda: self._store.protect(name, protection))

    def release(self, name: str) -> Protection | None:
        """As the store's."""
        return self._door(lambda: self._store.release(name))


class CoatedStream:
    """A stream that goes through a door for whatever is read: it lasts, and moves much."""

    def __init__(self, stream: Stream, door: Door) -> None:
        self._stream = stream
        self._door = door

    def read(self, size: int) -> bytes:
        """As the stream's."""
        return self._door(lambda: self._stream.read(size), size=size)

    def close(self) -> None:
        """As the stream's; no request."""
        self._stream.close()


class CoatedUpload:
    """An upload each of whose requests goes through a door."""

    def __init__(self, upload: Upload, door: Door) -> None:
        self._upload = upload
        self._door = door
        self.id = upload.id

    def parts(self) -> Mapping[int, int]:
        """As the upload's."""
        return self._door(self._upload.parts)

    def put_part(self, number: int, data: bytes, *, crc64nvme: str) -> None:
        """As the upload's."""
        self._door(lambda: self._upload.put_part(number, data, crc64nvme=crc64nvme), size=len(data))

    def put_part_from(self, number: int, url: str, *, start: int, length: int, etag: str) -> Part:
        """As the upload's; the service moves the bytes, so they count too."""
        return self._door(
            lambda: self._upload.put_part_from(number, url, start=start, length=length, etag=etag),
            size=length,
        )

    def commit(
        self, parts: Sequence[Part], *, crc64nvme: str, if_match: str | None = None
    ) -> ObjectInfo:
        """As the upload's."""
        return self._door(
            lambda: self._upload.commit(parts, crc64nvme=crc64nvme, if_match=if_match)
        )

    def abort(self) -> None:
        """As the upload's."""
        self._door(self._upload.abort)


class _Listing:
    """A listing page by page; after an error it begins anew, and gives what was not given yet."""

    def __init__(self, begin: Callable[[], Iterator[ObjectInfo]]) -> None:
        self._begin = begin
        self._found: Iterator[ObjectInfo] | None = None
        self._last: bytes | None = None
        self.ended = False

    def page(self) -> list[ObjectInfo]:
        """The next page; one that was given before an error is empty."""
        if self._found is None:
            self._found = self._begin()
        try:
            page = list(islice(self._found, PAGE))
        except BaseException:
            self._found = None  # an iterator that has raised says that it is at its end
            raise
        self.ended = len(page) < PAGE
        new = [info for info in page if self._last is None or _key(info) > self._last]
        if new:
            self._last = _key(new[-1])
        return new


def _key(info: ObjectInfo) -> bytes:
    return os.fsencode(info.name)


def _size(data: bytes | Path) -> int:
    if not isinstance(data, Path):
        return len(data)
    try:
        return data.stat().st_size
    except OSError:
        return 0  # the store says what is wrong with it
