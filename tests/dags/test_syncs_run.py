"""A sync's DAG, run by Airflow's own commands."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from reconcile.model.run import Run, RunKind, SyncStep
from reconcile.state.database import State
from tests.dags.conftest import CHECKOUT, AirflowHome
from tests.dags.shipments import EARLIER, NEWEST, Shipments

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("airflow")]

DAG = "historical_sync__shipments"
SYNC = 'sync: {from: source, to: target, schedule: "0 3 * * *", look_back: 1}'
EMPTY = "2013-01-20"
SHORT_DAYS = ("2013-03-09", "2013-03-11")
"""Around a day of 23 hours."""


@dataclass(frozen=True)
class Came:
    """What came of the commands: exit codes, everything printed, both sides, and our states."""

    codes: dict[str, int]
    output: str
    sides: Shipments
    states: dict[str, str]

    def runs(self, state: str) -> list[Run]:
        """Our syncs, as they began."""
        with State.open(self.states[state]) as opened:
            return [*reversed(opened.runs.list(kind=RunKind.SYNC))]


@pytest.fixture(scope="module")
def came(migrated_home: AirflowHome) -> Came:
    """The newest day by `dags test`, the one before task by task, and the first by the form."""
    folder = migrated_home.folder / "syncs"
    sides = Shipments.written(folder / "sides", folder / "datasets", SYNC)
    states = {name: migrated_home.state_url(f"syncs-{name}") for name in ("dags", "tasks")}
    whole, alone = states["dags"], states["tasks"]
    form = json.dumps({"window": EARLIER[0]})
    commands = {
        "dated": ["airflow", whole, "dags", "test", DAG, NEWEST],
        "asked": ["airflow", whole, "dags", "test", DAG, "-c", form],
        "empty": ["airflow", whole, "dags", "test", DAG, EMPTY],
        "dry backfill": [
            *("airflow", whole, "backfill", "create", "--dag-id", DAG, "--dry-run"),
            *("--from-date", SHORT_DAYS[0], "--to-date", SHORT_DAYS[1], "--run-backwards"),
        ],
        # From here on the process is one of `airflow tasks test`.
        "too early": ["airflow", alone, "tasks", "test", DAG, "commit", NEWEST],
    } | {
        task: ["airflow", alone, "tasks", "test", DAG, task, f"{EARLIER[1]}T12:00"]
        for task in (*SyncStep, "earlier")
    }
    done = migrated_home.run(
        *(sys.executable, "-m", "tests.dags.airflow_commands", json.dumps([*commands.values()])),
        add={"PYTHONPATH": str(CHECKOUT), "RECONCILE_DATASETS": str(sides.datasets)},
    )
    assert done.returncode == 0, done.stdout
    codes = dict(zip(commands, json.loads(done.stdout.splitlines()[-1]), strict=True))
    return Came(codes, done.stdout, sides, states)


def test_the_window_that_is_named_is_the_one_that_is_copied(came: Came) -> None:
    assert (came.codes["dated"], came.codes["asked"]) == (0, 0), came.output
    runs = came.runs("dags")
    assert [run.window for run in runs] == [NEWEST, EARLIER[0], EMPTY]
    assert [run.verdict for run in runs] == ["matched", "matched", "indeterminate"]
    for run in runs[:2]:
        assert came.sides.held("target", run.window) == came.sides.held("source", run.window)
        assert Path(str(run.report)).read_text().startswith("<!DOCTYPE html>")


def test_a_window_of_which_the_origin_holds_nothing_ends_with_1_and_says_so(came: Came) -> None:
    assert came.codes["empty"] == 1
    assert f"shipments@{EMPTY} empty: The source holds nothing of {EMPTY}." in came.output


def test_each_task_alone_does_its_step_and_what_lacks_an_earlier_one_names_it(came: Came) -> None:
    """`airflow tasks test` exits 0 whatever happens: the message is what it promises."""
    line = f"window {NEWEST} of dataset shipments has no sync. Next: run its first step, plan"
    assert line in came.output
    before, alone = came.runs("tasks")[::-1]
    assert (alone.window, alone.verdict, alone.steps) == (EARLIER[1], "matched", tuple(SyncStep))
    assert (before.window, before.verdict) == (EARLIER[0], "matched")  # by `earlier`
    assert came.sides.held("target", EARLIER[1]) == came.sides.held("source", EARLIER[1])


def test_a_backfill_backwards_is_a_run_a_day_the_newest_first(came: Came) -> None:
    table = came.output.partition("Runs to be attempted:")[2].partition("[")[0]
    days = [line.split()[1] for line in table.splitlines() if "+00:00" in line]
    assert days == ["2013-03-11", "2013-03-10", "2013-03-09"], table
