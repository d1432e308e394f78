"""Windows of a span, some at once: while one is copied, another is planned or comes to its end.

They begin in the order that is asked for, and they end and tell of themselves in that order, one
after the other, as if they had been taken so:

    first   plan copy | verify commit report |
    second     plan copy · · · · · · · · · · | verify commit report |
    third                                    plan copy · · · · · · ·  ...
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

from reconcile.errors import Incomplete

T = TypeVar("T")
U = TypeVar("U")

Take = Callable[[T, "Turn", "KeptBack"], U]
"""Does a window; it waits for its turn before it ends."""


class Turn:
    """A window's place in the order in which windows end.

    Args:
        before: That of the window before it; None of the first.
    """

    def __init__(self, before: Turn | None = None) -> None:
        self._before = before
        self._over = threading.Event()
        self._stopped = False

    @property
    def has_come(self) -> bool:
        """Whether all windows before it have ended."""
        return self._before is None or self._before._over.is_set()

    def wait(self) -> None:
        """Waits until it has come.

        Raises:
            Incomplete: The run was told to stop.
        """
        if self._before is not None:
            self._before._over.wait()
        if self._stopped:
            raise Incomplete("the window does not come to its end, since the run was stopped")

    def end(self) -> None:
        """Lets the next one come."""
        self._over.set()

    def stop(self) -> None:
        """Ends the wait for it: it does not come any more."""
        self._stopped = True
        if self._before is not None:
            self._before._over.set()


class KeptBack:
    """What a window has to tell: kept back until those before it have told all of theirs.

    It is a `SyncProgress`; safe to share between threads.

    Args:
        planned: Told of objects and bytes that are to be done.
        copied: Told of objects and bytes that are done.
    """

    def __init__(
        self, *, planned: Callable[[int, int], None], copied: Callable[[int, int], None]
    ) -> None:
        self._told = {"planned": planned, "copied": copied}
        self._counts = dict.fromkeys(self._told, (0, 0))
        self._words: list[Callable[[], None]] = []
        self._is_open = False
        self._lock = threading.RLock()  # whoever is told may tell something by that

    def tell(self, word: Callable[[], None]) -> None:
        """Says something, now or in its turn."""
        with self._lock:
            if self._is_open:
                word()
            else:
                self._words.append(word)

    def planned(self, objects: int, size: int) -> None:
        """So many objects, of so many bytes together, are now to be copied or proven."""
        self._count("planned", objects, size)

    def copied(self, objects: int, size: int) -> None:
        """So many objects, of so many bytes together, are newly done with."""
        self._count("copied", objects, size)

    def open(self) -> None:
        """Its turn has come: what was kept back is told, and from now on all as it comes."""
        with self._lock:
            self._is_open = True
            for word in self._words:
                word()
            for of, counts in self._counts.items():
                if counts != (0, 0):
                    self._told[of](*counts)

    def _count(self, of: str, objects: int, size: int) -> None:
        with self._lock:
            if self._is_open:
                self._told[of](objects, size)
            else:
                before, bytes_before = self._counts[of]
                self._counts[of] = (before + objects, bytes_before + size)


class WindowLanes(Generic[T, U]):
    """Takes windows in their order, some at once.

    Args:
        lanes: How many at once; a single one is this thread.
        told: Makes what tells of a window.
        interrupted: Called where this thread is told to stop: ends what the others wait for.
    """

    def __init__(
        self, lanes: int, *, told: Callable[[], KeptBack], interrupted: Callable[[], None]
    ) -> None:
        self._lanes = lanes
        self._new_told = told
        self._interrupted = interrupted
        self._stopped = threading.Event()
        self._failure: BaseException | None = None

    def outcomes(self, windows: Sequence[T], take: Take[T, U]) -> list[U]:
        """What came of each, in their order.

        Args:
            windows: Which.
            take: Does one: what goes wrong with a window is in what it gives back, and what it
                raises ends them all.
        """
        turns: list[Turn] = []
        for _ in windows:
            turns.append(Turn(turns[-1] if turns else None))
        told = [self._new_told() for _ in windows]

        def taken(number: int) -> U:
            if self._stopped.is_set():
                raise Incomplete("the window is not begun, since the run was stopped")
            if number == 0:
                told[0].open()
            try:
                outcome = take(windows[number], turns[number], told[number])
                if number + 1 < len(windows):
                    told[number + 1].open()  # before it may end
            except BaseException as error:
                self._failure = self._failure or error
                self._stop(turns)
                raise
            finally:
                turns[number].end()
            return outcome

        if self._lanes == 1:
            return [taken(number) for number in range(len(windows))]
        with ThreadPoolExecutor(self._lanes, "sync-window") as pool:
            futures: list[Future[U]] = [
                pool.submit(taken, number) for number in range(len(windows))
            ]
            try:
                return [future.result() for future in futures]
            except BaseException as error:
                self._stop(turns)
                pool.shutdown(wait=False, cancel_futures=True)
                raise self._failure or error from None

    def _stop(self, turns: Sequence[Turn]) -> None:
        self._stopped.set()
        self._interrupted()
        for turn in turns:
            turn.stop()
