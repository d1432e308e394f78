"""The DAGs of snapshots, run by Airflow's own commands."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.dags.conftest import CHECKOUT, AirflowHome
from tests.dags.vaulted import Vaulted, held_below

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("airflow")]

BACKUP, DRILL, RESTORE = (
    f"{family}__shipments" for family in ("snapshot_backup", "restore_drill", "restore")
)
STEPS = ("verify", "copy", "prune", "report")


@dataclass(frozen=True)
class Came:
    """What came of the commands: exit codes, everything printed, and where it lies."""

    codes: dict[str, int]
    output: str
    vaulted: Vaulted
    folder: Path


@pytest.fixture(scope="module")
def came(migrated_home: AirflowHome) -> Came:
    """A backup, a drill and a restore by `dags test`; then a backup task by task."""
    folder = migrated_home.folder / "snapshots"
    vaulted = Vaulted.written(folder / "sides", folder / "datasets")
    state = migrated_home.state_url("snapshots")
    there, back = {"to": str(folder / "rehearsed")}, {"to": str(folder / "back")}
    commands = {
        "backup": ["airflow", state, "dags", "test", BACKUP],
        "drill": ["airflow", state, "dags", "test", DRILL],
        "rehearsal": ["airflow", state, "dags", "test", RESTORE, "-c", json.dumps(there)],
        "restore": [
            *("airflow", state, "dags", "test", RESTORE),
            *("-c", json.dumps({**back, "rehearsal": False})),
        ],
    } | {
        # From here on the process is one of `airflow tasks test`.
        task: ["airflow", state, "tasks", "test", BACKUP, task]
        for task in ("create", *STEPS)
    }
    commands |= {
        "a drill alone": ["airflow", state, "tasks", "test", DRILL, "drill"],
        "a restore alone": [
            *("airflow", state, "tasks", "test", RESTORE, "restore"),
            *("-t", json.dumps({"to": str(folder / "alone"), "rehearsal": False})),
        ],
    }
    done = migrated_home.run(
        *(sys.executable, "-m", "tests.dags.airflow_commands", json.dumps([*commands.values()])),
        add={"PYTHONPATH": str(CHECKOUT), "RECONCILE_DATASETS": str(vaulted.sides.datasets)},
    )
    assert done.returncode == 0, done.stdout
    codes = dict(zip(commands, json.loads(done.stdout.splitlines()[-1]), strict=True))
    return Came(codes, done.stdout, vaulted, folder)


def test_a_backup_is_made_proven_and_copied(came: Came) -> None:
    assert came.codes["backup"] == 0, came.output
    kept = came.vaulted.snapshots(came.vaulted.second)
    assert len(kept) == 2
    assert kept == came.vaulted.snapshots(came.vaulted.vault)
    assert "nothing is damaged in what was read" in came.output
    assert "is at" in came.output


def test_a_drill_says_how_long_a_restore_takes_and_leaves_nothing_behind(came: Came) -> None:
    assert came.codes["drill"] == 0, came.output
    assert "recovery time" in came.output
    assert "A drill proved it on" in came.output


def test_a_form_that_says_nothing_else_is_a_rehearsal(came: Came) -> None:
    assert came.codes["rehearsal"] == 0, came.output
    assert "Nothing was written: snapshot" in came.output
    assert held_below(came.folder / "rehearsed") == {}
    assert came.codes["restore"] == 0, came.output
    assert held_below(came.folder / "back") == held_below(came.vaulted.sides.folder / "source")


def test_each_task_alone_does_its_step_with_the_newest_snapshot(came: Came) -> None:
    """`airflow tasks test` exits 0 whatever happens: the messages are what it promises."""
    assert held_below(came.folder / "alone") == held_below(came.vaulted.sides.folder / "source")
    newest = came.vaulted.snapshots(came.vaulted.vault)[-1]
    first, _, alone = came.output.rpartition(f"Snapshot {newest}: ")
    assert first
    for told in (
        "2 snapshots checked; ",
        f"Snapshot {newest} is at {came.vaulted.second}",
        f"{came.vaulted.vault}: 2 snapshots kept, none removed",
        "A restore brings back shipments",
    ):
        assert told in alone
