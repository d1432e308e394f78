"""What Airflow finds in `dags/` and `plugins/`."""

from __future__ import annotations

import json
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.dags.conftest import CHECKOUT, AirflowHome

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("airflow")]

BROKEN = """\
dataset: payments
schedule: every night
grian: day
"""

SYNCS = {
    "shipments": '{from: source, to: target, schedule: "0 3 * * *", slots: 3, pool: wide}',
    "parcels": "{from: source, to: target}",
    "awaited": "{from: source, to: target}\nready: {marker: _SUCCESS}",
}
"""Datasets that are synchronised, by their `sync` block."""

SNAPSHOTS = {
    "ledgers": '{of: source, repository: "s3://vault/ledgers", schedule: "0 7 * * *", '
    'drill: "0 9 * * 0", copy: "az://vault/ledgers", pool: safe}',
    "letters": '{of: source, repository: "s3://vault/letters"}',
}
"""Datasets that are backed up, by their `snapshot` block."""


def answered(
    home: AirflowHome,
    question: str,
    *,
    datasets: Path | None = None,
    dag: str | None = None,
    task: str | None = None,
) -> dict[str, Any]:
    """Airflow's answer; with a DAG and a task as a process that is about them would give it."""
    about = {"_AIRFLOW_PARSING_CONTEXT_DAG_ID": dag, "_AIRFLOW_PARSING_CONTEXT_TASK_ID": task}
    done = home.run(
        *(sys.executable, "-m", "tests.dags.airflow_answers", question),
        add={
            "PYTHONPATH": str(CHECKOUT),
            "RECONCILE_DATASETS": str(datasets or home.bookings.datasets),
            **{name: value for name, value in about.items() if value is not None},
        },
    )
    assert done.returncode == 0, done.stdout
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


