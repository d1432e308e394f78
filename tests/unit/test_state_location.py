"""Where the state database lies, and what messages say of it."""

from pathlib import Path

import psycopg
import pytest

from reconcile.errors import AccessDenied, BadInput, DiskFull, Transient
from reconcile.state.location import file_of, parsed, shown, state_url
from reconcile.state.transactions import translated


def test_without_the_variable_it_lies_in_the_users_data_folder() -> None:
    assert state_url({"XDG_DATA_HOME": "/data"}) == "sqlite:////data/reconcile/state.db"


def test_the_variable_wins() -> None:
    assert state_url({"RECONCILE_STATE": "postgresql://host/state"}) == "postgresql://host/state"


def test_an_empty_variable_is_refused() -> None:
    with pytest.raises(BadInput, match="RECONCILE_STATE is empty"):
        state_url({"RECONCILE_STATE": " "})


@pytest.mark.parametrize(
    "url",
    [
        "s3cret",
        "mysql://u:s3cret@h/d",
        "postgresql+asyncpg://u:s3cret@h/d",
        "sqlite://",
        "sqlite:///:memory:",
        "postgresql://u:s3cret@h:port/d",
    ],
)
def test_a_url_we_cannot_open_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(BadInput) as caught:
        parsed(url)
    assert "s3cret" not in str(caught.value)
    assert "postgresql://user:password@host/database" in str(caught.value)


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("sqlite:////data/state.db", Path("/data/state.db")),
        ("sqlite+pysqlite:////data/state.db?timeout=5", Path("/data/state.db")),
        ("postgresql://host/state", None),
    ],
)
def test_only_sqlite_is_a_file(url: str, file: Path | None) -> None:
    assert file_of(url) == file


def test_messages_show_neither_user_nor_password_nor_options() -> None:
    url = parsed("postgresql://user:s3cret@host:5433/state?password=s3cret")
    assert shown(url) == "postgresql://host:5433/state"


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ('FATAL:  password authentication failed for user "x"', AccessDenied),
        ("could not extend file: No space left on device", DiskFull),
        ("the database system is shutting down", Transient),
    ],
)
def test_what_a_server_says_becomes_one_of_our_errors(words: str, kind: type[Exception]) -> None:
    with pytest.raises(kind), translated("postgresql://host/state"):
        raise psycopg.OperationalError(words)
