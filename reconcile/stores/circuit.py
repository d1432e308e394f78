"""A circuit that opens when an endpoint is dead, so that nobody goes on hammering at it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from reconcile.errors import ReconcileError, Unanswered
from reconcile.stores.coat import Coat
from reconcile.stores.protocol import Store

T = TypeVar("T")


class CircuitOpen(Unanswered):
    """The endpoint was not asked at all, since it has not answered for a while."""


class Circuit:
    """Whether an endpoint is asked, for all threads of this process.

    It opens after so many calls in a row that were not answered. When it has cooled down, one
    call is let through to try: its answer, whatever it says, closes the circuit.

    Args:
        endpoint: What does not answer, for people.
        failures: Calls in a row that were not answered.
        cool_down: Seconds for which nothing is asked.
        clock: Seconds, never going back.
    """

    def __init__(
        self,
        endpoint: str,
        *,
        failures: int = 10,
        cool_down: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._endpoint = endpoint
        self._limit = failures
        self._cool_down = cool_down
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._silent_since = 0.0
        self._opened_at: float | None = None
        self._is_tried = False

    def asked(self, work: Callable[[], T], *, size: int = 0) -> T:  # noqa: ARG002 - a door's
        """Does the work, unless the circuit is open.

        Raises:
            CircuitOpen: It is.
        """
        tries = self._let_through()
        try:
            answer = work()
        except Unanswered:
            self._was_silent(tries)
            raise
        except ReconcileError:
            self._has_answered()
            raise
        finally:
            if tries:
                self._is_tried = False
        self._has_answered()
        return answer

    def _let_through(self) -> bool:
        """Whether this call is the one that tries an endpoint whose circuit is open."""
        with self._lock:
            if self._opened_at is None:
                return False
            now = self._clock()
            left = self._opened_at + self._cool_down - now
            if left > 0 or self._is_tried:
                raise self._open(now, left)
            self._is_tried = True
            return True

    def _open(self, now: float, left: float) -> CircuitOpen:
        again = f"it is tried again in {left:.0f} s" if left > 0 else "it is being tried again"
        return CircuitOpen(
            f"{self._endpoint} does not answer",
            found=f"{self._failures} failures in the last {now - self._silent_since:.0f} s",
            next_step=f"check the endpoint and the network; {again}",
        )

    def _was_silent(self, tries: bool) -> None:
        with self._lock:
            now = self._clock()
            if self._failures == 0:
                self._silent_since = now
            self._failures += 1
            # What began before the circuit opened does not keep it open for longer.
            if self._failures >= self._limit and (self._opened_at is None or tries):
                self._opened_at = now

    def _has_answered(self) -> None:
        with self._lock:
            self._failures = 0
            self._opened_at = None


class Circuits:
    """The circuits of some endpoints, one each, for all stores that are opened with them."""

    def __init__(self) -> None:
        self._circuits: dict[str, Circuit] = {}
        self._lock = threading.Lock()

    def of(self, endpoint: str) -> Circuit:
        """The one of an endpoint."""
        with self._lock:
            if endpoint not in self._circuits:
                self._circuits[endpoint] = Circuit(endpoint)
            return self._circuits[endpoint]


class Guarded(Coat):
    """A store that is not asked while its circuit is open."""

    def __init__(self, store: Store, circuit: Circuit) -> None:
        super().__init__(store, circuit.asked)
