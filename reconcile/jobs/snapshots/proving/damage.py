"""What is found damaged of a repository's content, and which objects of which snapshots that is."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from reconcile.jobs.snapshots.shelf import Lost, Shelf
from reconcile.model.snapshot import Manifest, SavedObject

MOST_NAMES = 100
MOST_CHUNKS = 50_000
"""Ids that a line of the ledger names."""


@dataclass
class Damage:
    """What was found, by what it is; shared by threads.

    Attributes:
        chunks: Ids of chunks, each with what is wrong with it.
        segments: Likewise of segments.
        objects: Segment and name of objects that are not what their content says, with the reason.
    """

    chunks: dict[str, str] = field(default_factory=dict)
    segments: dict[str, str] = field(default_factory=dict)
    objects: dict[tuple[str, str], str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __bool__(self) -> bool:
        return bool(self.chunks or self.segments or self.objects)

    def of_chunk(self, id: str, reason: str) -> None:
        """A chunk is damaged."""
        with self._lock:
            self.chunks.setdefault(id, reason)

    def of_object(self, segment: str, name: str, reason: str) -> None:
        """An object is not what its segment says."""
        with self._lock:
            self.objects.setdefault((segment, name), reason)

    def within(self, manifest: Manifest, shelf: Shelf) -> Harmed:
        """What of it harms a snapshot."""
        harmed = Harmed()
        if not self:
            return harmed
        for segment in manifest.segments:
            try:
                if segment.id in self.segments:
                    raise _Known(self.segments[segment.id])
                objects = shelf.read(segment)
            except (Lost, _Known) as error:
                harmed.objects += segment.objects
                harmed.otherwise = True
                names = f"{segment.first} to {segment.last}, {segment.objects} objects"
                harmed.name(segment.first, f"{names}: {error}")
                continue
            for one in objects:
                reason = self._of(segment.id, one, harmed)
                if reason is not None:
                    harmed.objects += 1
                    harmed.name(one.name, f"{one.name}: {reason}")
        return harmed

    def _of(self, segment: str, one: SavedObject, harmed: Harmed) -> str | None:
        found = [chunk.id for chunk in one.chunks if chunk.id in self.chunks]
        harmed.chunks.update(found)
        itself = self.objects.get((segment, one.name))
        harmed.otherwise = harmed.otherwise or itself is not None
        return self.chunks[found[0]] if found else itself


@dataclass
class Harmed:
    """What of a snapshot is damaged.

    Attributes:
        objects: How many objects.
        names: Of the first hundred.
        lines: What is wrong with them, a line each.
        chunks: Ids of the chunks that are.
        otherwise: Whether more is damaged than these chunks, so that putting them again is not all.
    """

    objects: int = 0
    names: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    chunks: set[str] = field(default_factory=set)
    otherwise: bool = False

    def name(self, name: str, line: str) -> None:
        """Names an object, as long as there is room."""
        if len(self.names) < MOST_NAMES:
            self.names.append(name)
            self.lines.append(line)

    def told(self) -> Iterator[tuple[str, object]]:
        """What a line of the ledger says of it."""
        if not self.objects:
            return
        yield "damaged", self.names
        yield "damaged_objects", self.objects
        yield "damaged_chunks", sorted(self.chunks)[:MOST_CHUNKS]
        if self.otherwise or len(self.chunks) > MOST_CHUNKS:
            yield "damaged_otherwise", True


class _Known(Exception):
    """A segment that was found damaged before."""
