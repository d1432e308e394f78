"""The DAG, run by Airflow's own commands, does what the library does."""

from __future__ import annotations

import json
import sqlite3
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from reconcile.model.run import Step
from tests.dags.bookings import BREACHED, CLEAN, DISCREPANCIES
from tests.dags.conftest import CHECKOUT, AirflowHome

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("airflow")]

DAG = "daily_reconciliation__bookings"


@dataclass(frozen=True)
class Rows:
    """What one of our state databases holds."""

    url: str

    def of(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        with sqlite3.connect(self.url.removeprefix("sqlite:///")) as connection:
            return connection.execute(query, values).fetchall()

    def runs(self, window: str) -> list[tuple[Any, ...]]:
        query = "select id, status, verdict, report from runs where window_name = ? order by id"
        return self.of(query, window)

    def counts(self, run_id: str) -> list[tuple[Any, ...]]:
        query = (
            "select kind, side, column_name, rows from discrepancy_counts "
            "where run_id = ? order by 1, 2, 3"
        )
        return self.of(query, run_id)

    def letters(self) -> list[tuple[Any, ...]]:
        query = "select kind, side, match_key, status from dead_letters order by 1, 2, 3"
        return self.of(query)


@dataclass(frozen=True)
class Came:
    """What came of the commands: exit codes, everything printed, and three state databases."""

    codes: dict[str, int]
    output: str
    airflow: Rows
    steps: Rows
    library: Rows


@pytest.fixture(scope="module")
def came(migrated_home: AirflowHome) -> Came:
    """Both days by `dags test`; the breached one by the library and step by step, too."""
    airflow, steps, library = map(migrated_home.state_url, ("airflow", "steps", "library"))
    commands = {
        "breached": ["airflow", airflow, "dags", "test", DAG, BREACHED],
        "clean": ["airflow", airflow, "dags", "test", DAG, CLEAN],
        "library": ["library", library, "bookings", BREACHED],
        "dry backfill": [
            *("airflow", airflow, "backfill", "create", "--dag-id", DAG, "--dry-run"),
            *("--from-date", BREACHED, "--to-date", BREACHED, "--reprocess-behavior", "completed"),
        ],
        # From here on the process is one of `airflow tasks test`.
        "too early": ["airflow", airflow, "tasks", "test", DAG, "route", "2013-01-07"],
        "unended": ["airflow", airflow, "tasks", "test", DAG, "plan", "2031-01-01"],
    } | {step: ["airflow", steps, "tasks", "test", DAG, step, "2013-01-05T12:00"] for step in Step}
    done = migrated_home.run(
        *(sys.executable, "-m", "tests.dags.airflow_commands", json.dumps([*commands.values()])),
        add={"PYTHONPATH": str(CHECKOUT)},
    )
    assert done.returncode == 0, done.stdout
    codes = dict(zip(commands, json.loads(done.stdout.splitlines()[-1]), strict=True))
    return Came(codes, done.stdout, Rows(airflow), Rows(steps), Rows(library))


def test_a_breach_ends_with_1_after_all_was_routed_and_reported(came: Came) -> None:
    assert came.codes["breached"] == 1, came.output
    ((_, status, verdict, report),) = came.airflow.runs(BREACHED)
    assert (status, verdict) == ("finished", "breached")
    assert Path(report).read_text().startswith("<!DOCTYPE html>")
    kinds = [letter[0] for letter in came.airflow.letters()]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == DISCREPANCIES
    assert f"bookings@{BREACHED} breached: The copies are not equal" in came.output


def test_a_clean_day_ends_with_0(came: Came) -> None:
    assert came.codes["clean"] == 0, came.output
    ((_, status, verdict, _),) = came.airflow.runs(CLEAN)
    assert (status, verdict) == ("finished", "matched")


def test_airflow_and_the_library_and_single_tasks_find_the_same(came: Came) -> None:
    assert came.codes["library"] == 1, came.output
    found = [rows.counts(rows.runs(BREACHED)[0][0]) for rows in (came.airflow, came.library)]
    assert found[0] == found[1]
    assert found[0]
    assert came.airflow.letters() == came.library.letters()
    assert {came.codes[step] for step in Step} == {0}
    ((run_id, status, verdict, _),) = came.steps.runs(BREACHED)
    assert (status, verdict) == ("finished", "breached")
    assert came.steps.counts(run_id) == found[0]
    assert came.steps.letters() == came.library.letters()


def test_a_window_that_is_not_there_is_refused_in_one_line(came: Came) -> None:
    line = "AirflowFailException: window 2031-01-01 lies past the dataset's end; expected before"
    assert line in came.output


def test_a_task_that_lacks_what_must_run_first_names_it(came: Came) -> None:
    """`airflow tasks test` exits 0 whatever happens: the message is what it promises."""
    assert came.codes["too early"] == 0
    line = "window 2013-01-07 of dataset bookings has no reconciliation. Next: run its first step, "
    assert f"{line}plan" in came.output


def test_a_backfill_of_one_day_would_be_one_run(came: Came) -> None:
    assert came.codes["dry backfill"] == 0
    table = came.output.partition("Runs to be attempted:")[2].partition("[")[0]
    assert table.count(f"{BREACHED} 00:00:00+00:00") == 1
    assert table.count("+00:00") == 1
