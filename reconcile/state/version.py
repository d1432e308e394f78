"""The schema's version, as every opening asks for it: without Alembic, 0.3 s to import."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, column, inspect, select, table

# Not Alembic's own name: another program's version may lie in the same PostgreSQL schema.
VERSION_TABLE = "reconcile_schema_version"
NEEDED = "0004"
"""The version that this program needs: that of the last migration."""


@dataclass(frozen=True)
class Standing:
    """How far a database's schema has come.

    Attributes:
        database: The database as messages may show it.
        found: Its version; None where there is no schema of ours.
        needed: The version that this program needs.
    """

    database: str
    found: str | None
    needed: str = NEEDED


def version_of(connection: Connection) -> str | None:
    """The version of a database's schema; None where there is no schema of ours."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found = connection.scalar(select(table(VERSION_TABLE, column("version_num")).c.version_num))
    return None if found is None else str(found)
