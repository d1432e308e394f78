"""A window that is not whole yet is waited for, without a slot; an old one never is."""

from __future__ import annotations

import pytest

from tests.running_airflow import RunningAirflow, wait_until
from tests.scheduler.awaited import OLD, partition_of, yesterday

pytestmark = pytest.mark.airflow

DAG = "daily_reconciliation__awaited"


def test_a_window_is_waited_for_without_a_slot_until_it_is_whole(
    running_airflow: RunningAirflow,
) -> None:
    window = yesterday()
    run = running_airflow.trigger(DAG, window=window)
    wait_until(
        lambda: running_airflow.task_states(DAG, run)["wait"] == "up_for_reschedule",
        lambda: str(running_airflow.task_states(DAG, run)),
        seconds=120,
    )
    log = running_airflow.task_log(DAG, run, "wait")
    for side in ("source", "target"):
        partition = partition_of(running_airflow.folder, side, window)
        assert f"awaited@{window}: {partition} has no _SUCCESS yet" in log
        (partition / "_SUCCESS").touch()
    # It would look again within a minute; cleared, it does at once.
    running_airflow.clear(DAG, run, ["wait"])
    assert running_airflow.wait_for_run(DAG, run) == "success"


def test_a_window_of_long_ago_is_not_waited_for(running_airflow: RunningAirflow) -> None:
    run = running_airflow.trigger(DAG, window=OLD)
    assert running_airflow.wait_for_run(DAG, run) == "success"
    log = running_airflow.task_log(DAG, run, "wait")
    assert "it is not waited for any longer, since 2013-01-09T00:00Z" in log
