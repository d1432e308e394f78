"""However a run is asked for, it is about the window that was named, and finds the same rows."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import pytest

from tests.dags.bookings import BREACHED, DISCREPANCIES
from tests.running_airflow import RunningAirflow, wait_until
from tests.scheduler.conftest import Expected
from tests.scheduler.found_rows import Found, found, runs_of
from tests.scheduler.orders import NEWEST

pytestmark = pytest.mark.airflow

DATASET = "orders"
DAG = f"daily_reconciliation__{DATASET}"
BY_CONF, BY_DATE, BY_BACKFILL = "2013-01-05", "2013-01-06", "2013-01-07"


@dataclass(frozen=True)
class Asked:
    """The runs that were asked for, by the window that each is about."""

    airflow: RunningAirflow
    runs: dict[str, str]

    def ended(self, window: str) -> Found:
        """What our state holds of the window once its run has ended."""
        state = self.airflow.wait_for_run(DAG, self.runs[window])
        assert state == "failed", self.airflow.task_states(DAG, self.runs[window])
        return found(self.airflow.state_url, DATASET, window)


@pytest.fixture(scope="module")
def asked(running_airflow: RunningAirflow) -> Asked:
    """One run in each way, all at once."""
    runs = {
        NEWEST: running_airflow.switch_on(DAG),
        BY_CONF: running_airflow.trigger(DAG, window=BY_CONF),
        BY_DATE: running_airflow.trigger(DAG, logical_date=f"{BY_DATE}T00:00:00Z"),
    }
    backfill(running_airflow, DAG, BY_BACKFILL, BY_BACKFILL)
    (backfilled,) = [run for run in running_airflow.runs(DAG) if run["run_type"] == "backfill"]
    return Asked(running_airflow, {**runs, BY_BACKFILL: backfilled["dag_run_id"]})


def backfill(airflow: RunningAirflow, dag_id: str, first: str, last: str, *more: str) -> str:
    """What `airflow backfill create` says."""
    return airflow.run(
        *(sys.executable, "-m", "airflow", "backfill", "create", "--dag-id", dag_id),
        *("--from-date", first, "--to-date", last, *more),
    )


def no_backfill_runs(airflow: RunningAirflow, dag_id: str) -> bool:
    """Airflow has one backfill of a DAG at a time, and looks every 30 seconds whether it ended."""
    backfills = airflow.ask("GET", f"/backfills?dag_id={dag_id}")["backfills"]
    return all(backfill["completed_at"] for backfill in backfills)


@pytest.mark.parametrize("window", [NEWEST, BY_CONF, BY_DATE, BY_BACKFILL])
def test_each_way_finds_what_the_command_line_finds(
    asked: Asked, expected: Expected, window: str
) -> None:
    assert asked.ended(window) == expected(window)


def test_the_schedule_begins_with_the_newest_window_and_ends_with_the_dataset(
    asked: Asked,
) -> None:
    runs = [run for run in asked.airflow.runs(DAG) if run["run_type"] == "scheduled"]
    assert [run["logical_date"] for run in runs] == [f"{NEWEST}T00:00:00Z"]
    assert asked.airflow.ask("GET", f"/dags/{DAG}")["next_dagrun_run_after"] is None


@pytest.mark.parametrize("dataset", ["monthly", "backwards"])
def test_a_backfill_of_a_month_is_a_run_a_day(
    running_airflow: RunningAirflow, dataset: str
) -> None:
    """The DAG is paused: its runs are there, and wait."""
    dag = f"daily_reconciliation__{dataset}"
    backwards = ["--run-backwards"] if dataset == "backwards" else []
    backfill(running_airflow, dag, "2013-01-01", "2013-01-31", *backwards)
    days = [f"2013-01-{day:02}T00:00:00Z" for day in range(1, 32)]
    intervals = list(zip(days, [*days[1:], "2013-02-01T00:00:00Z"], strict=True))
    runs = running_airflow.runs(dag, order_by="id")
    assert [(run["logical_date"], run["data_interval_end"]) for run in runs] == (
        intervals[::-1] if backwards else intervals
    )
    (created,) = running_airflow.ask("GET", f"/backfills?dag_id={dag}")["backfills"]
    running_airflow.ask("PUT", f"/backfills/{created['id']}/cancel")


def test_a_run_with_expectations_finds_what_there_is(running_airflow: RunningAirflow) -> None:
    dag = "daily_reconciliation__bookings"
    run = running_airflow.trigger(dag, window=BREACHED)
    assert running_airflow.wait_for_run(dag, run) == "failed"
    kinds = [letter[0] for letter in found(running_airflow.state_url, "bookings", BREACHED).letters]
    assert {kind: kinds.count(kind) for kind in kinds} == DISCREPANCIES
    log = running_airflow.task_log(dag, run, "verdict")
    assert f"bookings@{BREACHED} breached: The copies are not equal" in log


def test_a_backfill_of_one_day_is_one_run_that_can_be_done_again(
    asked: Asked, expected: Expected
) -> None:
    """`--reprocess-behavior completed` repeats the run that is there, and our run with it."""
    airflow = asked.airflow
    assert asked.ended(BY_BACKFILL) == expected(BY_BACKFILL)
    before = runs_of(airflow.state_url, DATASET, BY_BACKFILL)
    steps = airflow.tasks(DAG, asked.runs[BY_BACKFILL])
    wait_until(lambda: no_backfill_runs(airflow, DAG), "the backfill does not end")
    backfill(airflow, DAG, BY_BACKFILL, BY_BACKFILL, "--reprocess-behavior", "completed")
    assert asked.ended(BY_BACKFILL) == expected(BY_BACKFILL)
    again = airflow.tasks(DAG, asked.runs[BY_BACKFILL])
    assert {task["try_number"] for task in again} == {t["try_number"] + 1 for t in steps}
    assert runs_of(airflow.state_url, DATASET, BY_BACKFILL) == before
    assert len(before) == 1