@pytest.fixture(scope="module")
def mixed(airflow_home: AirflowHome, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the checkout's files, two more good ones, and a broken one."""
    folder = tmp_path_factory.mktemp("all") / "datasets"
    shutil.copytree(CHECKOUT / "dags" / "datasets", folder)
    shutil.copy(airflow_home.bookings.datasets / "bookings.yaml", folder)
    arriving = (folder / "bookings.yaml").read_text().replace("bookings", "returns")
    (folder / "returns.yaml").write_text(f"{arriving}on_arrival: true\n")
    (folder / "payments.yaml").write_text(BROKEN)
    synced = (folder / "bookings.yaml").read_text()
    for name, block in SYNCS.items():
        (folder / f"{name}.yaml").write_text(f"{synced.replace('bookings', name)}sync: {block}\n")
    for name, block in SNAPSHOTS.items():
        (folder / f"{name}.yaml").write_text(
            f"{synced.replace('bookings', name)}snapshot: {block}\n"
        )
    return folder


@pytest.fixture(scope="module")
def parsed(airflow_home: AirflowHome, mixed: Path) -> dict[str, Any]:
    return answered(airflow_home, "dags", datasets=mixed)


def test_parsing_the_files_imports_nothing_heavy(airflow_home: AirflowHome) -> None:
    answer = answered(airflow_home, "imports")
    assert {"daily_reconciliation.py", "dataset_errors.py", "reconcile_plugin.py"} <= {
        *answer["files"]
    }
    assert answer["heavy"] == []


def test_a_broken_dataset_file_is_shown_and_takes_no_dag_from_another(
    parsed: dict[str, Any],
) -> None:
    assert "daily_reconciliation__bookings" in parsed["dags"]
    assert not [name for name in parsed["dags"] if "payments" in name]
    assert list(parsed["errors"]) == ["dataset_errors.py"]
    banner = parsed["errors"]["dataset_errors.py"]
    assert "payments.yaml" in banner
    assert "not a schedule" in banner or "every night" in banner
    assert "grian" in banner


def test_a_task_makes_its_own_dag_alone(airflow_home: AirflowHome, mixed: Path) -> None:
    dag = "daily_reconciliation__bookings"
    answer = answered(airflow_home, "dags", datasets=mixed, dag=dag, task="plan")
    assert (list(answer["dags"]), answer["errors"]) == ([dag], {})


def test_a_task_whose_dataset_broke_meanwhile_says_so(
    airflow_home: AirflowHome, mixed: Path
) -> None:
    dag = "daily_reconciliation__payments"
    answer = answered(airflow_home, "dags", datasets=mixed, dag=dag, task="plan")
    assert answer["dags"] == {}
    assert "grian" in answer["errors"]["daily_reconciliation.py"]


def test_a_command_about_a_broken_dataset_blames_no_file_that_others_need(
    airflow_home: AirflowHome, mixed: Path
) -> None:
    answer = answered(airflow_home, "dags", datasets=mixed, dag="daily_reconciliation__payments")
    assert (answer["dags"], list(answer["errors"])) == ({}, ["dataset_errors.py"])


def test_the_dag_of_a_dataset(parsed: dict[str, Any]) -> None:
    dag = parsed["dags"]["daily_reconciliation__bookings"]
    assert dag["owner"] == "sales"
    assert dag["tags"] == ["bookings", "daily_reconciliation", "reconcile"]
    assert dag["catchup"] is False
    assert "How to resume" in dag["doc"]
    assert "Bookings, one row each" in dag["doc"]


def test_the_dag_of_a_dataset_on_arrival(parsed: dict[str, Any]) -> None:
    dag = parsed["dags"]["reconciliation_on_arrival__returns"]
    assert dag["owner"] == parsed["dags"]["daily_reconciliation__returns"]["owner"] == "sales"
    assert dag["tags"] == ["reconcile", "reconciliation_on_arrival", "returns"]
    assert dag["doc"].startswith("Compares both copies of returns for each window")
    assert "| dataset | `returns` |" in dag["doc"]
    assert "reconciliation_on_arrival__bookings" not in parsed["dags"]


def test_the_form_asks_for_a_window(parsed: dict[str, Any]) -> None:
    for dag in ("daily_reconciliation__bookings", "historical_sync__shipments"):
        window = parsed["dags"][dag]["params"]["window"]
        assert window["value"] is None
        assert window["schema"]["type"] == ["null", "string"]
        assert window["schema"]["pattern"] == r"^\d{4}-\d\d-\d\d$"


def test_the_dag_of_a_sync(parsed: dict[str, Any]) -> None:
    dag = parsed["dags"]["historical_sync__shipments"]
    assert dag["tags"] == ["historical_sync", "reconcile", "shipments"]
    assert dag["catchup"] is False
    assert "Copies what the destination of shipments lacks" in dag["doc"]
    approval = dag["params"]["approve_deletes"]
    assert (approval["value"], approval["schema"]["type"]) == (None, ["null", "string"])
    assert "historical_sync__bookings" not in parsed["dags"]


def test_a_sync_s_run_ends_twice_for_its_own_window_and_for_earlier_ones(
    parsed: dict[str, Any],
) -> None:
    tasks = parsed["dags"]["historical_sync__shipments"]["tasks"]
    assert {name: task["after"] for name, task in tasks.items()} == {
        "plan": [],
        "copy": ["plan"],
        "verify": ["copy"],
        "commit": ["verify"],
        "report": ["commit"],
        "earlier": ["commit"],
        "caught_up": ["earlier"],
    }
    starts = {name: task["starts"] for name, task in tasks.items() if name != "copy"}
    assert {name for name, rule in starts.items() if rule == "all_done"} == {"report", "earlier"}
    assert starts["verify"] == "all_done_min_one_success"


def test_what_copies_has_a_pool_and_a_sync_waits_for_other_tasks(parsed: dict[str, Any]) -> None:
    tasks = parsed["dags"]["historical_sync__shipments"]["tasks"]
    assert {name for name, task in tasks.items() if task["pool"] == "wide"} == {"copy", "earlier"}
    daily = parsed["dags"]["daily_reconciliation__shipments"]["tasks"]
    assert max(task["weight"] for task in tasks.values()) < min(t["weight"] for t in daily.values())
    assert {task["retries"] for task in tasks.values()} == {3}
    assert all(task["timeout"] > 0 for task in tasks.values())


def test_a_sync_without_a_schedule_is_never_begun_by_itself_and_can_be_backfilled(
    parsed: dict[str, Any],
) -> None:
    dag = parsed["dags"]["historical_sync__parcels"]
    assert dag["next"] is None
    assert parsed["dags"]["historical_sync__shipments"]["next"] is not None
    assert dag["backfill"] == ["2013-01-05T00:00:00+00:00"]
    assert list(dag["tasks"]) == ["plan", "copy", "verify", "commit", "report"]


def test_a_sync_waits_where_the_dataset_says_when_a_window_is_whole(
    parsed: dict[str, Any],
) -> None:
    tasks = parsed["dags"]["historical_sync__awaited"]["tasks"]
    assert tasks["plan"]["after"] == ["wait"]


def test_a_backup_s_tasks_are_its_steps_and_its_report_is_last_whatever_came(
    parsed: dict[str, Any],
) -> None:
    dag = parsed["dags"]["snapshot_backup__ledgers"]
    tasks = dag["tasks"]
    assert {name: task["after"] for name, task in tasks.items()} == {
        "create": [],
        "verify": ["create"],
        "copy": ["verify"],
        "prune": ["copy"],
        "report": ["prune"],
    }
    assert {name for name, task in tasks.items() if task["starts"] == "all_done"} == {"report"}
    assert {name for name, task in tasks.items() if task["pool"] != "safe"} == {"report"}
    assert all(task["timeout"] > 0 for task in tasks.values())
    assert dag["catchup"] is False
    assert "Saves ledgers as it is now into its repository" in dag["doc"]


def test_a_backup_is_of_now_so_that_its_schedule_is_cron_s_and_a_backfill_is_refused(
    parsed: dict[str, Any],
) -> None:
    dag = parsed["dags"]["snapshot_backup__ledgers"]
    assert dag["run_types"] == ["manual", "operator_triggered", "scheduled"]
    # 07:00 in New York, either side of the clocks' change.
    assert {moment[11:16] for moment in dag["backfill"]} <= {"11:00", "12:00"}
    assert dag["next"][11:16] in {"11:00", "12:00"}
    assert dag["next"] > datetime.now(UTC).isoformat()
    by_hand = parsed["dags"]["snapshot_backup__letters"]
    assert by_hand["next"] is None
    assert list(by_hand["tasks"]) == ["create", "verify", "prune", "report"]


def test_a_drill_is_there_where_the_file_says_when(parsed: dict[str, Any]) -> None:
    dag = parsed["dags"]["restore_drill__ledgers"]
    assert {name: task["after"] for name, task in dag["tasks"].items()} == {
        "drill": [],
        "report": ["drill"],
    }
    assert dag["tasks"]["drill"]["pool"] == "safe"
    assert dag["next"] is not None
    assert "restore_drill__letters" not in parsed["dags"]


def test_a_restore_is_by_hand_and_a_rehearsal_unless_told_otherwise(
    parsed: dict[str, Any],
) -> None:
    dag = parsed["dags"]["restore__ledgers"]
    assert dag["next"] is None
    assert list(dag["tasks"]) == ["restore", "report"]
    form = {name: asked["value"] for name, asked in dag["params"].items()}
    assert form["rehearsal"] is True
    assert (form["replace"], form["from_copy"]) == (False, False)
    assert (form["to"], form["snapshot"], form["window"]) == ("", None, None)
    assert dag["params"]["to"]["schema"]["type"] == "string"  # the form asks until it has one
    assert dag["params"]["window"]["schema"]["pattern"] == (r"^\d{4}-\d\d-\d\d(/\d{4}-\d\d-\d\d)?$")
    assert "from_copy" not in parsed["dags"]["restore__letters"]["params"]


def test_a_dataset_without_a_snapshot_block_has_no_dags_of_snapshots(
    parsed: dict[str, Any],
) -> None:
    families = {name.partition("__")[0] for name in parsed["dags"] if name.endswith("__bookings")}
    assert families == {"daily_reconciliation"}


def test_its_tasks_are_the_steps_one_after_the_other(parsed: dict[str, Any]) -> None:
    tasks = parsed["dags"]["daily_reconciliation__bookings"]["tasks"]
    steps = ["plan", "compare", "validate", "route", "report", "verdict"]
    assert list(tasks) == steps
    assert [tasks[step]["after"] for step in steps] == [[], *([step] for step in steps[:-1])]
    for facts in tasks.values():
        assert facts["retries"] == 3
        assert facts["timeout"] > 0
        assert facts["pool"] == "default_pool"


def test_a_backfill_of_one_day_is_one_run_of_the_dag_as_the_scheduler_reads_it(
    parsed: dict[str, Any],
) -> None:
    dag = parsed["dags"]["daily_reconciliation__bookings"]
    assert dag["backfill"] == ["2013-01-05T00:00:00+00:00"]


def test_the_datasets_of_the_checkout_have_their_dags(parsed: dict[str, Any]) -> None:
    files = (CHECKOUT / "dags" / "datasets").glob("*.yaml")
    assert {f"daily_reconciliation__{file.stem}" for file in files} <= set(parsed["dags"])
