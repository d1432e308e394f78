"""A place that cannot be written to is told with the variable or option that names another."""

import errno
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from reconcile.errors import AccessDenied, DiskFull
from reconcile.state.database import State
from reconcile.state.transactions import translated
from reconcile.stores.local import LocalStore
from tests.integration.command_line import CommandLine, command_line, write_dataset, write_rows

NOWHERE = "/proc/nope"
"""Where not even root can make a folder."""
ARTIFACTS = "Next: name another place in RECONCILE_ARTIFACTS"
STATE = "name another place in RECONCILE_STATE"


@pytest.fixture
def reconcile(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    monkeypatch.setenv("RECONCILE_DATASETS", str(write_dataset(tmp_path)))
    monkeypatch.setenv("RECONCILE_STATE", f"sqlite:///{tmp_path / 'state' / 'state.db'}")
    monkeypatch.setenv("RECONCILE_ARTIFACTS", str(tmp_path / "artifacts"))
    return command_line(capsys)


@pytest.mark.parametrize("command", ["check", "run"])
def test_artifacts(
    reconcile: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    (tmp_path / "file").write_text("")
    for place in (NOWHERE, str(tmp_path / "file")):
        monkeypatch.setenv("RECONCILE_ARTIFACTS", place)
        ran = reconcile(command, "orders", "--window", "2013-01-01")
        assert ran.code == 2
        told = " ".join((ran.err + ran.out).split())
        assert "cannot be written; found " in told
        assert ARTIFACTS in told
        assert "does not exist" not in told


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.EROFS, "cannot be written; found Read-only file system. Next: name another place"),
        (errno.ENOSPC, "^no room .*found No space left .*Next: free space there, or name another"),
    ],
)
@pytest.mark.parametrize("call", ["pathlib.Path.mkdir", "os.fsync"])
def test_a_disk_that_takes_neither_folder_nor_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, told: str, call: str
) -> None:
    def refused(*_: Any, **__: Any) -> None:
        raise OSError(number, "")

    monkeypatch.setattr(call, refused)
    with pytest.raises((AccessDenied, DiskFull), match=told):
        LocalStore(tmp_path, elsewhere="name another place").put("plan.json", b"{}")
    assert list(tmp_path.iterdir()) == []


def test_the_file_for_discrepancies(reconcile: CommandLine, tmp_path: Path) -> None:
    source = write_rows(tmp_path / "source.parquet")
    target = write_rows(tmp_path / "target.parquet", rows=4)
    ran = reconcile("compare", source, target, "--key", "id", "--discrepancies", "/proc/out")
    assert ran.code == 2
    assert "error: /proc/out cannot be written; found " in ran.err
    assert ran.err.endswith("Next: name a file elsewhere\n")


def test_the_state_database(
    reconcile: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECONCILE_STATE", "sqlite:////proc/state.db")
    ran = reconcile("runs", "list")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: state database /proc/state.db refuses; found unable to open")
    assert ran.err.endswith(f"{STATE}\n")
    assert ran.err.count("\n") == 1, "trying again cannot help"


def test_a_state_database_that_may_only_be_read(tmp_path: Path) -> None:
    file = tmp_path / "state.db"
    State.open(f"sqlite:///{file}").close()
    database = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    with pytest.raises(AccessDenied, match=STATE), translated("state.db"):
        database.execute("DELETE FROM runs")
    database.close()
