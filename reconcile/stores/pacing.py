"""The pace at which one service is asked, and the coat that keeps it.

The service sets it, within our limits: when it asks for fewer requests, all of this process's
threads wait, fewer go at once, and what was refused is asked again.
"""

from __future__ import annotations

import random as chance
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from reconcile.errors import Incomplete, ReconcileError, Throttled, Transient, Unanswered
from reconcile.model.sync import Limits
from reconcile.stores.bounds import Bounds
from reconcile.stores.coat import Coat
from reconcile.stores.protocol import CutShort, Store

T = TypeVar("T")

_SHORTEST_PAUSE = 0.001  # less may not even move the clock


class OutOfPatience(Throttled):
    """A service has gone on asking for fewer requests for longer than anybody here waits."""


class Pace:
    """The bounds of one service, for all threads of this process; `Bounds` says how they move.

    Args:
        limits: What all tasks together may ask of the service.
        share: How many tasks they are; each takes its part, and one request at once at least.
        patience: Seconds for which refused calls are asked again while nothing is answered.
        clock: Seconds, never going back.
        pause: Waits for so many seconds; by itself until `stop` at the longest.
        random: A number from 0 to 1.
    """

    def __init__(
        self,
        limits: Limits,
        *,
        share: int = 1,
        patience: float = 600.0,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], object] | None = None,
        random: Callable[[], float] = chance.random,
    ) -> None:
        self._bounds = Bounds(limits, share=share)
        self._patience = patience
        self._clock = clock
        self._stopped = threading.Event()
        self._pause = self._stopped.wait if pause is None else pause
        self._random = random
        self._refusal: Throttled | None = None
        self._door = threading.Lock()
        self._changed = threading.Condition()  # guards all the above

    @property
    def width(self) -> int:
        """How many requests may be under way at once now."""
        return self._bounds.width

    def asked(self, work: Callable[[], T], *, size: int = 0) -> T:
        """Does the work as soon as the pace allows, and again as long as it is `Throttled`.

        Whatever was refused in so many words was not done, so that may be anything; what failed
        in another way is for others to judge.

        Args:
            work: One request; it asks nothing else at this pace.
            size: The bytes that it moves either way; 1 where they are not known (see `moved`).

        Raises:
            OutOfPatience: The service goes on refusing for longer than the patience, or asks to
                be left alone for longer than that.
            Incomplete: The run was told to stop.
        """
        since: float | None = None
        while True:
            try:
                with self._turn(size):
                    return work()
            except Throttled as refusal:
                since = self._clock() if since is None else since
                self._require_patience(refusal, since)

    def moved(self, size: int) -> None:
        """Counts bytes of which nobody knew when they were asked for."""
        with self._changed:
            self._bounds.moved(size, self._clock())

    def stop(self) -> None:
        """Ends every wait: what has not been asked yet is not asked any more."""
        self._stopped.set()
        with self._changed:
            self._changed.notify_all()

    @contextmanager
    def _turn(self, size: int) -> Iterator[None]:
        round = self._begun(size)
        try:
            yield
        except Throttled as error:
            self._refused(round, error)
            raise
        except (Unanswered, CutShort):
            raise  # this is about the network rather than about how much was asked
        except Transient:
            with self._changed:
                self._bounds.failed(round)
            raise
        except ReconcileError:
            self._answered(round)
            raise
        else:
            self._answered(round)
        finally:
            with self._changed:
                self._bounds.end()
                self._changed.notify_all()

    def _begun(self, size: int) -> int:
        """The round of a request that may begin now, after it has waited for that."""
        with self._door:  # one decides at a time, so that a large one is not overtaken for ever
            while True:
                with self._changed:
                    self._require_going_on()
                    now = self._clock()
                    wait = self._bounds.wait(size, now)
                    if wait is None:
                        self._changed.wait()
                        continue
                    if wait == 0:
                        return self._bounds.begin(size, now)
                    self._require_hope(now)
                self._pause(max(wait, _SHORTEST_PAUSE))

    def _require_going_on(self) -> None:
        if self._stopped.is_set():
            raise Incomplete("nothing more is asked, since the run was stopped")

    def _require_hope(self, now: float) -> None:
        """Does not even wait to be asked where the others were refused for too long already."""
        since = self._bounds.refused_since
        is_quiet = now < self._bounds.quiet_until
        if self._refusal is not None and since is not None and is_quiet:
            self._require_patience(self._refusal, since)

    def _require_patience(self, refusal: Throttled, since: float) -> None:
        """Refuses to wait for what has been refused since then, where that is too long."""
        storm = self._bounds.refused_since
        began = since if storm is None else min(since, storm)
        until = self._bounds.quiet_until
        if until - began <= self._patience:
            return
        now = self._clock()
        raise OutOfPatience(
            refusal.what,
            found=f"{refusal.found} for {now - began:.0f} s, and {until - now:.0f} s more to wait",
            next_step="try later, or set lower limits",
            retry_after=refusal.retry_after,
        ) from refusal

    def _refused(self, round: int, error: Throttled) -> None:
        with self._changed:
            self._refusal = error
            luck = self._random()
            self._bounds.refused(round, self._clock(), retry_after=error.retry_after, luck=luck)

    def _answered(self, round: int) -> None:
        with self._changed:
            self._bounds.answered(round)


class Paced(Coat):
    """A store that is asked at a pace."""

    def __init__(self, store: Store, pace: Pace) -> None:
        super().__init__(store, pace.asked)
        self._pace = pace

    def get(
        self, name: str, *, start: int = 0, length: int | None = None, if_match: str | None = None
    ) -> bytes:
        """As the store's."""
        data = super().get(name, start=start, length=length, if_match=if_match)
        if length is None:
            self._pace.moved(len(data))
        return data
