"""The five verbs of a store. Object storage is not a file system, and this is all we ask of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from reconcile.errors import AccessDenied, BadInput, Changed, NotFound
from reconcile.model.objects import ObjectInfo
from reconcile.model.snapshot import Protection
from reconcile.model.traffic import Traffic
from reconcile.model.unfinished import Part

if TYPE_CHECKING:
    from reconcile.stores.arriving import Arriving


class ContainerMissing(NotFound):
    """The bucket, the container or the folder itself does not exist."""


class Unnameable(BadInput):
    """The store can hold no object of that name."""


class Locked(AccessDenied):
    """The object is locked or held: until that ends nobody may change or remove it."""


class Unprotectable(BadInput):
    """The store cannot lock or hold objects."""


class CutShort(Changed):
    """The bytes that arrived are not all, or not the right ones; another try may bring them."""


class CannotFetch(BadInput):
    """A service will not, or cannot, fetch from an address that it was given."""


class Stream(Protocol):
    """A range of an object that arrives in one answer, from its beginning on.

    Whoever takes it closes it, at its end as well.
    """

    def read(self, size: int) -> bytes:
        """The next bytes, so many; fewer where no more arrive.

        Raises:
            CutShort: It was cut off.
            Transient: Nothing arrives.
        """

    def close(self) -> None:
        """Ends it; what has not been read is not asked for any more."""


class Upload(Protocol):
    """An object that is written part by part, and is not there before `commit`.

    Parts are numbered from 0, of one size but for the last. Every method raises the errors of a
    store's verbs; `Changed` where the upload itself is gone.
    """

    id: str
    """What finds it again in its store, under the same name."""

    def parts(self) -> Mapping[int, int]:
        """The sizes in bytes, by number, of the parts that the service has."""

    def put_part(self, number: int, data: bytes, *, crc64nvme: str) -> None:
        """Sends a part, which the service checks against its checksum where it can."""

    def put_part_from(self, number: int, url: str, *, start: int, length: int, etag: str) -> Part:
        """Has the service fetch a part by itself: a range of what lies at a signed address.

        Raises:
            CannotFetch: The service will not; nothing was written.
            Changed: What lies there has another tag.
        """

    def commit(
        self, parts: Sequence[Part], *, crc64nvme: str, if_match: str | None = None
    ) -> ObjectInfo:
        """Makes the object visible, whole.

        Args:
            parts: All of them, in order.
            crc64nvme: Of the whole object; the service is told where it checks.
            if_match: The tag of what it replaces; None where nothing may be there.

        Raises:
            AlreadyExists: Something is there and `if_match` is None.
            Changed: What should be replaced has another tag or is gone, or parts are.
        """

    def abort(self) -> None:
        """Gives the upload up and frees its parts; one that is gone is no error."""


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

    def get_whole(self, pinned: ObjectInfo) -> tuple[bytes, Mapping[str, str]]:
        """The bytes of the pinned object, in one request, checked as `get_to_file` checks them.

        Returns:
            The bytes, and their checksums: those the service vouches for, and our own.

        Raises:
            Changed: The object is no longer the pinned one, or was cut short on the way.
        """

    def streamed(self, pinned: ObjectInfo, *, start: int, length: int) -> Stream | None:
        """A range of the pinned object in one request, of which little is held in memory.

        None where shorter ranges, each asked for by itself, do as well.

        Raises:
            Changed: The object is no longer the pinned one.
        """

    def unchecked(self, pinned: ObjectInfo, *, start: int) -> Stream | None:
        """What begins there of the pinned object, in one request, for whoever checks it himself.

        None where nothing goes over a wire.

        Raises:
            Changed: The object is no longer the pinned one.
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

    def put_arriving(
        self, name: str, arriving: Arriving, *, if_match: str | None = None
    ) -> ObjectInfo:
        """Writes an object while it arrives; the service checks the bytes by their MD5.

        Visible whole or not at all.

        Args:
            name: The object.
            arriving: What it will be.
            if_match: The tag of what it replaces; None where nothing may be there.

        Raises:
            AlreadyExists: Something is there and `if_match` is None.
            Changed: What should be replaced has another tag or is gone; `CutShort` where the
                service refuses the bytes.
        """

    def delete(self, name: str, *, if_match: str | None = None) -> None:
        """Removes an object; removing what is not there is no error.

        Raises:
            Changed: The object's tag is not `if_match`.
            Locked: It is locked or held. Where versions are kept, this is told only with
                `if_match`, and by stores that heed locks (`open_folder` opens such).
        """

    def path_of(self, name: str) -> Path | None:
        """The object's file where it already lies on this machine's disk, else None."""

    def signed_address(self, pinned: ObjectInfo, *, seconds: int) -> str | None:
        """Where another service can fetch the pinned object for so long; None where none can.

        It is a secret: whoever has it may read the object.
        """

    def upload(self, name: str, *, id: str | None = None) -> Upload:
        """A new upload of an object, or one that has begun, by its id."""

    def uploads_of(self, name: str) -> Sequence[str]:
        """The ids of uploads of that very name that have begun and not ended."""

    def protection(self, name: str) -> Protection | None:
        """What keeps the object from being changed or removed now; None where nothing does.

        In a store that cannot lock objects it is None too.

        Raises:
            NotFound: There is no such object.
        """

    def protect(self, name: str, protection: Protection) -> Protection:
        """Locks an object for as long, and holds it where that is said.

        A lock is made longer and firmer, never shorter or weaker, and a hold stays.

        Returns:
            What holds now.

        Raises:
            Unprotectable: The store cannot.
            NotFound: There is no such object.
            AccessDenied: The right to do it is missing.
        """

    def release(self, name: str) -> Protection | None:
        """Ends an object's legal hold; its lock stays. None was there is no error.

        Returns:
            What holds now.

        Raises:
            Unprotectable: The store cannot.
            NotFound: There is no such object.
        """
