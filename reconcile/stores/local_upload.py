"""Parts of a file that is not there yet, as an upload."""

from __future__ import annotations

import hashlib
import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from reconcile.model.objects import ObjectInfo
from reconcile.model.unfinished import Part
from reconcile.stores.checksum import checksum_of, combined_crc64nvme
from reconcile.stores.download import TEMPORARY_PREFIX
from reconcile.stores.refusals import FetchesNothing, changed

Publishing = Callable[[Callable[[BinaryIO], None], str | None], ObjectInfo]
"""Writes the file by a function that fills it, create-only or over the tag that is given."""


class LocalUpload(FetchesNothing):
    """Files, one for each part, in a folder beside the file that is to come.

    The disk vouches for nothing, so every part is read again, and its checksum compared, when the
    file is put together.
    """

    def __init__(
        self,
        path: Path,
        *,
        where: str,
        writing: Callable[[], AbstractContextManager[None]],
        publish: Publishing,
        id: str | None = None,
    ) -> None:
        self.id = id or secrets.token_hex(8)
        self._folder = path.parent / f"{_beginning(path)}{self.id}"
        self._where = where
        self._writing = writing
        self._publish = publish

    def parts(self) -> Mapping[int, int]:
        """The sizes in bytes, by number, of the parts that are there."""
        with self._writing():
            if not self._folder.is_dir():
                return {}
            return {int(file.name): file.stat().st_size for file in self._folder.iterdir()}

    def put_part(self, number: int, data: bytes, *, crc64nvme: str) -> None:  # noqa: ARG002
        """Writes a part; it is checked when the file is put together."""
        with self._writing():
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / str(number)).write_bytes(data)

    def commit(
        self, parts: Sequence[Part], *, crc64nvme: str, if_match: str | None = None
    ) -> ObjectInfo:
        """Makes the file, whole, of the parts as they are read again."""
        if combined_crc64nvme(parts) != crc64nvme:
            raise changed(self._where)
        written = self._publish(lambda file: self._fill(file, parts), if_match)
        self.abort()
        return replace(written, checksums={"crc64nvme": crc64nvme})

    def abort(self) -> None:
        """Removes the parts."""
        with self._writing():
            shutil.rmtree(self._folder, ignore_errors=True)

    def _fill(self, file: BinaryIO, parts: Sequence[Part]) -> None:
        for number, part in enumerate(parts):
            try:
                data = (self._folder / str(number)).read_bytes()
            except FileNotFoundError as error:
                raise changed(self._where) from error
            found = Part(len(data), checksum_of(data, algorithm="crc64nvme"))
            if found != part:
                raise changed(self._where)
            file.write(data)


def begun(path: Path) -> Sequence[str]:
    """The ids of uploads of that very file that have begun and not ended."""
    beginning = _beginning(path)
    if not path.parent.is_dir():
        return ()
    found = (entry.name for entry in path.parent.iterdir() if entry.name.startswith(beginning))
    return sorted(name.removeprefix(beginning) for name in found)


def _beginning(path: Path) -> str:
    """What the folders of a file's uploads begin with: never longer than a name may be."""
    digest = hashlib.sha256(path.name.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return f"{TEMPORARY_PREFIX}upload-{digest}-"
