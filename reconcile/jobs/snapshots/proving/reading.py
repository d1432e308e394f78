"""Reading content of a repository again: what it is, and whether objects are what they say."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from reconcile.errors import Damaged
from reconcile.jobs.snapshots.lanes import Lanes
from reconcile.jobs.snapshots.proving.damage import Damage
from reconcile.model.snapshot import Chunk, SavedObject, Segment
from reconcile.model.unfinished import Part
from reconcile.repository.chunks import Content, is_there, read_content
from reconcile.repository.digests import Digests
from reconcile.repository.present import Present
from reconcile.repository.repository import Repository
from reconcile.snapshots.share import in_share
from reconcile.stores.checksum import checksum_of, combined_crc64nvme
from reconcile.stores.parallel import carried_out

_OURS = "crc64nvme"
_PARQUET = b"PAR1"
_ASKED_FOR = 1000
"""Chunks that a listing lacks and that are asked for one by one."""


@dataclass(frozen=True)
class Due:
    """An object, and which of its chunks are to be read now.

    Attributes:
        segment: Its segment's id.
        saved: The object.
        chunks: Those to be read; numbers, from 0.
    """

    segment: str
    saved: SavedObject
    chunks: tuple[int, ...]

    @property
    def size(self) -> int:
        """Bytes that are read."""
        return sum(self.saved.chunks[number].size for number in self.chunks)

    @property
    def is_whole(self) -> bool:
        """Whether all of it is read."""
        return len(self.chunks) == len(self.saved.chunks)


@dataclass(frozen=True)
class Share:
    """Which content is read: a share of it, by the ids of chunks.

    Attributes:
        share: 0 to 1.
        round: Which of the rounds after which all was read.
    """

    share: float
    round: int

    def holds(self, chunk: Chunk) -> bool:
        """Whether a chunk is read."""
        return self.share >= 1 or in_share(chunk.id, self.share, self.round)


@dataclass
class Reader:
    """Reads content, each piece once.

    Attributes:
        repository: Whose.
        present: What is there.
        damage: What was found wrong so far.
        read_chunks: Pieces that were read.
        read_bytes: Their bytes.
    """

    repository: Repository
    present: Present
    damage: Damage
    read_chunks: int = 0
    read_bytes: int = 0
    _seen: Digests = field(default_factory=Digests)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def checked(self, segment: Segment, objects: Sequence[SavedObject]) -> None:
        """Checks objects without reading any: all content is there, each is what it says."""
        for one in objects:
            for chunk in one.chunks:
                if not self.present.has(chunk) and not self._there_after_all(chunk):
                    self.damage.of_chunk(chunk.id, "its content is absent, or of another size")
            if len(one.chunks) == 1:
                id = self.repository.id_of_sha256(bytes.fromhex(one.sha256))
                if id != one.chunks[0].id:
                    reason = "its content has another checksum than it"
                    self.damage.of_object(segment.id, one.name, reason)

    def _there_after_all(self, chunk: Chunk) -> bool:
        """Whether a listing came short: what it lacks is asked for by itself, as long as it is
        little."""
        if chunk.id in self.damage.chunks or len(self.damage.chunks) >= _ASKED_FOR:
            return False
        if not is_there(self.repository, chunk):
            return False
        self.present.add(chunk)
        return True

    def due(self, segment: Segment, one: SavedObject, numbers: Iterable[int]) -> Due:
        """The object with those of the chunks that were not read before, and are there."""
        fresh = []
        for number in numbers:
            chunk = one.chunks[number]
            digest = bytes.fromhex(chunk.id)
            if self._seen.size(digest) != chunk.size and chunk.id not in self.damage.chunks:
                self._seen.put(digest, chunk.size)
                fresh.append(number)
        return Due(segment.id, one, tuple(fresh))

    def read(self, due: Due, lanes: Lanes, on_bytes: Callable[[int], None]) -> None:
        """Reads what is due of an object and checks it."""
        parts: dict[int, Part] = {}
        ends: dict[int, bytes] = {}
        last = len(due.saved.chunks) - 1

        def one(number: int) -> None:
            chunk = due.saved.chunks[number]
            content = self._content(chunk)
            if content is None:
                return
            on_bytes(chunk.size)
            if due.is_whole:
                parts[number] = Part(chunk.size, checksum_of(content.data, algorithm=_OURS))
            if number >= last - 1:
                ends[number] = content.data

        workers = lanes.pieces if len(due.chunks) > 1 else None
        for _ in carried_out(workers, one, due.chunks):
            pass
        self._judge(due, parts, ends, last)

    def _content(self, chunk: Chunk) -> Content | None:
        try:
            content = read_content(self.repository, chunk)
        except Damaged as error:
            self.damage.of_chunk(chunk.id, error.fact())
            return None
        with self._lock:
            self.read_chunks += 1
            self.read_bytes += chunk.size
        return content

    def _judge(self, due: Due, parts: dict[int, Part], ends: dict[int, bytes], last: int) -> None:
        saved = due.saved
        if len(parts) == last + 1:
            found = combined_crc64nvme(parts[number] for number in sorted(parts))
            if found != saved.crc64nvme:
                reason = f"its bytes have the CRC-64 {found}, and {saved.crc64nvme} was saved"
                self.damage.of_object(due.segment, saved.name, reason)
                return
        if last in ends:
            self._judge_footer(due, b"".join(ends[number] for number in sorted(ends)))

    def _judge_footer(self, due: Due, end: bytes) -> None:
        saved = due.saved
        if len(end) < len(_PARQUET):
            return  # its last piece is so small that its end began in the one before
        if not end.endswith(_PARQUET):
            if saved.rows is not None:
                reason = f"it is no Parquet any more, and had {saved.rows} rows"
                self.damage.of_object(due.segment, saved.name, reason)
            return
        # Arrow takes a third of a second to import, which a check of manifests need not wait for.
        from reconcile.engines.footer import footer_facts  # noqa: PLC0415

        facts = footer_facts(end)
        if facts is None or saved.rows is None:
            return  # longer than what was read of it, or not plain
        if (facts.rows, facts.schema) != (saved.rows, saved.schema):
            told = "other columns" if facts.rows == saved.rows else f"{facts.rows} rows"
            reason = f"its footer tells of {told}, and {saved.rows} rows were saved"
            self.damage.of_object(due.segment, saved.name, reason)
