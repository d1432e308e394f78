"""Runs of a real scheduler, however they are asked for, are about the window that was named."""

from __future__ import annotations

import pytest

from tests.dags.bookings import CLEAN
from tests.running_airflow import RunningAirflow

pytestmark = pytest.mark.airflow

DAG = "daily_reconciliation__bookings"


def test_a_run_with_expectations_goes_through(running_airflow: RunningAirflow) -> None:
    run = running_airflow.trigger(DAG, window=CLEAN)
    assert running_airflow.wait_for_run(DAG, run) == "success", running_airflow.tasks(DAG, run)
    for t in running_airflow.tasks(DAG, run):
        print(t["task_id"], t["queued_when"], t["start_date"], t["end_date"], t["duration"])
