"""Whether an object and its copy have the same bytes, and by what that is known."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from enum import StrEnum

from reconcile.errors import AccessDenied, BadInput, NotFound
from reconcile.model.ledger import Equality
from reconcile.model.objects import PROOFS, ObjectInfo
from reconcile.model.unfinished import Part
from reconcile.stores.checksum import (
    Verifier,
    can_compute,
    checksum_of,
    combined_crc64nvme,
)
from reconcile.stores.parallel import carried_out
from reconcile.stores.protocol import ContainerMissing, Store
from reconcile.stores.refusals import changed

OURS = "crc64nvme"
"""The one checksum that both clouds know, and whose parts can be put together."""


class Way(StrEnum):
    """How a copy came about."""

    STREAMED = "streamed"
    """Through this process."""
    SERVER_SIDE = "server_side"
    """The destination's service fetched it."""
    READ = "read"
    """It was there: nothing was written."""


@dataclass(frozen=True)
class Copied:
    """An object and its copy.

    Attributes:
        origin: As pinned, with the checksums that were vouched for and computed.
        destination: As it was written or found, likewise.
        equality: PROVEN, DIFFERENT or UNPROVEN.
        algorithm: Of the proof; None where sizes sufficed or nothing could be known.
        origin_value: The checksum of the origin's bytes, base64.
        destination_value: The checksum of the destination's.
        way: How it came about.
        end: The object's last bytes, up to 64 KiB, where they passed through here.
    """

    origin: ObjectInfo
    destination: ObjectInfo
    equality: Equality
    algorithm: str | None
    origin_value: str | None
    destination_value: str | None
    way: Way
    end: bytes = b""


def judged(
    origin: ObjectInfo,
    destination: ObjectInfo,
    algorithm: str,
    *,
    way: Way = Way.READ,
    end: bytes = b"",
) -> Copied:
    """Both by their checksums of one algorithm, as far as they are known."""
    values = origin.checksums.get(algorithm), destination.checksums.get(algorithm)
    if None in values:
        equality = Equality.UNPROVEN
    else:
        equality = Equality.PROVEN if values[0] == values[1] else Equality.DIFFERENT
    return Copied(origin, destination, equality, algorithm, *values, way, end)


@dataclass(frozen=True)
class Reader:
    """Reads objects for their checksums.

    Attributes:
        part_size: Bytes of a part.
        workers: Read parts of one object at once; None is one after the other.
    """

    part_size: int
    workers: Executor | None

    def with_checksum(self, store: Store, info: ObjectInfo, algorithm: str) -> ObjectInfo:
        """The object with its checksum: the one it comes with, else the one of its bytes.

        Raises:
            Changed: It is no longer the pinned one.
        """
        if algorithm in info.checksums:
            return info
        try:
            value = self._computed(store, info, algorithm)
        except ContainerMissing:
            raise
        except NotFound as error:
            raise changed(where(store, info.name)) from error
        return replace(info, checksums={**info.checksums, algorithm: value})

    def _computed(self, store: Store, info: ObjectInfo, algorithm: str) -> str:
        if info.size <= self.part_size:
            data, checksums = store.get_whole(info)
            return checksums.get(algorithm) or checksum_of(data, algorithm=algorithm)
        if algorithm == OURS:
            return self._combined(store, info)
        verifier = Verifier({algorithm: ""})
        for start, length in ranges(info.size, self.part_size):
            verifier.update(range_of(store, info, start, length))
        return verifier.computed()[algorithm]

    def _combined(self, store: Store, info: ObjectInfo) -> str:
        parts: dict[int, Part] = {}

        def read(start_and_length: tuple[int, int]) -> None:
            start, length = start_and_length
            data = range_of(store, info, start, length)
            parts[start] = Part(length, checksum_of(data, algorithm=OURS))

        for _ in carried_out(self.workers, read, ranges(info.size, self.part_size)):
            pass
        return combined_crc64nvme(parts[start] for start in sorted(parts))


def proven(
    origin_store: Store,
    origin: ObjectInfo,
    destination_store: Store,
    destination: ObjectInfo,
    *,
    reader: Reader,
) -> Copied:
    """Both, by checksums that are vouched for, else of the bytes of what has none.

    What cannot be read, being archived or not allowed, is UNPROVEN.

    Raises:
        Changed: One of them is no longer the pinned one.
        Transient: A store does not answer.
    """
    if origin.size != destination.size:
        return Copied(origin, destination, Equality.DIFFERENT, None, None, None, Way.READ)
    algorithm = None
    try:
        origin = with_vouched(origin_store, origin)
        destination = with_vouched(destination_store, destination)
        algorithm = _algorithm(origin, destination)
        destination = reader.with_checksum(destination_store, destination, algorithm)
        origin = reader.with_checksum(origin_store, origin, algorithm)
    except ContainerMissing:
        raise
    except BadInput as error:
        if not isinstance(error, AccessDenied) and "archived" not in error.what:
            raise
        return Copied(origin, destination, Equality.UNPROVEN, algorithm, None, None, Way.READ)
    return judged(origin, destination, algorithm)


def with_vouched(store: Store, info: ObjectInfo) -> ObjectInfo:
    """The object with what its service vouches for, which listings do not tell.

    Raises:
        Changed: It is no longer the pinned one.
    """
    if info.checksums:
        return info
    try:
        headed = store.head(info.name)
    except ContainerMissing:
        raise
    except NotFound as error:
        raise changed(where(store, info.name)) from error
    if (headed.etag, headed.size) != (info.etag, info.size):
        raise changed(where(store, info.name))
    return replace(info, checksums=headed.checksums, md5=headed.md5)


def ranges(size: int, part_size: int) -> Iterator[tuple[int, int]]:
    """Where each part of an object begins, and its length."""
    return ((start, min(part_size, size - start)) for start in range(0, size, part_size))


def range_of(store: Store, info: ObjectInfo, start: int, length: int) -> bytes:
    """The bytes of a range of the pinned object, all of them.

    Raises:
        Changed: It is no longer the pinned one.
    """
    try:
        data = store.get(info.name, start=start, length=length, if_match=info.etag)
    except ContainerMissing:
        raise
    except NotFound as error:
        raise changed(where(store, info.name)) from error
    if len(data) != length:
        raise changed(where(store, info.name))
    return data


def where(store: Store, name: str) -> str:
    """An object's place, for messages."""
    return f"{store.root}/{name}"


def _algorithm(origin: ObjectInfo, destination: ObjectInfo) -> str:
    """By what both are compared: what both come with, else what one comes with, else our own."""
    vouched = [
        name for name in PROOFS if (name in origin.checksums or name in destination.checksums)
    ]
    both = [name for name in vouched if name in origin.checksums and name in destination.checksums]
    if both:
        return both[0]
    computable = [name for name in vouched if can_compute(name)]
    return OURS if OURS in computable or not computable else computable[0]
