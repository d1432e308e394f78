"""Letters on their way in: streamed to a temporary table, then numbered as a set.

Temporary tables belong to one connection, so a killed run leaves nothing behind, and on SQLite
they lie in a file of their own, so that streaming does not hold the database's lock.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    func,
    insert,
    select,
    text,
)

from reconcile.state.capped_row import capped_row
from reconcile.state.letter_identity import LetterIdentity

if TYPE_CHECKING:
    import pyarrow as pa

LETTER_COLUMNS = (
    "kind",
    "side",
    "match_key",
    "mismatched_columns",
    "source_row",
    "target_row",
    "reason",
    "severity",
    "expectation_id",
    "row_hash",
)
"""The columns of a batch of letters: text, but `mismatched_columns`, a list of text."""

_temporary = MetaData()

staged = Table(
    "staged_letters",
    _temporary,
    Column("position", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("identity", LargeBinary(32), nullable=False),
    Column("kind", Text, nullable=False),
    Column("side", Text, nullable=False),
    Column("match_key", Text, nullable=False),
    Column("mismatched_columns", Text, nullable=False),
    Column("source_row", Text),
    Column("target_row", Text),
    Column("reason", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("expectation_id", Text),
    # By code point, as SQLite orders: the server's own order would number letters otherwise.
    Column("row_hash", Text().with_variant(Text(collation="C"), "postgresql"), nullable=False),
    prefixes=["TEMPORARY"],
)

numbered = Table(
    "numbered_letters",
    _temporary,
    Column("place", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("identity", LargeBinary(32), nullable=False),
    Column("number", Integer, nullable=False),
    prefixes=["TEMPORARY"],
)
_numbered_identity = Index("ix_numbered_letters_identity", numbered.c.identity, numbered.c.number)

Row = tuple[Any, ...]


def stage(
    connection: Connection, batches: Iterable[pa.RecordBatch], identity: LetterIdentity
) -> int:
    """Makes the temporary tables and streams the batches in; the number of letters staged."""
    with connection.begin():
        staged.create(connection)
    position = 0
    for batch in batches:
        rows = list(_rows(batch, identity, first=position + 1))
        with connection.begin():
            _load(connection, rows)
        position += len(rows)
    return position


def number(connection: Connection) -> None:
    """Gives each staged letter its number among equals and its place in the order of identity."""
    by_hash = (staged.c.row_hash, staged.c.position)
    query = select(
        func.row_number().over(order_by=(staged.c.identity, *by_hash)),
        staged.c.position,
        staged.c.identity,
        func.row_number().over(partition_by=staged.c.identity, order_by=by_hash),
    )
    with connection.begin():
        numbered.create(connection)
        connection.execute(insert(numbered).from_select(list(numbered.c.keys()), query))
        if connection.dialect.name == "postgresql":
            # Nobody else gathers statistics of temporary tables, and the plans depend on them.
            connection.execute(text("ANALYZE staged_letters, numbered_letters"))


def stage_last(connection: Connection, row: Row, *, place: int) -> None:
    """Adds one letter after all others; `row` is in the order of `staged`."""
    with connection.begin():
        _load(connection, [row])
        connection.execute(
            insert(numbered).values(place=place, position=row[0], identity=row[1], number=1)
        )


def _rows(batch: pa.RecordBatch, identity: LetterIdentity, *, first: int) -> Iterator[Row]:
    columns = [batch.column(name).to_pylist() for name in LETTER_COLUMNS]
    for position, letter in enumerate(zip(*columns, strict=True), start=first):
        kind, side, key, mismatched, source, target, reason, severity, expectation, row_hash = (
            letter
        )
        yield (
            position,
            identity.of(kind, side, key, expectation),
            kind,
            side,
            key,
            _names_json(tuple(mismatched or ())),
            capped_row(source),
            capped_row(target),
            # PostgreSQL's text cannot hold it; JSON never spells it out.
            reason.replace("\x00", "\\u0000"),
            severity,
            expectation,
            row_hash,
        )


@lru_cache(maxsize=10_000)
def _names_json(names: tuple[str, ...]) -> str:
    """Column names as the database keeps them."""
    return json.dumps(names, ensure_ascii=False)


def _load(connection: Connection, rows: list[Row]) -> None:
    if connection.dialect.name == "postgresql":
        _copy(connection, rows)
    elif rows:
        marks = ", ".join("?" * len(staged.c))
        connection.exec_driver_sql(f"INSERT INTO {staged.name} VALUES ({marks})", rows)


def _copy(connection: Connection, rows: list[Row]) -> None:
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101
    with driver.cursor() as cursor, cursor.copy(f"COPY {staged.name} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
