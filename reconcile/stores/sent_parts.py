"""The parts of a copy as they are sent: fetched by the destination's service, or read here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import dataclass

from reconcile.model.objects import ObjectInfo
from reconcile.model.unfinished import Part
from reconcile.stores.arriving import END_BYTES
from reconcile.stores.checksum import Verifier, checksum_of
from reconcile.stores.parallel import carried_out
from reconcile.stores.proof import OURS, Way
from reconcile.stores.protocol import CannotFetch, Store, Upload
from reconcile.stores.spans import Spans

_LONGEST_ADDRESS = 2048
"""Characters of an address that Blob Storage still fetches from."""
_ADDRESS_SECONDS = 3600


@dataclass(frozen=True)
class Parts:
    """A copy in parts that is under way.

    Attributes:
        origin: What is copied.
        upload: Where to.
        ranges: Where each part begins, and its length, by number.
        hashed: Is given all bytes in order; None where nothing has to be.
        or_at_once: Whether it goes in one request instead where none can be fetched.
    """

    origin: ObjectInfo
    upload: Upload
    ranges: Mapping[int, tuple[int, int]]
    hashed: Verifier | None
    or_at_once: bool = False


@dataclass(frozen=True)
class Sent:
    """A part that the destination has: of what bytes, where they passed through here."""

    number: int
    part: Part
    way: Way
    end: bytes = b""


@dataclass
class Fetching:
    """Whether the destination's service fetches by itself: what copies learn of it, and share.

    Attributes:
        is_asked: Whether it is asked to. Once it has said that it will not, it is not any more.
        is_known: Whether it has done so.
    """

    is_asked: bool
    is_known: bool = False


class Sender:
    """Sends parts of objects of one store; safe to share between threads.

    Args:
        origin: The store.
        fetching: Whether the destination's service may be asked to fetch parts.
        workers: Send parts of one object at once; None is one part after the other.
    """

    def __init__(self, origin: Store, *, fetching: Fetching, workers: Executor | None) -> None:
        self._origin = origin
        self._fetching = fetching
        self._workers = workers

    def may_be_fetched(self, origin: ObjectInfo) -> bool:
        """Whether the destination's service can be asked to fetch an object by itself."""
        return self._address(origin) is not None

    def sent(self, parts: Parts, there: Collection[int]) -> Iterator[Sent]:
        """The parts as they have arrived, those that are there already left out.

        Raises:
            CannotFetch: None is there and none can be fetched, and it can go in one request.
            Changed: The origin is no longer the pinned one.
            Transient: A store does not answer.
        """
        if parts.hashed is not None:
            yield from self._hashed(parts, parts.hashed, there)
            return
        missing = [number for number in parts.ranges if number not in there]
        with closing(Spans(self._origin, parts.origin, parts.ranges, missing)) as spans:
            left = len(missing)
            if left and self._fetching.is_asked and not self._fetching.is_known:
                yield self._send(parts, spans)  # one first, to know about the others
                left -= 1
            steps: list[Callable[[], Sent]] = [lambda: self._send(parts, spans)] * left
            yield from carried_out(self._workers, lambda step: step(), steps)

    def _hashed(self, parts: Parts, hashed: Verifier, there: Collection[int]) -> Iterator[Sent]:
        """One after the other, and all are read: so the checksum of the whole is computed."""
        with closing(Spans(self._origin, parts.origin, parts.ranges, parts.ranges)) as spans:
            for _ in parts.ranges:
                number, data = spans.taken()
                hashed.update(data)
                if number not in there:
                    yield _put(parts, number, data)

    def _send(self, parts: Parts, spans: Spans) -> Sent:
        """Sends the part that is next."""
        address = self._address(parts.origin)
        if address is None:
            return _put(parts, *spans.taken())
        number = spans.passed()
        fetched = self._fetched(parts, number, address)
        if fetched is not None:
            return Sent(number, fetched, Way.SERVER_SIDE)
        spans.put_back(number)
        return _put(parts, *spans.taken())

    def _address(self, origin: ObjectInfo) -> str | None:
        """Where the destination's service can fetch the origin; None where it cannot or may not."""
        if not self._fetching.is_asked or OURS not in origin.checksums:
            return None
        address = self._origin.signed_address(origin, seconds=_ADDRESS_SECONDS)
        return None if address is None or len(address) > _LONGEST_ADDRESS else address

    def _fetched(self, parts: Parts, number: int, address: str) -> Part | None:
        """A part that the destination's service has fetched; None where it will not."""
        start, length = parts.ranges[number]
        try:
            part = parts.upload.put_part_from(
                number, address, start=start, length=length, etag=parts.origin.etag
            )
        except CannotFetch:
            self._fetching.is_asked = False  # nor will it for other objects
            if parts.or_at_once and not self._fetching.is_known:
                raise
            return None
        self._fetching.is_known = True
        return part


def _put(parts: Parts, number: int, data: bytes) -> Sent:
    """Sends a part that was read."""
    part = Part(len(data), checksum_of(data, algorithm=OURS))
    parts.upload.put_part(number, data, crc64nvme=part.crc64nvme)
    start, length = parts.ranges[number]
    is_last = start + length == parts.origin.size
    return Sent(number, part, Way.STREAMED, data[-END_BYTES:] if is_last else b"")
