"""Checking the segments of snapshots, and the share of their content whose turn it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from reconcile.jobs.host import share_heaps
from reconcile.jobs.snapshots.lanes import Lanes
from reconcile.jobs.snapshots.progress import SnapshotProgress
from reconcile.jobs.snapshots.proving.damage import Damage
from reconcile.jobs.snapshots.proving.reading import Due, Reader, Share
from reconcile.jobs.snapshots.shelf import Lost, Shelf
from reconcile.jobs.snapshots.work import SnapshotWork
from reconcile.model.snapshot import Manifest, SavedObject, Segment
from reconcile.repository.digests import Digests
from reconcile.repository.present import Present
from reconcile.repository.repository import Repository


@dataclass(frozen=True)
class Read:
    """What of a segment is read: bytes, each piece of content once for every object of it."""

    bytes: int = 0

    def __add__(self, other: Read) -> Read:
        return Read(self.bytes + other.bytes)

    def __radd__(self, other: Read) -> Read:
        return self + other


@dataclass
class Checking:
    """Checks snapshots of one repository.

    Attributes:
        work: Of which dataset.
        shelf: Reads segments.
        reader: Reads content.
        share: Which content.
        progress: Told of objects and bytes.
        bytes: Bytes of all content of the snapshots, each piece once.
    """

    work: SnapshotWork
    shelf: Shelf
    reader: Reader
    share: Share
    progress: SnapshotProgress
    bytes: int = 0
    _counted: Digests = field(default_factory=Digests)

    @classmethod
    def prepared(
        cls, work: SnapshotWork, repository: Repository, share: Share, progress: SnapshotProgress
    ) -> Checking:
        """Lists what the repository has."""
        share_heaps()
        present = Present.listed(repository)
        reader = Reader(repository, present, Damage())
        return cls(work, Shelf(repository, present), reader, share, progress)

    def checked(self, manifests: Sequence[Manifest]) -> dict[str, Read]:
        """Checks all segments of snapshots, each once, and reads the share of their content.

        Returns:
            What is read of each segment, by its id.
        """
        figures: dict[str, Read] = {}
        with Lanes.open(
            piece_size=self.reader.repository.chunk_size,
            parallel=self.work.rules.limits.parallel,
            interrupted=self.work.stop,
        ) as lanes:
            due = self._due(manifests, figures)
            for _ in lanes.in_order(due, lambda one: self._read(one, lanes), size_of=_size):
                pass
        return figures

    def _due(self, manifests: Sequence[Manifest], figures: dict[str, Read]) -> Iterator[Due]:
        for manifest in reversed(manifests):
            for segment in manifest.segments:
                if segment.id not in figures:
                    yield from self._of_segment(segment, figures)
            has_read = any(figures[one.id].bytes for one in manifest.segments)
            if not has_read and self.share.share > 0:
                yield from self._least(manifest, figures)

    def _of_segment(self, segment: Segment, figures: dict[str, Read]) -> Iterator[Due]:
        objects = self._objects(segment)
        size = 0
        self.reader.checked(segment, objects)
        for one in objects:
            self._count(one)
            numbers = [number for number, chunk in enumerate(one.chunks) if self.share.holds(chunk)]
            size += sum(one.chunks[number].size for number in numbers)
            yield from self._fresh(segment, one, numbers)
        figures[segment.id] = Read(size)

    def _least(self, manifest: Manifest, figures: dict[str, Read]) -> Iterator[Due]:
        """One object, where the share is so small that the turn is nobody's of a snapshot."""
        full = [one for one in manifest.segments if one.bytes]
        if not full:
            return
        segment = full[self.share.round % len(full)]
        objects = [one for one in self._objects(segment) if one.chunks]
        if not objects:
            return
        one = objects[self.share.round % len(objects)]
        figures[segment.id] += Read(one.chunks[-1].size)
        yield from self._fresh(segment, one, [len(one.chunks) - 1])

    def _fresh(self, segment: Segment, one: SavedObject, numbers: list[int]) -> Iterator[Due]:
        due = self.reader.due(segment, one, numbers)
        if due.chunks:
            self.progress.planned(1, due.size)
            yield due

    def _objects(self, segment: Segment) -> Sequence[SavedObject]:
        try:
            return self.shelf.read(segment)
        except Lost as lost:
            self.reader.damage.segments[segment.id] = lost.error.fact()
            return ()

    def _count(self, one: SavedObject) -> None:
        for chunk in one.chunks:
            digest = bytes.fromhex(chunk.id)
            if self._counted.size(digest) != chunk.size:
                self._counted.put(digest, chunk.size)
                self.bytes += chunk.size

    def _read(self, due: Due, lanes: Lanes) -> None:
        self.reader.read(due, lanes, lambda size: self.progress.done(0, size))
        self.progress.done(1, 0)


def _size(due: Due) -> int:
    return due.size
