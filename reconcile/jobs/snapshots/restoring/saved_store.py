"""A snapshot's objects as a store to read from, so that they are copied like any other objects."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from reconcile.errors import BadInput, Damaged
from reconcile.model.objects import ObjectInfo
from reconcile.model.snapshot import Chunk, Protection, SavedObject
from reconcile.repository.chunks import read_content
from reconcile.repository.repository import Repository
from reconcile.stores.checksum import checksum_of
from reconcile.stores.protocol import Stream, Upload


def as_object(saved: SavedObject) -> ObjectInfo:
    """A saved object as a store lists it, with its checksums: they are its tag, too."""
    sha256 = base64.b64encode(bytes.fromhex(saved.sha256)).decode()
    checksums = {"crc64nvme": saved.crc64nvme, "sha256": sha256}
    return ObjectInfo(saved.name, saved.size, saved.sha256, checksums=checksums)


class DamagedObject(Damaged):
    """An object of a snapshot cannot be had; `object_name` is its name, where that is known."""

    object_name = ""


class SavedStore:
    """The objects of a snapshot that are being restored; safe to share between threads.

    Every piece of content is proven by its own SHA-256 as it is read, and an object of one piece
    by its own. What an object of several pieces is in all, its CRC-64 proves when it is put
    together (`stores.verified_copy`).
    """

    def __init__(self, repository: Repository, snapshot: str) -> None:
        self._repository = repository
        self._saved: dict[str, SavedObject] = {}
        self._lock = threading.Lock()
        self.root = f"snapshot {snapshot}"
        self.address = f"{repository.store.address}#{snapshot}"
        self.traffic = None

    @contextmanager
    def holding(self, saved: SavedObject) -> Iterator[ObjectInfo]:
        """Has an object here for the length of the block."""
        with self._lock:
            self._saved[saved.name] = saved
        try:
            yield as_object(saved)
        finally:
            with self._lock:
                del self._saved[saved.name]

    def get(
        self,
        name: str,
        *,
        start: int = 0,
        length: int | None = None,
        if_match: str | None = None,  # noqa: ARG002 - content never changes
    ) -> bytes:
        """The bytes of an object or of a range of it.

        Raises:
            Damaged: They are not what was stored.
        """
        saved = self._saved[name]
        end = saved.size if length is None else min(saved.size, start + length)
        pieces = [
            data if (from_, to) == (0, len(data)) else data[from_:to]
            for data, from_, to in self._pieces(saved, start, end)
        ]
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def get_whole(self, pinned: ObjectInfo) -> tuple[bytes, Mapping[str, str]]:
        """The bytes of an object, proven by its SHA-256.

        Raises:
            Damaged: They are not what was stored.
        """
        saved = self._saved[pinned.name]
        if len(saved.chunks) == 1:
            data, sha256 = self._read(saved, saved.chunks[0])
        else:
            data = self.get(pinned.name)
            sha256 = hashlib.sha256(data).digest()
        self._require(saved, sha256.hex())
        self._require_crc64(saved, data)
        return data, pinned.checksums

    def get_to_file(self, pinned: ObjectInfo, destination: Path) -> Mapping[str, str]:
        """Writes an object to a file, proven by its SHA-256.

        Raises:
            Damaged: Its bytes are not what was stored.
        """
        saved, digest = self._saved[pinned.name], hashlib.sha256()
        with destination.open("wb") as file:
            for data, _, _ in self._pieces(saved, 0, saved.size):
                digest.update(data)
                file.write(data)
        self._require(saved, digest.hexdigest())
        return pinned.checksums

    def head(self, name: str) -> ObjectInfo:
        """An object that is here now."""
        return as_object(self._saved[name])

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """The objects that are here now, in name order."""
        return (self.head(name) for name in sorted(self._saved) if name.startswith(prefix))

    def streamed(self, pinned: ObjectInfo, *, start: int, length: int) -> Stream | None:  # noqa: ARG002
        """None: content is read piece by piece."""
        return None

    def unchecked(self, pinned: ObjectInfo, *, start: int) -> Stream | None:  # noqa: ARG002
        """None: content is read piece by piece, and each is checked."""
        return None

    def path_of(self, name: str) -> Path | None:  # noqa: ARG002
        """None: content lies in pieces."""
        return None

    def signed_address(self, pinned: ObjectInfo, *, seconds: int) -> str | None:  # noqa: ARG002
        """None: nobody else can put an object together."""
        return None

    def uploads_of(self, name: str) -> Sequence[str]:  # noqa: ARG002
        """None have begun."""
        return ()

    def protection(self, name: str) -> Protection | None:  # noqa: ARG002
        """None is told of an object; its pieces may be locked."""
        return None

    def put(self, name: str, *_data: object, **_how: object) -> NoReturn:
        """Never.

        Raises:
            BadInput: Always, as from all that would change a snapshot.
        """
        raise self._unchanging(name)

    def put_arriving(self, name: str, *_arriving: object, **_how: object) -> NoReturn:
        """Never."""
        raise self._unchanging(name)

    def delete(self, name: str, *, if_match: str | None = None) -> NoReturn:  # noqa: ARG002
        """Never."""
        raise self._unchanging(name)

    def upload(self, name: str, *, id: str | None = None) -> Upload:  # noqa: ARG002
        """Never."""
        raise self._unchanging(name)

    def protect(self, name: str, protection: Protection) -> Protection:  # noqa: ARG002
        """Never."""
        raise self._unchanging(name)

    def release(self, name: str) -> Protection | None:
        """Never."""
        raise self._unchanging(name)

    def _pieces(self, saved: SavedObject, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
        """The pieces that a range touches, and which part of each it is."""
        at = 0
        for chunk in saved.chunks:
            if at < end and at + chunk.size > start:
                data, _ = self._read(saved, chunk)
                yield data, max(0, start - at), min(chunk.size, end - at)
            at += chunk.size

    def _read(self, saved: SavedObject, chunk: Chunk) -> tuple[bytes, bytes]:
        if chunk.size > self._repository.chunk_size:
            raise self._damaged(
                saved,
                "has a piece that is larger than its repository has any",
                found=f"{chunk.size} bytes",
                expected=f"at most {self._repository.chunk_size}",
            )
        try:
            content = read_content(self._repository, chunk)
        except Damaged as error:
            raise self._damaged(
                saved, f"cannot be restored: {error.what}", error.found, error.expected
            ) from error
        return content.data, content.sha256

    def _require(self, saved: SavedObject, sha256: str) -> None:
        if sha256 != saved.sha256:
            raise self._damaged(saved, "is not what was saved", f"SHA-256 {sha256}", saved.sha256)

    def _require_crc64(self, saved: SavedObject, data: bytes) -> None:
        found = checksum_of(data, algorithm="crc64nvme")
        if found != saved.crc64nvme:
            raise self._damaged(
                saved, "is not what was saved", f"CRC-64/NVME {found}", saved.crc64nvme
            )

    def _damaged(
        self, saved: SavedObject, what: str, found: str | None, expected: str | None
    ) -> DamagedObject:
        error = DamagedObject(
            f"{saved.name!r} of {self.root} {what}",
            found=found,
            expected=expected,
            next_step="restore another snapshot, or this one from the copy",
        )
        error.object_name = saved.name
        return error

    def _unchanging(self, name: str) -> BadInput:
        return BadInput(f"{name!r} of {self.root} cannot be changed: snapshots never are")
