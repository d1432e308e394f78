"""Transactions on the state database; whatever a driver raises leaves here as one of our errors."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from reconcile.errors import AccessDenied, DiskFull, NotFound, ReconcileError, Transient, Unreadable

READ_ONLY = "reconcile_read_only"
"""Execution option: the transaction only reads, so SQLite need not take the write lock."""


class Transactions:
    """Opens transactions. `name` is the database as errors may show it: never a password."""

    def __init__(self, engine: Engine, *, name: str) -> None:
        self.engine = engine
        self.name = name

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.engine.dialect.name

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One transaction that only reads.

        Raises:
            Transient: The database does not answer.
        """
        with (
            translated(self.name),
            self.engine.execution_options(**{READ_ONLY: True}).begin() as connection,
        ):
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction, committed at the end of the block, undone when the block raises.

        Raises:
            Transient: The database does not answer or stays locked.
            DiskFull: It has no room left.
        """
        with translated(self.name), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def session(self) -> Iterator[Connection]:
        """One connection for several transactions: temporary tables live as long as it does.

        The connection is not given back to the pool, so nothing temporary leaks to the next user.
        """
        with translated(self.name), self.engine.connect() as connection:
            try:
                yield connection
            finally:
                connection.invalidate()


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Turns the drivers' errors inside the block into ours; defects of ours pass unchanged."""
    try:
        yield
    except PoolTimeout as error:
        raise Transient(
            f"state database {name} has no free connection",
            next_step="run fewer tasks at once, or try again",
        ) from error
    except DBAPIError as error:
        ours = _translation(error.orig, name, connection_lost=error.connection_invalidated)
        if ours is None and isinstance(error, OperationalError | InterfaceError):
            ours = _unanswered(error.orig, name)
        if ours is None and isinstance(error.orig, psycopg.Error):
            # A refused row is quoted in the server's detail, which is no matter for a log.
            raise RuntimeError(f"state database {name}: {_primary(error.orig)}") from None
        if ours is None:
            raise
        raise ours from error
    except (psycopg.OperationalError, sqlite3.OperationalError) as error:
        raise _translation(error, name) or _unanswered(error, name) from error


def _primary(error: psycopg.Error) -> str:
    return error.diag.message_primary or type(error).__name__


# What the servers say, in the words of the drivers. libpq gives no error code for a connection
# that was refused, so its words are all there is.
_REFUSALS: tuple[tuple[tuple[str, ...], type[ReconcileError], str], ...] = (
    (
        ("authentication failed", "no password supplied", "no pg_hba.conf entry"),
        AccessDenied,
        "check the user and password in RECONCILE_STATE",
    ),
    (("permission denied",), AccessDenied, "grant the rights to this user"),
    (  # SQLite, of a disk that cannot be written to
        ("readonly database", "unable to open database file"),
        AccessDenied,
        "grant the rights to this user, or name another place in RECONCILE_STATE",
    ),
    (
        ("disk is full", "no space left", "could not extend file"),
        DiskFull,
        "make room where the state database lies",
    ),
    (
        ("not a database", "malformed"),
        Unreadable,
        "name another file in RECONCILE_STATE, or restore this one",
    ),
)


def _translation(
    cause: BaseException | None, name: str, *, connection_lost: bool = False
) -> ReconcileError | None:
    text = str(cause).lower()
    for words, kind, next_step in _REFUSALS:
        if any(word in text for word in words):
            return kind(
                f"state database {name} refuses", found=_first_line(cause), next_step=next_step
            )
    if isinstance(cause, psycopg.OperationalError) and 'database "' in text and "exist" in text:
        return NotFound(
            f"state database {name} does not exist",
            next_step="create it, or correct RECONCILE_STATE",
        )
    return _unanswered(cause, name) if connection_lost else None


def _unanswered(cause: BaseException | None, name: str) -> Transient:
    return Transient(
        f"state database {name} does not answer",
        found=_first_line(cause),
        next_step="see that it is up and reachable, then run again",
    )


def _first_line(cause: BaseException | None) -> str:
    lines = str(cause).splitlines()
    return lines[0].strip() if lines else type(cause).__name__
