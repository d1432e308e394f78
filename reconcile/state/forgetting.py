"""Forgetting: what is only remembered to save work goes when nobody has seen it for long."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, select, update

from reconcile.state.pieces import pieces
from reconcile.state.transactions import Transactions

_KEPT_FOR = timedelta(days=90)
_MOST_AT_ONCE = 10_000
_SEEN_AGAIN_AFTER = timedelta(days=1)


def forget(transactions: Transactions, table: Table, *, now: datetime) -> None:
    """Removes rows whose `seen_at` is over 90 days ago, the oldest first, 10,000 at most.

    Rows that another transaction is at work on are left for the next time.
    """
    key = _key(table)
    oldest = (
        select(key)
        .where(table.c.seen_at < now - _KEPT_FOR)
        .order_by(table.c.seen_at)
        .limit(_MOST_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    with transactions.write() as connection:
        connection.execute(delete(table).where(key.in_(oldest)))


def refresh(connection: Connection, table: Table, keys: Iterable[Any], *, now: datetime) -> None:
    """Moves `seen_at` of the rows with these keys to now."""
    key = _key(table)
    statement = update(table).where(key == bindparam("of")).values(seen_at=bindparam("at"))
    # In one order everywhere, so that two runs at once cannot wait for each other.
    rows = [{"of": of, "at": now} for of in sorted(set(keys))]
    if rows:
        connection.execute(statement, rows)


def due(connection: Connection, table: Table, keys: Iterable[Any], *, now: datetime) -> list[Any]:
    """Of the rows with these keys those that were last seen over a day ago."""
    key = _key(table)
    return [
        row
        for some in pieces(keys)
        for row in connection.execute(
            select(table).where(key.in_(some), table.c.seen_at < now - _SEEN_AGAIN_AFTER)
        )
    ]


def _key(table: Table) -> Any:
    (key,) = table.primary_key.columns
    return key
