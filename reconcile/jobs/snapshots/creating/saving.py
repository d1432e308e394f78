"""Saving one object: read pinned, checked on the way, put into the repository piece by piece."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, field

from reconcile.errors import NotFound, Transient
from reconcile.jobs.snapshots.origin import Origin
from reconcile.model.objects import ObjectInfo
from reconcile.model.snapshot import CHUNK_SIZE, Chunk, SavedObject
from reconcile.model.unfinished import Part
from reconcile.repository.chunks import put_chunk
from reconcile.repository.present import Present
from reconcile.repository.repository import Repository
from reconcile.stores.checksum import checksum_of, combined_crc64nvme
from reconcile.stores.parallel import carried_out
from reconcile.stores.proof import range_of, ranges, where, with_vouched
from reconcile.stores.protocol import ContainerMissing, CutShort
from reconcile.stores.refusals import changed

_OURS = "crc64nvme"
_END = CHUNK_SIZE
"""So many last bytes of an object are kept for its footer while it passes by."""


@dataclass
class Stored:
    """What was put into a repository so far; shared by threads.

    Attributes:
        damaged: Ids of chunks that a verification found damaged.
        healed: Those of them that were put again.
        bytes: Bytes of content, as they are in objects.
        failure: Why a piece could not be put; None where all could.
    """

    damaged: Collection[str] = ()
    healed: set[str] = field(default_factory=set)
    bytes: int = 0
    failure: BaseException | None = None

    def require_all(self) -> None:
        """Passes where every piece was put: else others rely on one that is not there.

        To be asked when nobody puts any more: a failure may have been lost behind another.
        """
        if self.failure is not None:
            raise self.failure


@dataclass(frozen=True)
class Saver:
    """Saves objects of an origin; safe to share between threads.

    Attributes:
        origin: Whose objects.
        repository: Where to.
        present: What the repository has.
        workers: Carry pieces of large objects, no more of them in memory than there are workers;
            not those that call `save`.
        stored: What was put so far.
        on_bytes: Is told of bytes as they have arrived.
    """

    origin: Origin
    repository: Repository
    present: Present
    workers: Executor
    stored: Stored
    on_bytes: Callable[[int], None] = lambda _size: None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def save(self, info: ObjectInfo) -> SavedObject:
        """Saves an object, by its name below the origin's location.

        Raises:
            Changed: It is no longer the pinned one, or is gone.
            CutShort: Its bytes are not those that its service vouches for.
            Transient: The repository does not take a piece of it. No snapshot is made then.
        """
        name = self.origin.full_name(info.name)
        pinned = ObjectInfo(name, info.size, info.etag, info.version, info.modified)
        try:
            if info.size == 0:
                return self._whole(info, b"", checksum_of(b"", algorithm=_OURS))
            if info.size <= self.repository.chunk_size:
                data, checksums = self.origin.store.get_whole(pinned)
                self.on_bytes(len(data))
                return self._whole(info, data, checksums[_OURS])
            return self._in_pieces(info, with_vouched(self.origin.store, pinned))
        except ContainerMissing:
            raise
        except NotFound as error:
            raise changed(where(self.origin.store, name)) from error

    def put(self, data: bytes, *, sha256: bytes) -> Chunk:
        """Puts a piece of content where the repository does not have it."""
        chunk = Chunk(self.repository.id_of_sha256(sha256), len(data))
        with self._lock:
            if self.present.has(chunk):
                return chunk
            # Whoever saves the same at this moment relies on this: when it fails, all fails.
            self.present.add(chunk)
        try:
            put_chunk(self.repository, data, sha256=sha256)
        except BaseException as error:
            self.stored.failure = self.stored.failure or error
            if isinstance(error, CutShort):  # of the origin that would be a change, and passed over
                raise Transient(error.what, found=error.found, next_step="run again") from error
            raise
        with self._lock:
            self.stored.bytes += len(data)
            if chunk.id in self.stored.damaged:
                self.stored.healed.add(chunk.id)
        return chunk

    def _whole(self, info: ObjectInfo, data: bytes, crc64nvme: str) -> SavedObject:
        sha256 = hashlib.sha256(data).digest()
        chunks = (self.put(data, sha256=sha256),) if data else ()
        return _saved(info, sha256.hex(), crc64nvme, chunks, data)

    def _in_pieces(self, info: ObjectInfo, pinned: ObjectInfo) -> SavedObject:
        spans = list(enumerate(ranges(info.size, self.repository.chunk_size)))
        digest = _DigestInTurn()
        pieces: dict[int, tuple[Chunk, Part]] = {}
        ends: dict[int, bytes] = {}

        def carry(numbered: tuple[int, tuple[int, int]]) -> None:
            number, (start, length) = numbered
            with digest.or_broken():
                data = range_of(self.origin.store, pinned, start, length)
                self.on_bytes(length)
                part = Part(length, checksum_of(data, algorithm=_OURS))
                pieces[number] = self.put(data, sha256=hashlib.sha256(data).digest()), part
                if start + length > info.size - _END:
                    ends[number] = data[-(start + length - info.size + _END) :]
                digest.take(number, data)

        for _ in carried_out(self.workers, carry, spans):
            pass
        ordered = [pieces[number] for number, _ in spans]
        crc64nvme = combined_crc64nvme(part for _, part in ordered)
        self._require_vouched(pinned, {_OURS: crc64nvme, "sha256": digest.base64()})
        end = b"".join(ends[number] for number in sorted(ends))
        return _saved(info, digest.hex(), crc64nvme, [chunk for chunk, _ in ordered], end)

    def _require_vouched(self, pinned: ObjectInfo, computed: dict[str, str]) -> None:
        for algorithm, found in computed.items():
            expected = pinned.checksums.get(algorithm, found)
            if found != expected:
                raise CutShort(
                    f"{where(self.origin.store, pinned.name)} arrived with other bytes",
                    found=f"{algorithm} {found}",
                    expected=f"{expected}, which its service vouches for",
                )


def _saved(
    info: ObjectInfo, sha256: str, crc64nvme: str, chunks: Sequence[Chunk], end: bytes
) -> SavedObject:
    rows, schema = _footer(end)
    return SavedObject(
        info.name,
        info.size,
        info.etag,
        info.version,
        sha256,
        crc64nvme,
        tuple(chunks),
        rows,
        schema,
    )


def _footer(end: bytes) -> tuple[int | None, str | None]:
    if not end.endswith(b"PAR1"):
        return None, None
    # Arrow takes a third of a second to import, which who saves nothing new need not wait for.
    from reconcile.engines.footer import footer_facts  # noqa: PLC0415

    facts = footer_facts(end)
    return (None, None) if facts is None else (facts.rows, facts.schema)


class _DigestInTurn:
    """SHA-256 of pieces that several threads bring, each in its turn."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._next = 0
        self._broken = False
        self._turn = threading.Condition()

    def take(self, number: int, data: bytes) -> None:
        """Takes a piece as soon as all before it were taken; never where one of them failed."""
        with self._turn:
            self._turn.wait_for(lambda: self._next == number or self._broken)
            if self._broken:
                return
        self._hash.update(data)
        with self._turn:
            self._next += 1
            self._turn.notify_all()

    @contextmanager
    def or_broken(self) -> Iterator[None]:
        """A block whose failure ends all waiting."""
        try:
            yield
        except BaseException:
            with self._turn:
                self._broken = True
                self._turn.notify_all()
            raise

    def hex(self) -> str:
        """Of all pieces, hexadecimal."""
        return self._hash.hexdigest()

    def base64(self) -> str:
        """Of all pieces, as services spell it."""
        return base64.b64encode(self._hash.digest()).decode()
