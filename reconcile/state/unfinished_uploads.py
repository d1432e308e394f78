"""Unfinished uploads: what has begun, so that another process can go on with it or clean it up."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, select

from reconcile.model.unfinished import Part, Unfinished
from reconcile.state.identity import identity
from reconcile.state.schema import unfinished_uploads
from reconcile.state.transactions import Transactions
from reconcile.state.upsert import upsert


class UnfinishedUploads:
    """Uploads that have begun and not ended: one at most of each name in a store."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def find(self, address: str, name: str) -> Unfinished | None:
        """The upload of that name that has begun.

        Args:
            address: Of the store that is written to (`Store.address`).
            name: The object's.
        """
        key = unfinished_uploads.c.identity
        query = select(unfinished_uploads).where(key == identity(address, name))
        with self._transactions.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _unfinished(row)

    def keep(self, unfinished: Unfinished, *, now: datetime) -> None:
        """Writes down how far an upload has come, in place of what was known of its name."""
        insert = upsert(unfinished_uploads, dialect=self._transactions.dialect)
        row = _row(unfinished, now)
        statement = insert.values(row).on_conflict_do_update(
            index_elements=["identity"], set_={name: insert.excluded[name] for name in row}
        )
        with self._transactions.write() as connection:
            connection.execute(statement)

    def forget(self, address: str, name: str) -> None:
        """Removes an upload that has ended; no error where none is known."""
        key = unfinished_uploads.c.identity
        with self._transactions.write() as connection:
            connection.execute(delete(unfinished_uploads).where(key == identity(address, name)))

    def below(
        self, address: str, prefix: str, *, before: datetime | None = None
    ) -> list[Unfinished]:
        """The uploads of a store whose names begin with a prefix, in name order (UTF-8 bytes).

        Args:
            address: Of the store.
            prefix: What the names begin with; empty for all.
            before: Only those of which nothing was kept since.
        """
        query = select(unfinished_uploads).where(unfinished_uploads.c.address == address)
        if before is not None:
            query = query.where(unfinished_uploads.c.kept_at < before)
        with self._transactions.read() as connection:
            found = [_unfinished(row) for row in connection.execute(query)]
        return sorted(
            (upload for upload in found if upload.name.startswith(prefix)),
            key=lambda upload: upload.name.encode("utf-8", "surrogatepass"),
        )


def _row(unfinished: Unfinished, now: datetime) -> dict[str, Any]:
    parts = [[n, part.size, part.crc64nvme] for n, part in sorted(unfinished.parts.items())]
    return {
        "identity": identity(unfinished.address, unfinished.name),
        "address": unfinished.address,
        "name": unfinished.name,
        "pin": unfinished.pin,
        "upload": unfinished.upload,
        "others": json.dumps(unfinished.others),
        "parts": json.dumps(parts, separators=(",", ":")),
        "kept_at": now,
    }


def _unfinished(row: Row[Any]) -> Unfinished:
    return Unfinished(
        address=row.address,
        name=row.name,
        pin=row.pin,
        upload=row.upload,
        others=tuple(json.loads(row.others)),
        parts={number: Part(size, crc) for number, size, crc in json.loads(row.parts)},
    )
