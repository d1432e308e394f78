"""How a database's schema gets to where this program is.

Imports Alembic: imported only where a schema is not the one that is needed.
"""

from __future__ import annotations

from threading import Lock
from typing import NoReturn

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text

from reconcile.errors import BadInput
from reconcile.state.transactions import Transactions
from reconcile.state.version import NEEDED, version_of

_ADVISORY_LOCK = int.from_bytes(b"reconcil")
# Alembic keeps the migration under way in a global of its own.
_ONE_THREAD = Lock()


def upgrade(transactions: Transactions) -> str:
    """Brings the schema to this program's version in one transaction, and returns that version.

    Safe to repeat. Of two processes at once the second waits, and then finds nothing to do.

    Raises:
        BadInput: The schema is newer than this program.
        Transient: The database does not answer.
    """
    configuration = _configuration()
    with _ONE_THREAD, transactions.write() as connection:
        if transactions.dialect == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        _refuse_newer(version_of(connection), configuration, transactions.name)
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "head")
    return NEEDED


def refuse(found: str | None, transactions: Transactions) -> NoReturn:
    """Refuses a schema that is not the one this program needs.

    Raises:
        BadInput: The schema is absent, older or newer.
    """
    _refuse_newer(found, _configuration(), transactions.name)
    raise BadInput(
        f"state database {transactions.name} has another schema than this program needs",
        found="no schema of ours" if found is None else f"version {found}",
        expected=f"version {NEEDED}",
        next_step="reconcile db upgrade",
    )


def _refuse_newer(found: str | None, configuration: Config, name: str) -> None:
    known = {script.revision for script in _scripts(configuration).walk_revisions()}
    if found is not None and found not in known:
        raise BadInput(
            f"state database {name} has a newer schema than this program knows",
            found=f"version {found}",
            expected=f"version {NEEDED} or older",
            next_step="install the newer version of reconcile",
        )


def _configuration() -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", "reconcile.state:migrations")
    configuration.set_main_option("path_separator", "os")
    return configuration


def _scripts(configuration: Config) -> ScriptDirectory:
    return ScriptDirectory.from_config(configuration)
