"""The databases that the state is tested on, each test on an empty one of its own."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from reconcile.state.database import State

_POSTGRESQL = (pytest.mark.servers, pytest.mark.xdist_group("postgresql"))


@pytest.fixture
def postgresql_url(postgres_url: str) -> str:
    """A schema of the shared server: quicker to make than a database."""
    name = f"state_{uuid.uuid4().hex}"
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    engine.dispose()
    url = make_url(postgres_url).update_query_dict({"options": f"-csearch_path={name}"})
    return url.render_as_string(hide_password=False)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'state.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=_POSTGRESQL)])
def empty_state_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def state_url(empty_state_url: str) -> str:
    State.upgrade(empty_state_url)
    return empty_state_url


@pytest.fixture
def open_state(state_url: str) -> Iterator[Callable[[], State]]:
    """Opens the same database anew, as another process would."""
    opened: list[State] = []

    def another() -> State:
        opened.append(State.open(state_url))
        return opened[-1]

    yield another
    for state in opened:
        state.close()


@pytest.fixture
def state(open_state: Callable[[], State]) -> State:
    return open_state()
