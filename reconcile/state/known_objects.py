"""Known objects: what an earlier run learnt of an object, good while it is still the same one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Text, and_, case, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB

from reconcile.model.objects import ObjectInfo
from reconcile.state.forgetting import due, forget, refresh
from reconcile.state.identity import digest, identity
from reconcile.state.pieces import pieces
from reconcile.state.schema import known_objects, known_schemas
from reconcile.state.transactions import Transactions
from reconcile.state.upsert import upsert


@dataclass(frozen=True)
class ObjectFacts:
    """What is known of one object without reading it.

    Attributes:
        rows: How many rows it holds.
        schema: Its columns, as an Arrow IPC schema.
        checksums: Algorithm to base64, of the full object, vouched for or computed.
    """

    rows: int
    schema: bytes
    checksums: Mapping[str, str]


class KnownObjects:
    """The facts of objects, by the address of their store and their name.

    They are a memory and no more: losing them costs reading again. What was not seen for 90 days
    is forgotten.
    """

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def find(self, address: str, objects: Sequence[ObjectInfo]) -> dict[str, ObjectFacts]:
        """The facts of some objects of one store, by name: of those that are still the same.

        An object of another etag, size, or known version than when its facts were kept has none.

        Args:
            address: Where the store is (`Store.address`).
            objects: The objects as they are now.
        """
        asked = {identity(address, info.name): info for info in objects}
        with self._transactions.read() as connection:
            rows = [row for row in _known(connection, asked) if _is_same(row, asked[row.identity])]
            schemas = _schemas(connection, {row.schema_digest for row in rows})
        return {
            asked[row.identity].name: ObjectFacts(
                row.rows, schemas[row.schema_digest], json.loads(row.checksums)
            )
            for row in rows
            if row.schema_digest in schemas
        }

    def keep(
        self, address: str, facts: Sequence[tuple[ObjectInfo, ObjectFacts]], *, now: datetime
    ) -> None:
        """Keeps the facts of objects of one store in place of what was known of their names.

        Checksums of an object that is still the same are united with those known before; of one
        algorithm the new one counts.

        Args:
            address: Where the store is (`Store.address`).
            facts: Objects, each with its facts; of one name the last counts.
            now: When they were seen.
        """
        rows = {row["identity"]: row for row in (_row(address, *fact, now) for fact in facts)}
        if not rows:
            return
        schemas = {digest(known.schema): known.schema for _, known in facts}
        with self._transactions.write() as connection:
            connection.execute(self._schema_upsert(), _schema_rows(schemas, now))
            # In one order everywhere, so that two runs at once cannot wait for each other.
            connection.execute(self._upsert(), [rows[identity] for identity in sorted(rows)])
        for table in (known_objects, known_schemas):
            forget(self._transactions, table, now=now)

    def seen(self, address: str, objects: Sequence[ObjectInfo], *, now: datetime) -> None:
        """Says that objects of one store are still there, so that their facts are not forgotten.

        Writes once a day for each at most.
        """
        identities = [identity(address, info.name) for info in objects]
        with self._transactions.read() as connection:
            rows = due(connection, known_objects, identities, now=now)
        if not rows:
            return
        with self._transactions.write() as connection:
            refresh(connection, known_schemas, {row.schema_digest for row in rows}, now=now)
            refresh(connection, known_objects, {row.identity for row in rows}, now=now)

    def _schema_upsert(self) -> Any:
        insert = upsert(known_schemas, dialect=self._transactions.dialect)
        return insert.on_conflict_do_update(
            index_elements=["digest"], set_={"seen_at": insert.excluded.seen_at}
        )

    def _upsert(self) -> Any:
        insert = upsert(known_objects, dialect=self._transactions.dialect)
        new, old = insert.excluded, known_objects.c
        same = and_(
            old.etag == new.etag,
            old.version.is_not_distinct_from(new.version),
            old.size == new.size,
        )
        united = _united(self._transactions.dialect, old.checksums, new.checksums)
        kept = {name: new[name] for name in old.keys() if name != "identity"}  # noqa: SIM118
        checksums = case((same, united), else_=new.checksums)
        return insert.on_conflict_do_update(
            index_elements=["identity"], set_={**kept, "checksums": checksums}
        )


def _united(dialect: str, old: Any, new: Any) -> Any:
    """Both checksums as SQL: of two runs at once neither loses what the other found."""
    if dialect == "sqlite":
        return func.json_patch(old, new)
    return cast(cast(old, JSONB).op("||")(cast(new, JSONB)), Text)


def _row(address: str, info: ObjectInfo, facts: ObjectFacts, now: datetime) -> dict[str, Any]:
    return {
        "identity": identity(address, info.name),
        "address": _shown(address),
        "name": _shown(info.name),
        "etag": info.etag,
        "version": info.version,
        "size": info.size,
        "rows": facts.rows,
        "schema_digest": digest(facts.schema),
        "checksums": json.dumps(dict(facts.checksums), sort_keys=True),
        "seen_at": now,
    }


def _shown(text: str) -> str:
    """A name as a text column can hold it: a disk's may be neither Unicode nor free of NUL."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\x00")


def _known(connection: Connection, identities: Iterable[bytes]) -> list[Any]:
    table = known_objects.c
    columns = (
        table.identity,
        table.etag,
        table.version,
        table.size,
        table.rows,
        table.schema_digest,
        table.checksums,
    )
    return [
        row
        for some in pieces(identities)
        for row in connection.execute(select(*columns).where(table.identity.in_(some)))
    ]


def _is_same(row: Any, info: ObjectInfo) -> bool:
    # Listings do not tell versions: where one of both is not told, the tag decides.
    versions = {row.version, info.version} - {None}
    return (row.etag, row.size) == (info.etag, info.size) and len(versions) < 2


def _schemas(connection: Connection, digests: Iterable[bytes]) -> dict[bytes, bytes]:
    table = known_schemas.c
    return {
        row.digest: row.schema
        for some in pieces(digests)
        for row in connection.execute(
            select(table.digest, table.schema).where(table.digest.in_(some))
        )
    }


def _schema_rows(schemas: Mapping[bytes, bytes], now: datetime) -> list[dict[str, Any]]:
    return [
        {"digest": digest, "schema": schemas[digest], "seen_at": now} for digest in sorted(schemas)
    ]
