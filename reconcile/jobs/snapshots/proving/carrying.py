"""Carrying content from one repository to another: read, proven, and put under the other's keys."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby

from reconcile.jobs.snapshots.creating.basis import distrusted
from reconcile.jobs.snapshots.lanes import Lanes
from reconcile.jobs.snapshots.loading import Loaded
from reconcile.jobs.snapshots.progress import SnapshotProgress
from reconcile.jobs.snapshots.shelf import Lost, Shelf
from reconcile.jobs.snapshots.work import SnapshotWork
from reconcile.model.snapshot import Chunk, Manifest, SavedObject, Segment
from reconcile.repository.chunks import put_chunk, read_content
from reconcile.repository.present import Present
from reconcile.repository.repository import Repository
from reconcile.stores.parallel import carried_out


@dataclass
class Carrier:
    """Carries the content of a snapshot; safe to share between threads.

    Attributes:
        source: Where it is read.
        target: Where it is put.
        present: What the target has.
        earlier: Content of an earlier snapshot there, by the SHA-256 of objects of several pieces:
            what the pieces are called under the target's keys nobody could say without them.
        new_bytes: Bytes that were put.
    """

    source: Repository
    target: Repository
    present: Present
    earlier: dict[str, tuple[Chunk, ...]]
    new_bytes: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def prepared(cls, source: Repository, target: Repository, there: Loaded) -> Carrier:
        """Learns what the target has. Whoever sweeps it sees by now that we rely on that."""
        present = Present.listed(target, without=distrusted(there.lines), marked=False)
        carrier = cls(source, target, present, {})
        if source.encrypted and there.standings:
            carrier._learn(there.standings[-1].manifest)
        return carrier

    def carried(
        self, work: SnapshotWork, manifest: Manifest, progress: SnapshotProgress
    ) -> tuple[Segment, ...]:
        """The snapshot's segments in the target, with all that they hold.

        Raises:
            Damaged: What is to be carried is not what was saved.
        """
        shelf = Shelf(self.target, self.present)
        segments = []
        with Lanes.open(
            piece_size=self.source.chunk_size,
            parallel=work.rules.limits.parallel,
            interrupted=work.stop,
        ) as lanes:

            def carry(item: _Item) -> tuple[int, SavedObject]:
                done = self._object(item, lanes)
                if item.lacking:
                    progress.done(1, item.saved.size)
                return item.segment, done

            items = self._items(manifest, progress)
            results = lanes.in_order(items, carry, size_of=_size)
            for _, run in groupby(results, key=lambda one: one[0]):
                segments.append(shelf.written([one for _, one in run]))
        return tuple(segments)

    def _items(self, manifest: Manifest, progress: SnapshotProgress) -> Iterator[_Item]:
        shelf = Shelf(self.source, Present())
        for number, segment in enumerate(manifest.segments):
            try:
                objects = shelf.read(segment)
            except Lost as lost:
                raise lost.error from lost
            for one in objects:
                known = self._known(one)
                lacking = known is None or not all(self.present.has(chunk) for chunk in known)
                if lacking:
                    progress.planned(1, one.size)
                yield _Item(number, one, known, lacking)

    def _known(self, one: SavedObject) -> tuple[Chunk, ...] | None:
        """What an object's content is called in the target; None where it must be read for that."""
        if not self.source.encrypted:
            return tuple(self._named(bytes.fromhex(chunk.id), chunk.size) for chunk in one.chunks)
        if len(one.chunks) == 1:
            return (self._named(bytes.fromhex(one.sha256), one.size),)
        sizes = [chunk.size for chunk in one.chunks]
        earlier = self.earlier.get(one.sha256, ())
        return earlier if [chunk.size for chunk in earlier] == sizes else None

    def _named(self, sha256: bytes, size: int) -> Chunk:
        return Chunk(self.target.id_of_sha256(sha256), size)

    def _object(self, item: _Item, lanes: Lanes) -> SavedObject:
        saved = item.saved
        if not item.lacking and item.known is not None:
            return replace(saved, chunks=item.known)
        chunks: dict[int, Chunk] = {}

        def carry(number: int) -> None:
            known = None if item.known is None else item.known[number]
            if known is not None and self.present.has(known):
                chunks[number] = known
            else:
                chunks[number] = self._chunk(saved.chunks[number])

        numbers = range(len(saved.chunks))
        for _ in carried_out(lanes.pieces if len(numbers) > 1 else None, carry, numbers):
            pass
        return replace(saved, chunks=tuple(chunks[number] for number in numbers))

    def _chunk(self, chunk: Chunk) -> Chunk:
        """A chunk, put into the target; what was read is proven by its id."""
        content = read_content(self.source, chunk)
        copied = self._named(content.sha256, chunk.size)
        with self._lock:
            if self.present.has(copied):
                return copied
            # Whoever carries the same at this moment relies on this: when it fails, all fails.
            self.present.add(copied)
        put_chunk(self.target, content.data, sha256=content.sha256)
        with self._lock:
            self.new_bytes += chunk.size
        return copied

    def _learn(self, manifest: Manifest) -> None:
        shelf = Shelf(self.target, self.present)
        for segment in manifest.segments:
            try:
                objects = shelf.read(segment)
            except Lost:
                continue
            self.earlier |= {one.sha256: one.chunks for one in objects if len(one.chunks) > 1}


@dataclass(frozen=True)
class _Item:
    segment: int
    saved: SavedObject
    known: tuple[Chunk, ...] | None
    lacking: bool


def _size(item: _Item) -> int | None:
    return item.saved.size if item.lacking else None
