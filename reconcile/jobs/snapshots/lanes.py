"""Lanes: a stream of things is worked on side by side, in bounded memory, and comes out in order.

Small ones go side by side, each whole in memory. Large ones go beside them, few at once, since each
of them is carried in pieces that go side by side.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from reconcile.jobs.sync_lanes import IN_FLIGHT, Room, parts_at_once

T = TypeVar("T")
R = TypeVar("R")

_AHEAD = 1024
"""So many results wait at most for one before them."""
_LARGE_AT_ONCE = 2


@dataclass(frozen=True)
class Lanes:
    """Threads, and the room that they share.

    Attributes:
        pieces: Carries pieces of large things; no work of its own.
    """

    pieces: Executor
    _small: Executor
    _large: Executor
    _room: Room
    _piece_size: int
    _stopped: threading.Event

    @classmethod
    @contextmanager
    def open(
        cls,
        *,
        piece_size: int,
        parallel: int,
        interrupted: Callable[[], None],
        in_flight: int = IN_FLIGHT,
    ) -> Iterator[Lanes]:
        """Lanes for the length of the block.

        Args:
            piece_size: Bytes of a piece; what is larger is large.
            parallel: How many small things at once.
            interrupted: Called where the block ends with an error, so that nobody waits on.
            in_flight: Bytes of small things at once.
        """
        stopped = threading.Event()
        with (
            ThreadPoolExecutor(parts_at_once(piece_size, parallel=parallel), "piece") as pieces,
            ThreadPoolExecutor(parallel, "small") as small,
            ThreadPoolExecutor(_LARGE_AT_ONCE, "large") as large,
        ):
            try:
                yield cls(pieces, small, large, Room(in_flight), piece_size, stopped)
            except BaseException:
                stopped.set()
                interrupted()
                raise

    def in_order(
        self, items: Iterable[T], work: Callable[[T], R], *, size_of: Callable[[T], int | None]
    ) -> Iterator[R]:
        """What became of each item, in the order of the items. The first error ends it.

        Args:
            items: What to work on; taken as there is room.
            work: Done once for each, in threads.
            size_of: Bytes that an item holds in memory meanwhile; None where the work is nothing
                worth a thread.
        """
        waiting: deque[Future[R]] = deque()
        for item in items:
            waiting.append(self._begun(item, work, size_of(item)))
            if len(waiting) >= _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

    def _begun(self, item: T, work: Callable[[T], R], size: int | None) -> Future[R]:
        if size is None:
            done: Future[R] = Future()
            done.set_result(work(item))
            return done
        lane = self._small if size <= self._piece_size else self._large
        return lane.submit(self._done, item, work, size)

    def _done(self, item: T, work: Callable[[T], R], size: int) -> R:
        if self._stopped.is_set():
            raise InterruptedError
        if size > self._piece_size:
            return work(item)
        with self._room.taken(size):
            return work(item)
