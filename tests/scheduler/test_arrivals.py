"""What arrives is reconciled, each window that a run's events name; and how it ended is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

from reconcile.config.datasets import find_dataset
from reconcile.history.calendar import Calendar
from reconcile.jobs.running import run_window
from reconcile.jobs.setting import Setting
from tests.notices import (
    BREACHED,
    CANARY,
    LATE,
    MATCHED,
    SECRET,
    Listening,
    listening,
)
from tests.running_airflow import RunningAirflow, wait_until
from tests.scheduler.arrivals import NAME, TOLERANT
from tests.scheduler.found_rows import found, runs_of

pytestmark = pytest.mark.airflow

ON_ARRIVAL, DAILY = f"reconciliation_on_arrival__{NAME}", f"daily_reconciliation__{NAME}"
SIDES = ("source", "target")
VERDICTS = f"reconcile://{NAME}/verdict"
TITLES = (
    f"{NAME} 2013-01-05 to 2013-01-07, 3 days",
    f"{NAME} {LATE}",
    f"{TOLERANT} {LATE}",
)
WINDOWS = (MATCHED, BREACHED, "2013-01-07")
NOWHERE = "2013-01-04"


@dataclass(frozen=True)
class Arrived:
    """A running Airflow in which events arrived while a run was busy, and then a breach ran."""

    airflow: RunningAirflow
    told: Listening
    runs: list[str]
    daily: str

    def log(self, task: str) -> str:
        return self.airflow.task_log(ON_ARRIVAL, self.runs[0], task)


@pytest.fixture(scope="module")
def arrived(running_airflow: RunningAirflow) -> Iterator[Arrived]:
    folder = running_airflow.folder / NAME
    with listening() as told:
        for name, fields in told.connections.items():
            running_airflow.ask("POST", "/connections", {"connection_id": name, **fields})
        wait_until(lambda: running_airflow.api().knows(f"/dags/{ON_ARRIVAL}"), "there is no DAG")
        busy = running_airflow.trigger(ON_ARRIVAL)
        source, target = (_asset(running_airflow, f"{folder}/{side}") for side in SIDES)
        for asset, window in (
            *((source, window) for window in WINDOWS),
            *((target, MATCHED), (source, MATCHED), (source, LATE), (source, "soon")),
        ):
            body = {"asset_id": asset, "extra": {"window": window}}
            running_airflow.ask("POST", "/assets/events", body)
        assert running_airflow.wait_for_run(ON_ARRIVAL, busy) == "success"
        wait_until(lambda: bool(_triggered(running_airflow)), "events start no run")
        assert running_airflow.wait_for_run(ON_ARRIVAL, _triggered(running_airflow)[0]) == "failed"
        daily = running_airflow.switch_on(DAILY)
        assert running_airflow.wait_for_run(DAILY, daily) == "failed"
        warned = f"daily_reconciliation__{TOLERANT}"
        run = running_airflow.switch_on(warned)
        assert running_airflow.wait_for_run(warned, run) == "success"
        # Airflow calls the run ended before the last task's callback has ended.
        wait_until(lambda: len(told.slack) == len(TITLES) == len(told.mails), str(told.slack))
        yield Arrived(running_airflow, told, _triggered(running_airflow), daily)


def _asset(airflow: RunningAirflow, name: str) -> int:
    assets = airflow.ask("GET", f"/assets?name_pattern={quote(name)}")["assets"]
    return int(next(asset["id"] for asset in assets if asset["name"] == name))


def _triggered(airflow: RunningAirflow) -> list[str]:
    runs = airflow.ask("GET", f"/dags/{ON_ARRIVAL}/dagRuns")["dag_runs"]
    return [run["dag_run_id"] for run in runs if run["run_type"] == "asset_triggered"]


def test_three_events_are_one_run_and_three_windows_as_the_library_finds_them(
    arrived: Arrived, tmp_path: Path
) -> None:
    assert len(arrived.runs) == 1
    dataset = find_dataset(NAME, arrived.airflow.datasets)
    library = f"sqlite:///{tmp_path / 'state.db'}"
    with Setting.open(environ={"RECONCILE_STATE": library}) as setting:
        for window in Calendar.of(dataset).span("2013-01-05/2013-01-08"):
            run_window(setting, dataset, window)
    for window in WINDOWS:
        theirs = found(arrived.airflow.state_url, NAME, window)
        assert theirs == found(library, NAME, window)
        assert theirs.counts


def test_the_run_fails_with_one_line_for_what_is_wrong(arrived: Arrived) -> None:
    states = arrived.airflow.task_states(ON_ARRIVAL, arrived.runs[0])
    assert states == {"reconcile": "success", "verdict": "failed"}
    log = arrived.log("verdict")
    assert "names no window to reconcile; found 'soon'" in log
    assert f"{BREACHED} breached, report: " in log


def test_a_window_whose_other_side_is_not_there_is_left_to_its_event(arrived: Arrived) -> None:
    assert f"{NAME}@{LATE} waits for its other side" in arrived.log("reconcile")
    assert len(runs_of(arrived.airflow.state_url, NAME, LATE)) == 1  # the daily one


def test_each_verdict_has_its_event_a_breach_too(arrived: Arrived) -> None:
    asset = _asset(arrived.airflow, VERDICTS)
    found = arrived.airflow.ask("GET", f"/assets/events?asset_id={asset}&order_by=timestamp")
    events = [(e["source_dag_id"], e["extra"]) for e in found["asset_events"]]
    told = [(dag, extra["window"], extra["verdict"]) for dag, extra in events]
    assert sorted(told[:3]) == [
        (ON_ARRIVAL, MATCHED, "matched"),
        (ON_ARRIVAL, BREACHED, "breached"),
        (ON_ARRIVAL, "2013-01-07", "matched"),
    ]
    assert told[3:] == [(DAILY, LATE, "breached")]
    assert {frozenset(extra) for _, extra in events} == {frozenset({"window", "verdict", "run_id"})}


def test_each_run_that_ends_badly_is_told_once_by_every_way(arrived: Arrived) -> None:
    told = arrived.told
    for ways in (told.slack, told.teams, [mail.message["Subject"] for mail in told.mails]):
        assert len(ways) == len(TITLES)
        for text, title in zip(ways, TITLES, strict=True):
            assert f"{title}: Breached" in text
    assert told.mails[0].recipients == ("ops@airline.example", "data@airline.example")
    assert told.mails[0].sender == "airflow@airline.example"


def test_a_notice_leads_to_its_run_and_holds_no_row(arrived: Arrived) -> None:
    run = f"{arrived.airflow.url}/dags/{DAILY}/runs/{quote(arrived.daily, safe='')}"
    assert f"<{run}|Open the run in Airflow>" in arrived.told.slack[1]
    assert "• missing_in_target: 50" in arrived.told.slack[1]
    assert CANARY not in arrived.told.everything.replace(arrived.airflow.folder.as_posix(), "")
    log = arrived.airflow.task_log(DAILY, arrived.daily, "verdict")
    assert "notice sent by slack connection notices_slack" in log
    assert SECRET not in log


def test_a_cleared_run_answers_the_events_of_its_first_time(arrived: Arrived) -> None:
    """The last one: it makes one more run, and ends one again that the others look at."""
    airflow, (first,) = arrived.airflow, arrived.runs
    body = {
        "asset_id": _asset(airflow, f"{airflow.folder / NAME}/source"),
        "extra": {"window": NOWHERE},
    }
    airflow.ask("POST", "/assets/events", body)
    wait_until(lambda: len(_triggered(airflow)) == 2, "the event starts no run")
    (later,) = {*_triggered(airflow)} - {first}
    airflow.wait_for_run(ON_ARRIVAL, later)  # Airflow hands "soon" to it once more.
    assert f"{NAME}@{NOWHERE} waits" in airflow.task_log(ON_ARRIVAL, later, "reconcile")
    airflow.clear(ON_ARRIVAL, first, ["reconcile"])
    assert airflow.wait_for_run(ON_ARRIVAL, first) == "failed"
    log = airflow.task_log(ON_ARRIVAL, first, "reconcile", tries=2)
    for window in WINDOWS:
        assert f"{NAME}@{window} begins" in log
    assert f"{NAME}@{LATE} waits" in log
    assert NOWHERE not in log
