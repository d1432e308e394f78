"""A coat with the same verbs that shows one folder of a store as a store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from reconcile.model.objects import ObjectInfo
from reconcile.model.snapshot import Protection
from reconcile.model.traffic import Traffic
from reconcile.model.unfinished import Part
from reconcile.stores.arriving import Arriving
from reconcile.stores.protocol import Store, Stream, Upload


class Prefixed:
    """The objects of a store below one folder, named relative to it."""

    def __init__(self, store: Store, folder: str) -> None:
        self._store = store
        self._prefix = f"{folder.strip('/')}/"
        self.root = f"{store.root.rstrip('/')}/{folder.strip('/')}"
        self.address = f"{store.address.rstrip('/')}/{folder.strip('/')}"

    @property
    def traffic(self) -> Traffic | None:
        """What the whole store has asked of its service so far."""
        return self._store.traffic

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """Every object of the folder whose name begins with `prefix`."""
        for info in self._store.list(self._prefix + prefix):
            yield replace(info, name=info.name[len(self._prefix) :])

    def head(self, name: str) -> ObjectInfo:
        """One object."""
        return replace(self._store.head(self._prefix + name), name=name)

    def get(
        self, name: str, *, start: int = 0, length: int | None = None, if_match: str | None = None
    ) -> bytes:
        """The bytes of an object or of a range of it."""
        return self._store.get(self._prefix + name, start=start, length=length, if_match=if_match)

    def get_to_file(self, pinned: ObjectInfo, destination: Path) -> Mapping[str, str]:
        """Writes the pinned object to a file."""
        return self._store.get_to_file(
            replace(pinned, name=self._prefix + pinned.name), destination
        )

    def get_whole(self, pinned: ObjectInfo) -> tuple[bytes, Mapping[str, str]]:
        """The bytes of the pinned object."""
        return self._store.get_whole(replace(pinned, name=self._prefix + pinned.name))

    def streamed(self, pinned: ObjectInfo, *, start: int, length: int) -> Stream | None:
        """A range of the pinned object in one request."""
        whole = replace(pinned, name=self._prefix + pinned.name)
        return self._store.streamed(whole, start=start, length=length)

    def unchecked(self, pinned: ObjectInfo, *, start: int) -> Stream | None:
        """What begins there of the pinned object, in one request."""
        whole = replace(pinned, name=self._prefix + pinned.name)
        return self._store.unchecked(whole, start=start)

    def put_arriving(
        self, name: str, arriving: Arriving, *, if_match: str | None = None
    ) -> ObjectInfo:
        """Writes an object while it arrives."""
        written = self._store.put_arriving(self._prefix + name, arriving, if_match=if_match)
        return replace(written, name=name)

    def put(
        self,
        name: str,
        data: bytes | Path,
        *,
        create_only: bool = False,
        if_match: str | None = None,
    ) -> ObjectInfo:
        """Writes an object."""
        written = self._store.put(
            self._prefix + name, data, create_only=create_only, if_match=if_match
        )
        return replace(written, name=name)

    def delete(self, name: str, *, if_match: str | None = None) -> None:
        """Removes an object."""
        self._store.delete(self._prefix + name, if_match=if_match)

    def path_of(self, name: str) -> Path | None:
        """The object's file, where the store has files."""
        return self._store.path_of(self._prefix + name)

    def signed_address(self, pinned: ObjectInfo, *, seconds: int) -> str | None:
        """Where another service can fetch the pinned object, where the store has addresses."""
        whole = replace(pinned, name=self._prefix + pinned.name)
        return self._store.signed_address(whole, seconds=seconds)

    def upload(self, name: str, *, id: str | None = None) -> Upload:
        """An upload of an object."""
        return _Renaming(self._store.upload(self._prefix + name, id=id), name)

    def uploads_of(self, name: str) -> Sequence[str]:
        """The ids of uploads of that very name that have begun and not ended."""
        return self._store.uploads_of(self._prefix + name)

    def protection(self, name: str) -> Protection | None:
        """What keeps an object from being changed or removed."""
        return self._store.protection(self._prefix + name)

    def protect(self, name: str, protection: Protection) -> Protection:
        """Locks an object."""
        return self._store.protect(self._prefix + name, protection)

    def release(self, name: str) -> Protection | None:
        """Ends an object's legal hold."""
        return self._store.release(self._prefix + name)


class _Renaming:
    """An upload whose object has another name outside."""

    def __init__(self, upload: Upload, name: str) -> None:
        self.id = upload.id
        self._upload = upload
        self._name = name
        self.parts = upload.parts
        self.put_part = upload.put_part
        self.put_part_from = upload.put_part_from
        self.abort = upload.abort

    def commit(
        self, parts: Sequence[Part], *, crc64nvme: str, if_match: str | None = None
    ) -> ObjectInfo:
        """As the upload's, by the other name."""
        written = self._upload.commit(parts, crc64nvme=crc64nvme, if_match=if_match)
        return replace(written, name=self._name)
