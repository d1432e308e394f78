"""The sync ledger: every object that a dataset's destination should hold, and what is known of it.

A place is a text that says where the destination is: the address of its store, and the path. What
is known of one place says nothing of another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Row, delete, func, select

from reconcile.model.ledger import (
    Equality,
    LedgerEntry,
    ObjectVersion,
    SyncedWindow,
    WindowState,
)
from reconcile.state.identity import identity
from reconcile.state.pieces import pieces
from reconcile.state.schema import sync_ledger, sync_windows
from reconcile.state.transactions import Transactions
from reconcile.state.upsert import upsert

_COLLATION = {"sqlite": "BINARY", "postgresql": "C"}


class SyncLedger:
    """What is known of the objects of every dataset, place and window (by its name)."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def entries(self, dataset: str, place: str, window: str) -> dict[str, LedgerEntry]:
        """The entries of one window, by the objects' names."""
        query = select(sync_ledger).where(*_of(sync_ledger, dataset, place, [window]))
        with self._transactions.read() as connection:
            found = {row.name: _entry(row) for row in connection.execute(query)}
        return dict(sorted(found.items()))

    def record(self, dataset: str, place: str, window: str, entries: Sequence[LedgerEntry]) -> None:
        """Writes entries of one window down, in place of those of the same names.

        All or none; of one name the last counts.
        """
        rows = {row["identity"]: row for row in _rows(dataset, place, window, entries)}
        if not rows:
            return
        statement = _replacing(sync_ledger, dialect=self._transactions.dialect)
        with self._transactions.write() as connection:
            # In one order everywhere, so that two tasks at once cannot wait for each other.
            connection.execute(statement, [rows[key] for key in sorted(rows)])

    def forget(self, dataset: str, place: str, window: str, names: Iterable[str]) -> None:
        """Removes the entries of some names, which nobody expects any more."""
        keys = sorted(identity(dataset, place, window, name) for name in names)
        with self._transactions.write() as connection:
            for some in pieces(keys):
                connection.execute(delete(sync_ledger).where(sync_ledger.c.identity.in_(some)))

    def windows(self, dataset: str, place: str) -> dict[str, SyncedWindow]:
        """What the last sync of each window left, by the windows' names."""
        table = sync_windows.c
        query = select(sync_windows).where(table.dataset == dataset, table.place == identity(place))
        with self._transactions.read() as connection:
            found = {row.window_name: _synced(row) for row in connection.execute(query)}
        return dict(sorted(found.items()))

    def others(self, dataset: str, place: str) -> tuple[str, ...]:
        """The other datasets that were synchronised to a place, by name."""
        table = sync_windows.c
        query = select(table.dataset).where(table.place == identity(place)).distinct()
        with self._transactions.read() as connection:
            found = connection.execute(query.where(table.dataset != dataset)).scalars()
            return tuple(sorted(found))

    def commit(self, dataset: str, place: str, synced: SyncedWindow) -> None:
        """Writes down how a window stands, in place of how it stood."""
        statement = _replacing(sync_windows, dialect=self._transactions.dialect)
        row = {**vars(synced), "state": synced.state.value}
        row["window_name"] = row.pop("window")
        with self._transactions.write() as connection:
            connection.execute(statement, [{**row, "dataset": dataset, "place": identity(place)}])

    def troubles(
        self, dataset: str, place: str, windows: Iterable[str], *, limit: int
    ) -> dict[str, tuple[LedgerEntry, ...]]:
        """The entries of some windows that are not proven, by the windows' names.

        Args:
            dataset: The dataset's name.
            place: Where the destination is.
            windows: Names of windows; those without trouble are left out of the answer.
            limit: How many entries of each window, the first in the order of their names.
        """
        found: dict[str, list[LedgerEntry]] = {}
        with self._transactions.read() as connection:
            for some in pieces(sorted(set(windows))):
                for row in connection.execute(self._troubles(dataset, place, some, limit)):
                    found.setdefault(row.window_name, []).append(_entry(row))
        return {window: tuple(entries) for window, entries in found.items()}

    def _troubles(self, dataset: str, place: str, windows: Sequence[str], limit: int) -> Any:
        name = sync_ledger.c.name.collate(_COLLATION[self._transactions.dialect])
        number = func.row_number().over(partition_by=sync_ledger.c.window_name, order_by=name)
        numbered = (
            select(sync_ledger, number.label("number"))
            .where(
                *_of(sync_ledger, dataset, place, windows),
                sync_ledger.c.equality != Equality.PROVEN.value,
            )
            .subquery()
        )
        return (
            select(numbered)
            .where(numbered.c.number <= limit)
            .order_by(numbered.c.window_name, numbered.c.number)
        )


def _of(table: Any, dataset: str, place: str, windows: Sequence[str]) -> Iterator[Any]:
    yield table.c.dataset == dataset
    yield table.c.place == identity(place)
    yield table.c.window_name.in_(windows)


def _replacing(table: Any, *, dialect: str) -> Any:
    """An INSERT that takes the place of the row with the same key."""
    insert = upsert(table, dialect=dialect)
    columns = [column.name for column in table.columns if not column.primary_key]
    return insert.on_conflict_do_update(
        index_elements=list(table.primary_key.columns),
        set_={name: insert.excluded[name] for name in columns},
    )


def _rows(
    dataset: str, place: str, window: str, entries: Sequence[LedgerEntry]
) -> Iterator[dict[str, Any]]:
    place_digest = identity(place)
    for entry in entries:
        destination = entry.destination
        yield {
            "identity": identity(dataset, place, window, entry.name),
            "dataset": dataset,
            "place": place_digest,
            "window_name": window,
            "name": entry.name,
            "size": entry.size,
            "origin_etag": entry.origin.etag,
            "origin_version": entry.origin.version,
            "destination_etag": None if destination is None else destination.etag,
            "destination_version": None if destination is None else destination.version,
            "equality": entry.equality.value,
            "algorithm": entry.algorithm,
            "origin_value": entry.origin_value,
            "destination_value": entry.destination_value,
            "rows": entry.rows,
            "run_id": entry.run_id,
            "recorded_at": entry.recorded_at,
        }


def _entry(row: Row[Any]) -> LedgerEntry:
    destination = None
    if row.destination_etag is not None:
        destination = ObjectVersion(row.destination_etag, row.destination_version)
    return LedgerEntry(
        name=row.name,
        size=row.size,
        origin=ObjectVersion(row.origin_etag, row.origin_version),
        equality=Equality(row.equality),
        run_id=row.run_id,
        recorded_at=row.recorded_at,
        destination=destination,
        algorithm=row.algorithm,
        origin_value=row.origin_value,
        destination_value=row.destination_value,
        rows=row.rows,
    )


def _synced(row: Row[Any]) -> SyncedWindow:
    return SyncedWindow(
        window=row.window_name,
        state=WindowState(row.state),
        objects=row.objects,
        bytes=row.bytes,
        missing=row.missing,
        run_id=row.run_id,
        committed_at=row.committed_at,
    )
