"""Which content is there, as one listing of the repository tells, in little memory."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from reconcile.model.snapshot import Chunk, Segment
from reconcile.repository import listing, marks
from reconcile.repository.digests import Digests
from reconcile.repository.layout import Kind
from reconcile.repository.marks import Mark
from reconcile.repository.repository import Repository

_LISTINGS = 8
"""Listings at once."""


class Present:
    """The chunks and segments that lie in a repository, each with its size.

    Safe to share between threads. It knows what lay there when it was listed, and what was added
    since; content of another size than it should have is not there.
    """

    def __init__(self) -> None:
        self._chunks = Digests()
        self._segments = Digests()

    @classmethod
    def listed(
        cls, repository: Repository, *, without: Iterable[str] = (), marked: bool = True
    ) -> Present:
        """What a listing of the repository says.

        Args:
            repository: The repository.
            without: Ids that are not relied on, such as of what was found damaged. They are
                written again.
            marked: Whether what is marked to be swept counts; no create may rely on it.
        """
        present = cls()
        present._chunks = _there(repository, Kind.CHUNK)
        present._segments = _there(repository, Kind.SEGMENT)
        for id in without:
            present._chunks.remove(bytes.fromhex(id))
            present._segments.remove(bytes.fromhex(id))
        if not marked:
            present._leave_out(marks.read(repository))
        return present

    def has(self, chunk: Chunk) -> bool:
        """Whether a chunk is there, whole."""
        return self._chunks.size(bytes.fromhex(chunk.id)) == chunk.size

    def has_segment(self, segment: Segment) -> bool:
        """Whether a segment is there, whole."""
        return self._segments.size(bytes.fromhex(segment.id)) == segment.size

    def add(self, chunk: Chunk) -> None:
        """A chunk was stored."""
        self._chunks.put(bytes.fromhex(chunk.id), chunk.size)

    def add_segment(self, id: str, size: int) -> None:
        """A segment was stored."""
        self._segments.put(bytes.fromhex(id), size)

    def remove(self, chunk: Chunk) -> None:
        """A chunk was found damaged: it is to be written again."""
        self._chunks.remove(bytes.fromhex(chunk.id))

    def _leave_out(self, found: Iterable[Mark]) -> None:
        for one in (one for mark in found for one in mark.content):
            known = self._chunks if one.kind is Kind.CHUNK else self._segments
            known.remove(bytes.fromhex(one.id))

    @property
    def chunks(self) -> int:
        """How many chunks are there, whole or not."""
        return len(self._chunks)

    @property
    def segments(self) -> int:
        """How many segments are there, whole or not."""
        return len(self._segments)


def _there(repository: Repository, kind: Kind) -> Digests:
    there = Digests()

    def take(share: str) -> None:
        there.take(
            (bytes.fromhex(id), info.size - repository.overhead)
            for id, info in listing.stored(repository, kind, share)
        )

    with ThreadPoolExecutor(_LISTINGS) as several:
        for _ in several.map(take, listing.shares(repository, kind)):
            pass  # raises what a listing raised
    return there
