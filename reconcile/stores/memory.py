"""A store in memory: the plainest implementation of the protocol, for tests and rehearsals."""

from __future__ import annotations

import itertools
import secrets
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from reconcile.errors import NotFound
from reconcile.model.objects import ObjectInfo
from reconcile.stores.arriving import Arriving
from reconcile.stores.checksum import checksum_of, strongest_crc
from reconcile.stores.download import checked_whole, write_pinned
from reconcile.stores.locks import NeverLocked
from reconcile.stores.memory_upload import MemoryUpload
from reconcile.stores.protocol import Stream, Upload
from reconcile.stores.refusals import already_there, changed


class MemoryStore(NeverLocked):
    """Objects in a dictionary; safe to share between threads."""

    def __init__(self, root: str = "memory://") -> None:
        self.root = root
        self.address = f"{root}{secrets.token_hex(8)}"
        self.traffic = None
        self._objects: dict[str, tuple[ObjectInfo, bytes]] = {}
        self._uploads: dict[str, dict[str, dict[int, bytes]]] = {}
        self._tags = itertools.count(1)
        self._lock = threading.Lock()

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """Every object whose name begins with `prefix`, in name order."""
        with self._lock:
            found = [info for name, (info, _) in self._objects.items() if name.startswith(prefix)]
        return iter(sorted(found, key=lambda info: info.name.encode()))

    def head(self, name: str) -> ObjectInfo:
        """One object."""
        return self._object(name)[0]

    def get(
        self, name: str, *, start: int = 0, length: int | None = None, if_match: str | None = None
    ) -> bytes:
        """The bytes of an object or of a range of it."""
        info, data = self._object(name)
        if if_match is not None and info.etag != if_match:
            raise changed(self.where(name))
        return data[start:] if length is None else data[start : start + length]

    def get_to_file(self, pinned: ObjectInfo, destination: Path) -> Mapping[str, str]:
        """Writes the pinned object to a file."""
        try:
            data = self.get(pinned.name, if_match=pinned.etag)
        except NotFound as error:
            raise changed(self.where(pinned.name)) from error
        return write_pinned([data], pinned, destination, where=self.where(pinned.name))

    def get_whole(self, pinned: ObjectInfo) -> tuple[bytes, Mapping[str, str]]:
        """The bytes of the pinned object."""
        try:
            data = self.get(pinned.name, if_match=pinned.etag)
        except NotFound as error:
            raise changed(self.where(pinned.name)) from error
        return data, checked_whole(data, pinned, where=self.where(pinned.name))

    def streamed(self, pinned: ObjectInfo, *, start: int, length: int) -> Stream | None:  # noqa: ARG002
        """None: what is in memory already need not arrive."""
        return None

    def unchecked(self, pinned: ObjectInfo, *, start: int) -> Stream | None:  # noqa: ARG002
        """None: what is in memory goes over no wire."""
        return None

    def put_arriving(
        self, name: str, arriving: Arriving, *, if_match: str | None = None
    ) -> ObjectInfo:
        """Writes an object, all of which is in memory for a moment."""
        arriving.begin()
        data = b"".join(iter(arriving.read, b""))
        return self.put(name, data, create_only=if_match is None, if_match=if_match)

    def put(
        self,
        name: str,
        data: bytes | Path,
        *,
        create_only: bool = False,
        if_match: str | None = None,
    ) -> ObjectInfo:
        """Writes an object."""
        content = data.read_bytes() if isinstance(data, Path) else bytes(data)
        with self._lock:
            present = self._objects.get(name)
            if create_only and present is not None:
                raise already_there(self.where(name))
            if if_match is not None and (present is None or present[0].etag != if_match):
                raise changed(self.where(name))
            info = ObjectInfo(
                name,
                len(content),
                str(next(self._tags)),
                checksums={strongest_crc(): checksum_of(content, algorithm=strongest_crc())},
            )
            self._objects[name] = (info, content)
        return info

    def delete(self, name: str, *, if_match: str | None = None) -> None:
        """Removes an object."""
        with self._lock:
            present = self._objects.get(name)
            if present is None:
                return
            if if_match is not None and present[0].etag != if_match:
                raise changed(self.where(name))
            del self._objects[name]

    def path_of(self, name: str) -> Path | None:  # noqa: ARG002
        """None: nothing here lies on a disk."""
        return None

    def signed_address(self, pinned: ObjectInfo, *, seconds: int) -> str | None:  # noqa: ARG002
        """None: nobody else reads this memory."""
        return None

    def upload(self, name: str, *, id: str | None = None) -> Upload:
        """An upload into a dictionary of its own."""
        with self._lock:
            uploads = self._uploads.setdefault(name, {})
            if id is None:
                id = str(next(self._tags))
                uploads[id] = {}
        return MemoryUpload(
            id,
            where=self.where(name),
            uploads=uploads,
            publish=lambda data, if_match: self.put(
                name, data, create_only=if_match is None, if_match=if_match
            ),
        )

    def uploads_of(self, name: str) -> Sequence[str]:
        """The ids of uploads of that very name that have begun and not ended."""
        with self._lock:
            return sorted(self._uploads.get(name, {}))

    def where(self, name: str) -> str:
        """The object's location, for messages."""
        return f"{self.root}{name}"

    def _object(self, name: str) -> tuple[ObjectInfo, bytes]:
        with self._lock:
            try:
                return self._objects[name]
            except KeyError:
                raise NotFound(f"{self.where(name)} does not exist") from None
