"""Which content the snapshots of a repository need."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from reconcile.model.snapshot import Manifest, Segment
from reconcile.repository.chunks import read_segment
from reconcile.repository.digests import ABSENT, Digests
from reconcile.repository.layout import Kind
from reconcile.repository.repository import Repository
from reconcile.snapshots.segments import opened

_READ_AT_ONCE = 4
"""A segment that is read takes some megabytes."""


class Needed:
    """Ids of chunks and segments; a million of them in 50 MB."""

    def __init__(self) -> None:
        self._ids = {kind: Digests() for kind in Kind}

    @classmethod
    def by(cls, repository: Repository, manifests: Iterable[Manifest]) -> Needed:
        """What some snapshots need.

        Raises:
            Damaged: A segment is not what was stored: nobody knows what it needs.
        """
        needed = cls()
        segments = {one.id: one for manifest in manifests for one in manifest.segments}

        def take(segment: Segment) -> None:
            objects = opened(segment, read_segment(repository, segment))
            ids = {chunk.id for saved in objects for chunk in saved.chunks}
            needed._ids[Kind.CHUNK].take((bytes.fromhex(id), 1) for id in ids)

        needed._ids[Kind.SEGMENT].take((bytes.fromhex(id), 1) for id in segments)
        with ThreadPoolExecutor(_READ_AT_ONCE, "segment") as readers:
            running: set[Future[None]] = set()
            for segment in segments.values():
                running.add(readers.submit(take, segment))
                if len(running) >= _READ_AT_ONCE:
                    running = _without_done(running)
            for future in running:
                future.result()
        return needed

    def has(self, kind: Kind, id: str) -> bool:
        """Whether content is needed."""
        return self._ids[kind].size(bytes.fromhex(id)) != ABSENT

    def add(self, kind: Kind, id: str) -> None:
        """Takes content in."""
        self._ids[kind].put(bytes.fromhex(id), 1)


def _without_done(running: set[Future[None]]) -> set[Future[None]]:
    done, left = wait(running, return_when=FIRST_COMPLETED)
    for future in done:
        future.result()
    return left
