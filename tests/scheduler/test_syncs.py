"""What a sync makes complete is reconciled next; spans are backfills, a run a window."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from reconcile.model.run import Run, RunKind, RunStatus
from reconcile.state.database import State
from tests.dags.shipments import DAYS, EARLIER, NEWEST, Shipments
from tests.running_airflow import RunningAirflow, wait_until
from tests.scheduler.syncs import (
    BACKFILLED,
    BACKWARDS,
    FOLLOWED,
    FORWARDS,
    SHORT_DAY,
    sides_of,
)
from tests.scheduler.test_ways_to_run import backfill

pytestmark = pytest.mark.airflow

SYNC = f"historical_sync__{FOLLOWED}"
ON_ARRIVAL = f"reconciliation_on_arrival__{FOLLOWED}"


@dataclass(frozen=True)
class Followed:
    """A sync that was switched on, and the reconciliations that its events began."""

    airflow: RunningAirflow
    run: str
    state: str
    sides: Shipments

    def ours(self, kind: RunKind) -> list[Run]:
        """Our runs, as they began."""
        with State.open(self.airflow.state_url) as state:
            return [*reversed(state.runs.list(dataset=FOLLOWED, kind=kind))]


@pytest.fixture(scope="module")
def followed(running_airflow: RunningAirflow) -> Followed:
    airflow = running_airflow
    for dag in (ON_ARRIVAL, SYNC):
        wait_until(lambda dag=dag: airflow.api().knows(f"/dags/{dag}"), f"there is no DAG {dag}")
    airflow.unpause(ON_ARRIVAL)
    run = airflow.switch_on(SYNC)
    state = airflow.wait_for_run(SYNC, run)
    found = Followed(airflow, run, state, sides_of(airflow.folder, airflow.datasets, FOLLOWED))

    def reconciled() -> set[str]:
        runs = found.ours(RunKind.RECONCILIATION)
        return {run.window for run in runs if run.status is not RunStatus.RUNNING}

    wait_until(
        lambda: reconciled() == {*DAYS},
        lambda: str(found.ours(RunKind.RECONCILIATION)),
        seconds=180,
    )
    wait_until(lambda: _all_ended(airflow, ON_ARRIVAL), "the reconciliation does not end")
    return found


def _all_ended(airflow: RunningAirflow, dag_id: str) -> bool:
    return all(run["state"] in ("success", "failed") for run in airflow.runs(dag_id))


def test_the_scheduled_run_copies_its_window_and_the_late_ones_before(followed: Followed) -> None:
    tasks = followed.airflow.task_states(SYNC, followed.run)
    assert followed.state == "success", tasks
    assert set(tasks.values()) == {"success"}
    assert {"copy[0]", "copy[1]", "earlier", "caught_up"} <= tasks.keys()
    for day in DAYS:
        assert followed.sides.held("target", day) == followed.sides.held("source", day)
        assert "_SUCCESS" in followed.sides.held("target", day)


def test_what_copies_runs_in_its_pool(followed: Followed) -> None:
    tasks = followed.airflow.tasks(SYNC, followed.run)
    pooled = {task["task_id"] for task in tasks if task["pool"] == "historical_sync"}
    assert pooled == {"copy", "earlier"}
    assert {task["priority_weight"] for task in tasks} == {0}


def test_every_window_that_was_made_complete_is_reconciled_next_and_matched(
    followed: Followed,
) -> None:
    runs = followed.ours(RunKind.RECONCILIATION)
    assert {(run.window, run.verdict) for run in runs} == {(day, "matched") for day in DAYS}
    assert runs[0].window == NEWEST
    arrivals = followed.airflow.runs(ON_ARRIVAL)
    assert {run["run_type"] for run in arrivals} == {"asset_triggered"}
    assert {run["state"] for run in arrivals} == {"success"}


def test_no_event_begins_the_sync_again(followed: Followed) -> None:
    assert [run["dag_run_id"] for run in followed.airflow.runs(SYNC)] == [followed.run]
    windows = [run.window for run in followed.ours(RunKind.SYNC)]
    assert windows == [NEWEST, *EARLIER]


def test_the_log_of_the_last_task_leads_to_the_report(followed: Followed) -> None:
    log = followed.airflow.task_log(SYNC, followed.run, "report")
    assert f"{FOLLOWED}@{NEWEST} complete: All 3 objects" in log
    assert f"reconcile/dags/{SYNC}/dagRuns/" in log
    log = followed.airflow.task_log(SYNC, followed.run, "caught_up")
    assert log.count(f"/reconcile/dags/{SYNC}/runs/") == len(EARLIER)


@pytest.mark.parametrize("dataset", [FORWARDS, BACKWARDS])
def test_a_backfill_of_a_month_is_a_run_a_day_either_way(
    running_airflow: RunningAirflow, dataset: str
) -> None:
    """Nothing schedules the DAG, and it is paused: its runs are there, and wait."""
    dag = f"historical_sync__{dataset}"
    backwards = ["--run-backwards"] if dataset == BACKWARDS else []
    backfill(running_airflow, dag, "2013-03-01", "2013-03-31", *backwards)
    days = [f"2013-03-{day:02}T00:00:00Z" for day in range(1, 32)]
    intervals = list(zip(days, [*days[1:], "2013-04-01T00:00:00Z"], strict=True))
    runs = running_airflow.runs(dag, order_by="id")
    assert [(run["logical_date"], run["data_interval_end"]) for run in runs] == (
        intervals[::-1] if backwards else intervals
    )
    (created,) = running_airflow.ask("GET", f"/backfills?dag_id={dag}")["backfills"]
    running_airflow.ask("PUT", f"/backfills/{created['id']}/cancel")


def test_a_backfill_copies_the_windows_that_it_names_the_newest_first(
    running_airflow: RunningAirflow,
) -> None:
    """Over a day of 23 hours, of a dataset that nothing schedules."""
    airflow, dag = running_airflow, f"historical_sync__{BACKFILLED}"
    airflow.unpause(dag)
    backwards = ("--run-backwards", "--max-active-runs", "1")
    backfill(airflow, dag, "2013-03-09", SHORT_DAY, *backwards)
    runs = airflow.runs(dag, order_by="id")
    assert [run["run_type"] for run in runs] == ["backfill"] * 2
    for run in runs:
        state = airflow.wait_for_run(dag, run["dag_run_id"])
        assert state == "success", airflow.task_log(dag, run["dag_run_id"], "report")
    with State.open(airflow.state_url) as state:
        ours = [run.window for run in reversed(state.runs.list(dataset=BACKFILLED))]
    assert ours == [SHORT_DAY, "2013-03-09"]
    sides = sides_of(airflow.folder, airflow.datasets, BACKFILLED)
    for day in ours:
        assert sides.held("target", day) == sides.held("source", day)
    assert sides.held("target", NEWEST) == {}
