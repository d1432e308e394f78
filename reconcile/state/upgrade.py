"""The schema's version: where a database stands, and how it gets to where this program is."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from reconcile.errors import BadInput
from reconcile.state.transactions import Transactions

# Not Alembic's own name: another program's version may lie in the same PostgreSQL schema.
VERSION_TABLE = "reconcile_schema_version"
_ADVISORY_LOCK = int.from_bytes(b"reconcil")
# Alembic keeps the migration under way in a global of its own.
_ONE_THREAD = Lock()


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
    needed: str


def standing(transactions: Transactions) -> Standing:
    """Where a database's schema stands; nothing is written."""
    with transactions.read() as connection:
        return Standing(transactions.name, _version(connection), _head(_configuration()))


def absent(name: str) -> Standing:
    """Where the schema of a database stands that does not exist yet."""
    return Standing(name, None, _head(_configuration()))


def upgrade(transactions: Transactions) -> str:
    """Brings the schema to this program's version in one transaction, and returns that version.

    Safe to repeat. Of two processes at once the second waits, and then finds nothing to do.

    Raises:
        BadInput: The schema is newer than this program.
        Transient: The database does not answer.
    """
    configuration = _configuration()
    head = _head(configuration)
    with transactions.read() as connection:
        if _version(connection) == head:
            return head
    with _ONE_THREAD, transactions.write() as connection:
        if transactions.dialect == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        _refuse_newer(_version(connection), configuration, transactions.name)
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "head")
    return head


def require_current(transactions: Transactions) -> None:
    """Passes only a schema of exactly this program's version.

    Raises:
        BadInput: The schema is absent, older or newer.
    """
    configuration = _configuration()
    head = _head(configuration)
    with transactions.read() as connection:
        found = _version(connection)
    _refuse_newer(found, configuration, transactions.name)
    if found != head:
        raise BadInput(
            f"state database {transactions.name} has another schema than this program needs",
            found="no schema of ours" if found is None else f"version {found}",
            expected=f"version {head}",
            next_step="reconcile db upgrade",
        )


def _refuse_newer(found: str | None, configuration: Config, name: str) -> None:
    known = {script.revision for script in _scripts(configuration).walk_revisions()}
    if found is not None and found not in known:
        raise BadInput(
            f"state database {name} has a newer schema than this program knows",
            found=f"version {found}",
            expected=f"version {_head(configuration)} or older",
            next_step="install the newer version of reconcile",
        )


def _version(connection: Connection) -> str | None:
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    return context.get_current_revision()


def _configuration() -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", "reconcile.state:migrations")
    configuration.set_main_option("path_separator", "os")
    return configuration


def _scripts(configuration: Config) -> ScriptDirectory:
    return ScriptDirectory.from_config(configuration)


def _head(configuration: Config) -> str:
    head = _scripts(configuration).get_current_head()
    assert head is not None, "the wheel lacks its migrations"  # noqa: S101
    return head
