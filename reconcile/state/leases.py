"""Leases: a run holds its window for a while, and a dead worker's hold ends by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, or_, select, update

from reconcile.errors import WindowHeld
from reconcile.state.schema import window_leases
from reconcile.state.transactions import Transactions
from reconcile.state.upsert import upsert


@dataclass(frozen=True)
class Lease:
    """A run's hold on a window, good until `ends_at` (UTC, excluded)."""

    dataset: str
    window: str
    run_id: str
    ends_at: datetime


class Leases:
    """Who holds which window. `window` is the window's name, all times have a zone."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def acquire(
        self, dataset: str, window: str, run_id: str, *, now: datetime, ttl: timedelta
    ) -> Lease:
        """Takes the window until `now + ttl`: free, held by this very run, or its lease has ended.

        One statement decides, so of several at once exactly one wins.

        Raises:
            WindowHeld: Another run holds it; the message names the run and the lease's end.
        """
        lease = Lease(dataset, window, run_id, now + ttl)
        with self._transactions.write() as connection:
            if self._taken(connection, lease, now):
                return lease
            holder = _holder(connection, dataset, window)
        raise held(dataset, window, holder)

    def renew(
        self, dataset: str, window: str, run_id: str, *, now: datetime, ttl: timedelta
    ) -> Lease:
        """Prolongs this run's lease to `now + ttl`, even a late one that nobody has taken over.

        Raises:
            WindowHeld: The lease is another run's by now, or was released.
        """
        lease = Lease(dataset, window, run_id, now + ttl)
        with self._transactions.write() as connection:
            renewed = connection.execute(
                update(window_leases)
                .where(*_of(dataset, window), window_leases.c.run_id == run_id)
                .values(ends_at=lease.ends_at)
            )
            if renewed.rowcount == 1:
                return lease
            holder = _holder(connection, dataset, window)
        raise held(dataset, window, holder)

    def release(self, dataset: str, window: str, run_id: str) -> None:
        """Gives the window back; no error where this run does not hold it."""
        with self._transactions.write() as connection:
            connection.execute(
                delete(window_leases).where(*_of(dataset, window), window_leases.c.run_id == run_id)
            )

    def holder(self, dataset: str, window: str) -> Lease | None:
        """The lease last taken on the window, ended or not; None when it was released."""
        with self._transactions.read() as connection:
            return _holder(connection, dataset, window)

    def _taken(self, connection: Connection, lease: Lease, now: datetime) -> bool:
        insert = upsert(window_leases, dialect=self._transactions.dialect).values(
            dataset=lease.dataset,
            window_name=lease.window,
            run_id=lease.run_id,
            ends_at=lease.ends_at,
        )
        taken = connection.execute(
            insert.on_conflict_do_update(
                index_elements=["dataset", "window_name"],
                set_={"run_id": insert.excluded.run_id, "ends_at": insert.excluded.ends_at},
                where=or_(window_leases.c.run_id == lease.run_id, window_leases.c.ends_at <= now),
            ).returning(window_leases.c.run_id)
        )
        return taken.first() is not None


def held(dataset: str, window: str, holder: Lease | None) -> WindowHeld:
    """The error for a window that this run does not hold."""
    if holder is None:
        return WindowHeld(
            f"the lease on window {window} of dataset {dataset} was lost",
            found="no holder",
            next_step="run it again",
        )
    return WindowHeld(
        f"window {window} of dataset {dataset} is held by another run",
        found=f"run {holder.run_id}, whose lease ends at {holder.ends_at:%Y-%m-%dT%H:%M:%SZ}",
        next_step="wait for that run, or until its lease has ended",
    )


def _of(dataset: str, window: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (window_leases.c.dataset == dataset, window_leases.c.window_name == window)


def _holder(connection: Connection, dataset: str, window: str) -> Lease | None:
    row = connection.execute(select(window_leases).where(*_of(dataset, window))).one_or_none()
    return None if row is None else Lease(row.dataset, row.window_name, row.run_id, row.ends_at)
