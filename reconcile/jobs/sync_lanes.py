"""Lanes: many objects are worked on at once, in bounded memory, until one error stops them all.

Small objects go side by side, each whole in memory. Large ones go one after another beside them,
each in parts that go side by side.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")
U = TypeVar("U")

IN_FLIGHT = 48 * 1024**2
"""Bytes of small objects, and as many of parts of a large one, that are held at once."""


class Room:
    """So many bytes, for whoever comes first; what is larger than all of it waits to be alone."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._taken = 0
        self._given_back = threading.Condition()

    @contextmanager
    def taken(self, size: int) -> Iterator[None]:
        """Takes bytes for the length of the block, as soon as there are so many."""
        size = min(size, self._size)
        with self._given_back:
            self._given_back.wait_for(lambda: self._taken + size <= self._size)
            self._taken += size
        try:
            yield
        finally:
            with self._given_back:
                self._taken -= size
                self._given_back.notify_all()


@dataclass(frozen=True)
class Hold:
    """What may be in memory at once, of all windows together that are copied at the same time.

    Attributes:
        room: For small objects.
        large: Whose turn it is to send a large one.
    """

    room: Room = field(default_factory=lambda: Room(IN_FLIGHT))
    large: threading.Lock = field(default_factory=threading.Lock)


def both(
    one: Callable[[], T], other: Callable[[], U], *, interrupted: Callable[[], None]
) -> tuple[T, U]:
    """What two calls answer that are made at once. Of two errors the first one's is raised.

    Args:
        one: Done by this thread.
        other: Done by another meanwhile, to its end whatever becomes of the first.
        interrupted: Called where this thread is told to stop meanwhile.
    """
    with ThreadPoolExecutor(1, "sync-both") as beside:
        later = beside.submit(other)
        try:
            first = one()
            return first, later.result()
        except Exception:
            raise
        except BaseException:
            interrupted()
            raise


def parts_at_once(part_size: int, *, parallel: int) -> int:
    """How many parts of a large object may be in flight."""
    return max(1, min(parallel, IN_FLIGHT // part_size))


def in_lanes(
    items: Sequence[T],
    work: Callable[[T], None],
    *,
    size_of: Callable[[T], int],
    large: int,
    parallel: int,
    hold: Hold,
    interrupted: Callable[[], None],
) -> None:
    """Works on every item. The first error stops what has not begun, and is raised at the end.

    Args:
        items: What to work on; the lanes take them in this order.
        work: Done once for each, in threads.
        size_of: Bytes that an item holds in memory meanwhile.
        large: Items above so many bytes go one after another.
        parallel: How many small ones at once.
        hold: What they may take of memory, and others at the same time.
        interrupted: Called where this thread is told to stop while the others work.
    """
    stopped = threading.Event()

    def small_done(item: T) -> None:
        if not stopped.is_set():
            with hold.room.taken(size_of(item)):
                done(item)

    def large_done(item: T) -> None:
        if not stopped.is_set():
            with hold.large:
                done(item)

    def done(item: T) -> None:
        if stopped.is_set():
            return
        try:
            work(item)
        except BaseException:
            stopped.set()
            raise

    with (
        ThreadPoolExecutor(parallel, "sync") as small_lane,
        ThreadPoolExecutor(1, "sync-large") as large_lane,
    ):
        futures: list[Future[None]] = [
            large_lane.submit(large_done, item)
            if size_of(item) > large
            else small_lane.submit(small_done, item)
            for item in items
        ]
        try:
            wait(futures)
        except BaseException:
            stopped.set()
            interrupted()
            raise
    for future in futures:
        future.result()
