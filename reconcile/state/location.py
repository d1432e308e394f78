"""Where the state database lies: `RECONCILE_STATE`, or a file in the user's data folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from reconcile.errors import BadInput

_DRIVERS = {
    "sqlite": "sqlite+pysqlite",
    "sqlite+pysqlite": "sqlite+pysqlite",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
_EXAMPLES = "sqlite:////folder/state.db or postgresql://user:password@host/database"


def state_url(environ: Mapping[str, str]) -> str:
    """The URL that `RECONCILE_STATE` gives, else SQLite in the user's data folder.

    Raises:
        BadInput: The variable is set but empty.
    """
    url = environ.get("RECONCILE_STATE")
    if url is None:
        return f"sqlite:///{_data_folder(environ) / 'reconcile' / 'state.db'}"
    if not url.strip():
        raise BadInput("RECONCILE_STATE is empty", expected=_EXAMPLES, next_step="set or unset it")
    return url


def _data_folder(environ: Mapping[str, str]) -> Path:
    given = environ.get("XDG_DATA_HOME")
    if given:
        return Path(given)
    try:
        return Path.home() / ".local" / "share"
    except RuntimeError as error:
        raise BadInput(
            "nothing says where the state database lies",
            found="a user without a home folder, and no RECONCILE_STATE",
            next_step="set RECONCILE_STATE",
        ) from error


def parsed(url: str) -> URL:
    """A URL we can open. Messages never show the URL itself: it may hold a password.

    Raises:
        BadInput: Not a URL, another kind of database, or a database without a name.
    """
    try:
        given = make_url(url)
    except (ArgumentError, ValueError):
        raise BadInput("the state database's URL cannot be read", expected=_EXAMPLES) from None
    if given.drivername not in _DRIVERS:
        raise BadInput(
            "the state database's URL names a kind that is not supported",
            found=f"{given.drivername}://",
            expected=_EXAMPLES,
        )
    if given.drivername.startswith("sqlite") and given.database in (None, "", ":memory:"):
        raise BadInput(
            "the state database's URL names no file",
            found="a database in memory, which nobody else could see",
            expected=_EXAMPLES,
        )
    return given.set(drivername=_DRIVERS[given.drivername])


def file_of(url: str) -> Path | None:
    """The file that the database of a URL is; None for one on a server.

    Raises:
        BadInput: As `parsed`.
    """
    location = parsed(url)
    return Path(str(location.database)) if location.get_backend_name() == "sqlite" else None


def shown(url: URL) -> str:
    """The database as messages may show it: neither user, password nor options."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    port = f":{url.port}" if url.port else ""
    return f"postgresql://{url.host or ''}{port}/{url.database or ''}"
