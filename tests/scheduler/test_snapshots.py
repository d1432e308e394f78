"""A backup, then a drill and a rehearsed restore of it, under the scheduler."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from reconcile.model.snapshot import SnapshotRules
from tests.running_airflow import RunningAirflow, wait_until
from tests.scheduler.snapshots import KEPT

pytestmark = pytest.mark.airflow

BACKUP, DRILL, RESTORE = (
    f"{family}__{KEPT}" for family in ("snapshot_backup", "restore_drill", "restore")
)


@dataclass(frozen=True)
class Ended:
    """The runs, by DAG: their ids and their states."""

    airflow: RunningAirflow
    runs: dict[str, str]
    states: dict[str, str]

    def log(self, dag: str, task: str) -> str:
        return self.airflow.task_log(dag, self.runs[dag], task)


@pytest.fixture(scope="module")
def ended(running_airflow: RunningAirflow) -> Ended:
    airflow = running_airflow
    dags = [f"/dags/{dag}" for dag in (BACKUP, DRILL, RESTORE)]
    wait_until(lambda: all(map(airflow.api().knows, dags)), f"not all there: {dags}")
    runs = {BACKUP: airflow.trigger(BACKUP, conf={"tag": "closing"})}
    states = {BACKUP: airflow.wait_for_run(BACKUP, runs[BACKUP])}
    runs[DRILL] = airflow.trigger(DRILL)
    runs[RESTORE] = airflow.trigger(RESTORE, conf={"to": str(airflow.folder / KEPT / "back")})
    for dag in (DRILL, RESTORE):
        states[dag] = airflow.wait_for_run(dag, runs[dag])
    return Ended(airflow, runs, states)


def test_a_backup_s_steps_run_in_their_pool_and_end_with_a_good_snapshot(ended: Ended) -> None:
    tasks = ended.airflow.tasks(BACKUP, ended.runs[BACKUP])
    assert ended.states[BACKUP] == "success", ended.log(BACKUP, "report")
    pooled = {task["task_id"] for task in tasks if task["pool"] == SnapshotRules.pool}
    assert pooled == {"create", "verify", "copy", "prune"}
    assert "1 of 1 snapshot is good" in ended.log(BACKUP, "report")
    assert f"reconcile/dags/{BACKUP}/dagRuns/" in ended.log(BACKUP, "report")


def test_a_drill_proves_it(ended: Ended) -> None:
    assert ended.states[DRILL] == "success", ended.log(DRILL, "report")
    assert "recovery time" in ended.log(DRILL, "drill")
    assert "A drill proved it on" in ended.log(DRILL, "report")


def test_a_restore_that_was_not_told_otherwise_was_a_rehearsal(ended: Ended) -> None:
    assert ended.states[RESTORE] == "success", ended.log(RESTORE, "report")
    assert "Nothing was written: snapshot" in ended.log(RESTORE, "restore")
    assert not (ended.airflow.folder / KEPT / "back").exists()
