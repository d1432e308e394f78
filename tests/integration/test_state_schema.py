"""How the state database comes into being, and when it is refused."""

import re
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, insert, make_url, text

from reconcile import state
from reconcile.errors import AccessDenied, BadInput, NotFound, Transient, Unreadable
from reconcile.model.discrepancy import Side
from reconcile.model.run import RunKind
from reconcile.state.database import State
from reconcile.state.ddl import DIALECTS, ddl
from reconcile.state.runs import RunPartition
from reconcile.state.schema import metadata, runs
from reconcile.state.version import NEEDED, VERSION_TABLE

SCHEMA_FOLDER = Path(__file__).parents[2] / "sql" / "schema"
NEWER = f"UPDATE {VERSION_TABLE} SET version_num = '9999'"


def executed(url: str, statement: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_the_ddl_files_are_what_follows_from_the_metadata(dialect: str) -> None:
    assert (SCHEMA_FOLDER / f"{dialect}.sql").read_text() == ddl(dialect)


def test_the_migrations_lead_to_the_metadata(state_url: str) -> None:
    engine = create_engine(state_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": VERSION_TABLE, "compare_server_default": True}
        )
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_the_sqlite_ddl_file_makes_the_tables_that_the_migrations_make(sqlite_url: str) -> None:
    State.open(sqlite_url).close()
    tables = "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name"

    def described(database: sqlite3.Connection) -> dict[str, list[str]]:
        # Constraints may come in another order, which changes nothing.
        found = {name: sorted(re.split(r"[\s,()]+", sql)) for name, sql in database.execute(tables)}
        found.pop(VERSION_TABLE, None)
        database.close()
        return found

    by_file = sqlite3.connect(":memory:")
    by_file.executescript((SCHEMA_FOLDER / "sqlite.sql").read_text())
    by_migrations = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    assert described(by_file) == described(by_migrations)


def test_a_database_of_the_first_version_is_upgraded_with_what_is_in_it(
    empty_state_url: str,
) -> None:
    engine = create_engine(empty_state_url)
    with engine.begin() as connection:
        configuration = Config()
        configuration.set_main_option("script_location", "reconcile.state:migrations")
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "0001")
        start = datetime(2013, 1, 5, tzinfo=UTC)
        times = dict.fromkeys(("window_start", "started_at"), start)
        times["window_end"] = start + timedelta(days=1)
        connection.execute(
            insert(runs).values(
                id="r1", dataset="flights", window_name="2013-01-05", status="running", **times
            )
        )
        connection.execute(
            text("INSERT INTO run_partitions VALUES ('r1', 'source', 's3://ops', 3, 5, 7)")
        )
    engine.dispose()

    assert State.upgrade(empty_state_url) == State.standing(empty_state_url).needed
    with State.open(empty_state_url) as state:
        run = state.runs.get("r1")
        assert (run.dataset, run.kind) == ("flights", RunKind.RECONCILIATION)
        assert state.runs.partitions("r1") == (RunPartition(Side.SOURCE, "s3://ops", 3, 5, 7),)
        assert state.fingerprints.find({"place": "objects"}) == {}


def test_an_upgrade_may_be_repeated(empty_state_url: str) -> None:
    assert State.upgrade(empty_state_url) == State.upgrade(empty_state_url)
    with State.open(empty_state_url) as state:
        assert state.runs.latest() is None


def test_processes_that_upgrade_at_once_all_succeed(empty_state_url: str) -> None:
    program = "import sys; from reconcile.state.database import State; State.upgrade(sys.argv[1])"
    processes = [
        subprocess.Popen([sys.executable, "-c", program, empty_state_url]) for _ in range(2)
    ]
    assert [process.wait() for process in processes] == [0, 0]


def test_threads_that_upgrade_at_once_all_succeed(empty_state_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        versions = list(pool.map(State.upgrade, [empty_state_url] * 4))
    assert versions == [versions[0]] * 4


def test_sqlite_is_made_on_first_use_with_its_folders(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "down" / "state.db"
    with State.open(f"sqlite:///{file}") as state:
        assert state.runs.list() == ()
    assert file.exists()


@pytest.mark.servers
@pytest.mark.xdist_group("postgresql")
def test_postgresql_without_our_schema_is_refused_with_the_command_that_makes_it(
    postgresql_url: str,
) -> None:
    with pytest.raises(BadInput, match=r"no schema of ours.*reconcile db upgrade"):
        State.open(postgresql_url)


def test_a_newer_schema_is_refused(state_url: str) -> None:
    executed(state_url, NEWER)
    with pytest.raises(BadInput, match=r"found version 9999.*install the newer"):
        State.open(state_url)
    with pytest.raises(BadInput, match=r"found version 9999.*install the newer"):
        State.upgrade(state_url)


@pytest.mark.servers
@pytest.mark.xdist_group("postgresql")
def test_a_database_that_the_server_lacks_is_not_found(postgres_url: str) -> None:
    absent = make_url(postgres_url).set(database="absent").render_as_string(hide_password=False)
    with pytest.raises(NotFound, match="does not exist"):
        State.open(absent)


def test_a_server_that_is_down_is_transient_and_the_password_stays_secret() -> None:
    with pytest.raises(Transient) as caught:
        # Port 1 of this machine: nobody listens there.
        State.open("postgresql://user:s3cret@127.0.0.1:1/state")
    assert "postgresql://127.0.0.1:1/state does not answer" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "state.db"
    file.write_text("these are not the bytes of a database, " * 100)
    with pytest.raises(Unreadable, match="not a database"):
        State.open(f"sqlite:///{file}")


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AccessDenied, match="cannot be made"):
        State.open(f"sqlite:///{tmp_path / 'file' / 'below' / 'state.db'}")


def test_the_version_that_is_needed_is_the_last_migrations() -> None:
    scripts = ScriptDirectory(str(Path(state.__file__).parent / "migrations"))
    assert scripts.get_current_head() == NEEDED


def test_a_database_that_is_as_needed_is_opened_without_alembic(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/state.db"
    State.open(url).close()
    code = (
        "import sys; from reconcile.state.database import State; "
        f"State.open({url!r}).close(); State.upgrade({url!r}); print('alembic' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert told.stdout == "False\n"
