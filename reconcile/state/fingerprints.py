"""Fingerprints of what lies at a place, good while exactly the same objects lie there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from reconcile.model.fingerprint import Fingerprint
from reconcile.state.forgetting import due, forget, refresh
from reconcile.state.pieces import pieces
from reconcile.state.schema import fingerprints
from reconcile.state.transactions import Transactions
from reconcile.state.upsert import upsert


class Fingerprints:
    """The last fingerprint of each place; place and objects are hex digests of the caller's.

    They are a memory and no more: losing them costs reading again. What was not seen for 90 days
    is forgotten.
    """

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def find(self, wanted: Mapping[str, str]) -> dict[str, Fingerprint]:
        """The fingerprints of some places, by place: of those whose objects are still the same.

        Args:
            wanted: Place to the digest of the objects that lie there now.
        """
        with self._transactions.read() as connection:
            return {
                row.place: _fingerprint(row)
                for some in pieces(wanted)
                for row in connection.execute(
                    select(fingerprints).where(fingerprints.c.place.in_(some))
                )
                if row.objects == wanted[row.place]
            }

    def keep(self, found: Mapping[str, tuple[str, Fingerprint]], *, now: datetime) -> None:
        """Keeps fingerprints in place of what was known of their places.

        Args:
            found: Place to the digest of its objects and their fingerprint.
            now: When they were seen.
        """
        if not found:
            return
        insert = upsert(fingerprints, dialect=self._transactions.dialect)
        columns = [column.name for column in fingerprints.columns if not column.primary_key]
        statement = insert.on_conflict_do_update(
            index_elements=["place"], set_={name: insert.excluded[name] for name in columns}
        )
        # In one order everywhere, so that two runs at once cannot wait for each other.
        rows = [_row(place, *found[place], now) for place in sorted(found)]
        with self._transactions.write() as connection:
            connection.execute(statement, rows)
        forget(self._transactions, fingerprints, now=now)

    def seen(self, places: Sequence[str], *, now: datetime) -> None:
        """Says that places are still in use, so that they are not forgotten.

        Writes once a day for each at most.
        """
        with self._transactions.read() as connection:
            rows = due(connection, fingerprints, places, now=now)
        if rows:
            with self._transactions.write() as connection:
                refresh(connection, fingerprints, {row.place for row in rows}, now=now)


def _row(place: str, objects: str, fingerprint: Fingerprint, now: datetime) -> dict[str, Any]:
    return {
        "place": place,
        "objects": objects,
        "rows": fingerprint.rows,
        "null_key_rows": fingerprint.null_key_rows,
        "key_sum": str(fingerprint.key_sum),
        "row_sum": str(fingerprint.row_sum),
        "guard_sum": str(fingerprint.guard_sum),
        "seen_at": now,
    }


def _fingerprint(row: Any) -> Fingerprint:
    return Fingerprint(
        rows=row.rows,
        null_key_rows=row.null_key_rows,
        key_sum=int(row.key_sum),
        row_sum=int(row.row_sum),
        guard_sum=int(row.guard_sum),
    )
