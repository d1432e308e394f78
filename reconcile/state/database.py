"""The open state database: one value that leads to all that it keeps."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any

import stamina
from sqlalchemy import URL, Connection, Engine, create_engine, event, text

from reconcile.errors import AccessDenied, Transient
from reconcile.state.dead_letters import DeadLetters
from reconcile.state.fingerprints import Fingerprints
from reconcile.state.known_objects import KnownObjects
from reconcile.state.leases import Leases
from reconcile.state.location import parsed, shown
from reconcile.state.runs import Runs
from reconcile.state.snapshot_ledger import SnapshotLedger
from reconcile.state.snapshots import Snapshots
from reconcile.state.sync_ledger import SyncLedger
from reconcile.state.transactions import READ_ONLY, Transactions
from reconcile.state.unfinished_uploads import UnfinishedUploads
from reconcile.state.version import NEEDED, Standing, version_of

_CONNECT_SECONDS = 5
_BUSY_SECONDS = 60
_ATTEMPTS = 3
_HIDDEN = True
"""Parameters are rows of dead letters: no error and no log may quote them."""


class State:
    """The state database, open. Use as a context manager, or `close` it.

    Attributes:
        name: The database as messages may show it, without credentials.
        runs: What ran, when, with what verdict.
        leases: Which run holds which window.
        dead_letters: What was found wrong, row by row.
        known_objects: What earlier runs learnt of objects.
        fingerprints: What earlier runs learnt of whole places.
        sync_ledger: What every object that a destination should hold is known to be.
        unfinished_uploads: Uploads that have begun and not ended.
        snapshot_ledger: What the ledgers of repositories said.
        snapshots: How snapshots stood when their repository was last read.
    """

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self.name = transactions.name
        self.runs = Runs(transactions)
        self.leases = Leases(transactions)
        self.dead_letters = DeadLetters(transactions)
        self.known_objects = KnownObjects(transactions)
        self.fingerprints = Fingerprints(transactions)
        self.sync_ledger = SyncLedger(transactions)
        self.unfinished_uploads = UnfinishedUploads(transactions)
        self.snapshot_ledger = SnapshotLedger(transactions)
        self.snapshots = Snapshots(transactions)

    @classmethod
    def open(cls, url: str) -> State:
        """Opens the database of a SQLAlchemy URL; SQLite is made or upgraded on the way.

        Raises:
            BadInput: The URL cannot be used, or the schema is older (PostgreSQL) or newer than
                this program.
            AccessDenied: Credentials or rights are wrong.
            NotFound: The server has no such database.
            Transient: It does not answer, after a few quick tries.
        """
        transactions = _reached(url)
        try:
            found = _version(transactions)
            if found != NEEDED:
                # Alembic takes 0.3 s to import.
                from reconcile.state.upgrade import refuse, upgrade  # noqa: PLC0415

                if transactions.dialect != "sqlite":
                    refuse(found, transactions)
                upgrade(transactions)
        except BaseException:
            transactions.engine.dispose()
            raise
        return cls(transactions)

    @staticmethod
    def upgrade(url: str) -> str:
        """Brings the database's schema to this program's version, which is returned.

        Safe to repeat, and to run from several processes at once. Raises as `open` does.
        """
        transactions = _reached(url)
        try:
            if _version(transactions) != NEEDED:
                from reconcile.state.upgrade import upgrade  # noqa: PLC0415 - as in `open`

                upgrade(transactions)
            return NEEDED
        finally:
            transactions.engine.dispose()

    @staticmethod
    def standing(url: str) -> Standing:
        """Where the database's schema stands. Nothing is written: an SQLite file is not made.

        Raises as `open` does, but for the schema's version.
        """
        location = parsed(url)
        if location.get_backend_name() == "sqlite" and not Path(str(location.database)).exists():
            return Standing(shown(location), None)
        transactions = _reached(url)
        try:
            return Standing(transactions.name, _version(transactions))
        finally:
            transactions.engine.dispose()

    def close(self) -> None:
        """Ends every connection."""
        self._transactions.engine.dispose()

    def __enter__(self) -> State:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _version(transactions: Transactions) -> str | None:
    with transactions.read() as connection:
        return version_of(connection)


def _reached(url: str) -> Transactions:
    """Transactions on a database that has answered once."""
    location = parsed(url)
    transactions = Transactions(_engine(location), name=shown(location))
    try:
        for attempt in stamina.retry_context(
            on=Transient, attempts=_ATTEMPTS, wait_initial=0.2, wait_max=1.0
        ):
            with attempt, transactions.read() as connection:
                connection.execute(text("SELECT 1"))
    except BaseException:
        transactions.engine.dispose()
        raise
    return transactions


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(url)
    ours = {"connect_timeout": _CONNECT_SECONDS, "options": "-c timezone=UTC"}
    # What the URL says wins: its options may name the schema that our tables lie in.
    connect_args = {name: value for name, value in ours.items() if name not in url.query}
    return create_engine(
        url, pool_pre_ping=True, connect_args=connect_args, hide_parameters=_HIDDEN
    )


def _sqlite_engine(url: URL) -> Engine:
    folder = Path(str(url.database)).absolute().parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AccessDenied(
            f"the folder of the state database cannot be made: {folder}",
            found=error.strerror,
            next_step="name another place in RECONCILE_STATE",
        ) from error
    engine = create_engine(url, connect_args={"timeout": _BUSY_SECONDS}, hide_parameters=_HIDDEN)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver would begin transactions by itself, late, and leave DDL out of them.
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later fails at once where another one has written
    # in between, however long it may wait: whoever will write takes the lock at the start.
    read_only = connection.get_execution_options().get(READ_ONLY, False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
