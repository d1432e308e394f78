"""A dataset's own pool is made by the commands that an init runs, and its tasks run in it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.running_airflow import RunningAirflow
from tests.scheduler.conftest import Expected
from tests.scheduler.found_rows import found
from tests.scheduler.orders import NEWEST

pytestmark = pytest.mark.airflow


def test_tasks_run_in_the_pool_that_their_dataset_names(
    running_airflow: RunningAirflow, expected: Expected
) -> None:
    dag = "daily_reconciliation__pooled"
    there, new = (running_airflow.folder / name for name in ("there.json", "new.json"))
    running_airflow.run(sys.executable, "-m", "airflow", "pools", "export", str(there))
    reconcile = str(Path(sys.executable).parent / "reconcile")
    command = (reconcile, "config", "pools", "--missing-from", str(there), "--format", "json")
    new.write_text(running_airflow.run(*command))
    assert list(json.loads(new.read_text())) == ["narrow"]
    running_airflow.run(sys.executable, "-m", "airflow", "pools", "import", str(new))
    run = running_airflow.switch_on(dag)
    assert running_airflow.wait_for_run(dag, run) == "failed"
    assert {task["pool"] for task in running_airflow.tasks(dag, run)} == {"narrow"}
    assert found(running_airflow.state_url, "pooled", NEWEST) == expected(NEWEST)
