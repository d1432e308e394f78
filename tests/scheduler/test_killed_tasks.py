"""Tasks killed in the middle of a step: what comes of their runs, by itself or by Clear."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from reconcile.model.run import Step
from tests.running_airflow import RunningAirflow, wait_until
from tests.scheduler.conftest import Expected
from tests.scheduler.found_rows import found, runs_of
from tests.scheduler.orders import NEWEST
from tests.scheduler.pauses import FOLDER, At, Pause

pytestmark = pytest.mark.airflow


def pause(airflow: RunningAirflow, dataset: str, step: Step, at: At) -> Pause:
    """Asks the next task that comes there to stay."""
    asked = Pause(Path(airflow.environment[FOLDER]), dataset, step, at)
    asked.ask()
    return asked


def kill(paused: Pause, *, worker: bool = False) -> None:
    """Kills the task that stays, without a word; with `worker` also who watches over it."""
    wait_until(lambda: paused.taken_by() is not None, f"no task came to {paused}")
    task = paused.taken_by()
    assert task is not None
    if worker:
        os.kill(psutil.Process(task).ppid(), signal.SIGKILL)
    os.kill(task, signal.SIGKILL)


def test_a_run_whose_every_task_is_killed_once_ends_in_the_same_rows(
    running_airflow: RunningAirflow, expected: Expected
) -> None:
    """Each has done its work and has not said so. One loses its whole worker."""
    dag = "daily_reconciliation__killed"
    pauses = {step: pause(running_airflow, "killed", step, At.DONE) for step in Step}
    run = running_airflow.switch_on(dag)
    for step, paused in pauses.items():
        kill(paused, worker=step is Step.ROUTE)
    assert running_airflow.wait_for_run(dag, run) == "failed"
    tries = {task["task_id"]: task["try_number"] for task in running_airflow.tasks(dag, run)}
    assert tries == dict.fromkeys((step.value for step in Step), 2)
    assert found(running_airflow.state_url, "killed", NEWEST) == expected(NEWEST)
    assert len(runs_of(running_airflow.state_url, "killed", NEWEST)) == 1


def test_a_slot_that_is_killed_leaves_the_run_indeterminate_until_it_is_cleared(
    running_airflow: RunningAirflow, expected: Expected
) -> None:
    dag = "daily_reconciliation__slotted"
    paused = pause(running_airflow, "slotted", Step.COMPARE, At.BEGUN)
    run = running_airflow.switch_on(dag)
    kill(paused)
    assert running_airflow.wait_for_run(dag, run) == "failed"
    (lost,) = [
        task["map_index"]
        for task in running_airflow.tasks(dag, run)
        if task["task_id"] == "compare" and task["state"] == "failed"
    ]
    rows = found(running_airflow.state_url, "slotted", NEWEST)
    assert (rows.end, rows.letters) == ([("finished", "indeterminate", None)], [])
    line = f"slot {lost + 1} of 3 of the comparison gave no result"
    assert line in running_airflow.task_log(dag, run, "verdict")
    running_airflow.clear(dag, run, [("compare", lost)])
    assert running_airflow.wait_for_run(dag, run) == "failed"  # it is a breach now
    tries = [task["try_number"] for task in running_airflow.tasks(dag, run)]
    assert found(running_airflow.state_url, "slotted", NEWEST) == expected(NEWEST)
    assert tries.count(1) == 3, "plan and the other slots need not run again"
