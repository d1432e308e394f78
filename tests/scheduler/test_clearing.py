"""A task that is cleared, with what comes after it, is done again and ends in the same rows."""

from __future__ import annotations

import pytest

from reconcile.model.run import Step
from tests.running_airflow import RunningAirflow
from tests.scheduler.conftest import Expected
from tests.scheduler.found_rows import found, runs_of
from tests.scheduler.orders import NEWEST

pytestmark = pytest.mark.airflow

DATASET = "cleared"
DAG = f"daily_reconciliation__{DATASET}"


@pytest.fixture(scope="module")
def run(running_airflow: RunningAirflow) -> str:
    """A run that has ended, with the failure of a breach."""
    run = running_airflow.switch_on(DAG)
    assert running_airflow.wait_for_run(DAG, run) == "failed"
    return run


@pytest.mark.parametrize("step", list(reversed(Step)))
def test_a_cleared_task_and_those_after_it_end_in_the_same_rows(
    running_airflow: RunningAirflow, expected: Expected, run: str, step: Step
) -> None:
    before = {task["task_id"]: task for task in running_airflow.tasks(DAG, run)}
    running_airflow.clear(DAG, run, [step.value])
    assert running_airflow.wait_for_run(DAG, run) == "failed"
    again = {
        task["task_id"]
        for task in running_airflow.tasks(DAG, run)
        if task["try_number"] == before[task["task_id"]]["try_number"] + 1
    }
    order = list(Step)
    assert again == {later.value for later in order[order.index(step) :]}
    assert found(running_airflow.state_url, DATASET, NEWEST) == expected(NEWEST)
    assert len(runs_of(running_airflow.state_url, DATASET, NEWEST)) == 1
