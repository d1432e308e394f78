"""The five verbs of a store. Object storage is not a file system, and this is all we ask of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

from reconcile.errors import Changed, NotFound
from reconcile.model.objects import ObjectInfo
from reconcile.model.traffic import Traffic


class ContainerMissing(NotFound):
    """The bucket, the container or the folder itself does not exist."""


class CutShort(Changed):
    """The bytes that arrived are not all, or not the right ones; another try may bring them."""


class Store(Protocol):
    """One bucket, container or folder. Names are relative to it, `/` between parts.

    Every method raises only errors of `reconcile.errors`: `NotFound`, `AccessDenied`,
    `AlreadyExists`, `Changed`, `Transient`, `DiskFull`, `BadInput`.
    """

    root: str
    """The store as a person would write it: `s3://bucket`, `az://container`, `/folder`."""

    address: str
    """Where the store is, so that no other has the same; without credentials."""

    @property
    def traffic(self) -> Traffic | None:
        """What it has asked of its service so far; None where nothing goes over a wire."""

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """Every object whose name begins with `prefix`, in name order (UTF-8 bytes), every page.

        An absent bucket, container or folder is `NotFound`; an absent prefix is empty.
        """

    def head(self, name: str) -> ObjectInfo:
        """One object, with what checksums the service vouches for."""

    def get(
        self, name: str, *, start: int = 0, length: int | None = None, if_match: str | None = None
    ) -> bytes:
        """The bytes of an object or of a range of it; `Changed` when its tag is not `if_match`.

        A range that reaches past the end is cut there; one that begins there is empty.
        """

    def get_to_file(self, pinned: ObjectInfo, destination: Path) -> Mapping[str, str]:
        """Writes the pinned object to a file, whole and checked, or raises and leaves nothing.

        Returns:
            Checksums of the bytes, computed on the way: algorithm to base64, our own
            (`checksum.own_algorithm`) among them.

        Raises:
            Changed: The object is no longer the pinned one, or was cut short on the way.
            DiskFull: The destination has no room.
        """

    # Objects are written whole, in one request: manifests, plans, reports, files of up to 5 GiB.
    def put(
        self,
        name: str,
        data: bytes | Path,
        *,
        create_only: bool = False,
        if_match: str | None = None,
    ) -> ObjectInfo:
        """Writes an object; visible whole or not at all.

        Raises:
            AlreadyExists: `create_only` and the name is taken.
            Changed: The object's tag is not `if_match`.
        """

    def delete(self, name: str, *, if_match: str | None = None) -> None:
        """Removes an object; removing what is not there is no error."""

    def path_of(self, name: str) -> Path | None:
        """The object's file where it already lies on this machine's disk, else None."""
