"""Keeps a lease alive while work goes on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event, Thread
from types import TracebackType

from reconcile.errors import Transient
from reconcile.state.leases import Lease, Leases

_RENEWALS_PER_LEASE = 3


class LeaseKeeper:
    """Holds a window for the length of a `with` block, renewing its lease from a thread.

    The block's end raises when the lease was lost on the way, unless the block itself failed;
    `check` tells in between. The lease is left in place for the run's next step: the
    last one gives it back with `Leases.release`.

    Args:
        leases: Where leases are kept.
        dataset: The dataset's name.
        window: The window's name.
        run_id: The run that holds the window.
        ttl: How long a lease lasts; it is renewed every third of that.
        clock: Tells the time, with a zone.
    """

    def __init__(
        self,
        leases: Leases,
        dataset: str,
        window: str,
        run_id: str,
        *,
        ttl: timedelta,
        clock: Callable[[], datetime],
    ) -> None:
        self._leases = leases
        self._of = (dataset, window, run_id)
        self._ttl = ttl
        self._clock = clock
        self._stop = Event()
        self._lost: Exception | None = None
        self._thread = Thread(target=self._keep, name=f"lease of {run_id}", daemon=True)
        self.lease: Lease | None = None

    def __enter__(self) -> LeaseKeeper:
        """Takes the window.

        Raises:
            WindowHeld: Another run holds it.
        """
        self.lease = self._leases.acquire(*self._of, now=self._clock(), ttl=self._ttl)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()
        if error is None:
            self.check()

    def check(self) -> None:
        """Passes while the window is ours.

        Raises:
            WindowHeld: Another run has taken it over.
            Transient: The database did not answer until the lease had ended.
        """
        if self._lost is not None:
            raise self._lost

    def _keep(self) -> None:
        pause = self._ttl.total_seconds() / _RENEWALS_PER_LEASE
        while not self._stop.wait(pause):
            try:
                self.lease = self._leases.renew(*self._of, now=self._clock(), ttl=self._ttl)
            except Transient as error:
                # A short outage costs nothing: nobody else can take the window before its end.
                if self._ended():
                    self._lost = error
                    return
            except Exception as error:
                # Whatever it is: a thread that died unheard would let the lease end unheard.
                self._lost = error
                return

    def _ended(self) -> bool:
        return self.lease is None or self.lease.ends_at <= self._clock()
