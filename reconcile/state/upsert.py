"""An INSERT that may meet rows which are there already: each dialect has its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

_INSERT: Mapping[str, Callable[[Table], sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


def upsert(table: Table, *, dialect: str) -> sqlite.Insert | postgresql.Insert:
    """An INSERT into the table that knows `on_conflict_do_update`."""
    return _INSERT[dialect](table)
