"""What tasks of backups, drills and restores make of Airflow's context, and how their runs end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from reconcile.config.datasets import find_dataset
from reconcile.model.airflow_run import AirflowRun
from reconcile.model.dataset import Dataset, Ready
from reconcile.model.snapshot import BackupStep, RestoreStep
from tests.dags.vaulted import Vaulted, held_below

ASKED_AT = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
BACKUP = (BackupStep.CREATE, BackupStep.VERIFY, BackupStep.COPY, BackupStep.PRUNE)
FORM = {
    "to_connection": None,
    "snapshot": None,
    "window": None,
    "from_copy": False,
    "replace": False,
    "rehearsal": True,
}


@dataclass
class Task:
    """Airflow's context of a run, and what its tasks have come to."""

    family: str = "snapshot_backup"
    run_id: str = "manual__1"
    params: Mapping[str, Any] = field(default_factory=dict)
    succeeded: set[str] = field(default_factory=set)

    @property
    def context(self) -> Any:
        """As much of it as a task reads."""
        states = dict.fromkeys(self.succeeded, "success")
        return {
            "dag_run": SimpleNamespace(
                dag_id=self.dag_id, run_id=self.run_id, run_type="manual", run_after=ASKED_AT
            ),
            "params": self.params,
            "ti": SimpleNamespace(
                dag_id=self.dag_id,
                run_id=self.run_id,
                task_id="report",
                get_task_states=lambda dag_id, *, run_ids: dict.fromkeys(run_ids, states),
            ),
        }

    @property
    def dag_id(self) -> str:
        return f"{self.family}__shipments"


@pytest.fixture
def tasks(
    airflow_module: Callable[[str], ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> SimpleNamespace:
    """What the tasks call, over a state database of this test."""
    monkeypatch.setenv("RECONCILE_STATE", f"sqlite:///{tmp_path / 'state.db'}")
    monkeypatch.delenv("AIRFLOW_TEST_MODE", raising=False)
    rooms = ("snapshot_steps", "snapshot_ending", "restore_steps")
    backup, ending, back = (airflow_module(f"reconcile.orchestration.{room}") for room in rooms)
    return SimpleNamespace(
        take=backup.take,
        end=ending.end,
        drill=back.take_drill,
        restore=back.take_restore,
        notice_of=airflow_module("reconcile.orchestration.ended_run").notice_of,
    )


@pytest.fixture
def vaulted(tmp_path: Path) -> Vaulted:
    return Vaulted.written(tmp_path / "sides", tmp_path / "datasets")


@pytest.fixture
def shipments(vaulted: Vaulted) -> Dataset:
    return find_dataset("shipments", vaulted.sides.datasets)


def backed_up(tasks: SimpleNamespace, dataset: Dataset, task: Task) -> str:
    """Every task of a backup but `report`; the snapshot's id."""
    made = None
    for step in BACKUP:
        made = tasks.take(step, dataset, task.context) or made
        task.succeeded.add(step.value)
    return str(made)


def failure(work: Callable[[], object]) -> str:
    """What a task fails with that is not tried again."""
    # It may not be imported before the fixture has said how.
    from airflow.sdk.exceptions import AirflowFailException

    with pytest.raises(AirflowFailException) as told:
        work()
    return str(told.value)


def test_a_backup_lies_in_both_repositories_and_its_report_where_the_ui_looks(
    tasks: SimpleNamespace, shipments: Dataset, vaulted: Vaulted, tmp_path: Path
) -> None:
    task = Task(params={"tag": "closing"})
    made = backed_up(tasks, shipments, task)
    assert vaulted.snapshots(vaulted.vault) == vaulted.snapshots(vaulted.second) == [made]
    tasks.end(shipments, task.context, BACKUP)
    ours = AirflowRun(task.dag_id, task.run_id).our_run_id(ASKED_AT)
    report = (tmp_path / "artifacts" / "runs" / ours / "report.html").read_text()
    assert report.startswith("<!DOCTYPE html>")
    assert made in report


def test_a_create_that_is_tried_again_is_the_same_snapshot_and_another_run_another(
    tasks: SimpleNamespace, shipments: Dataset, vaulted: Vaulted
) -> None:
    tries = [
        tasks.take(BackupStep.CREATE, shipments, Task(run_id=run, params={"tag": None}).context)
        for run in ("manual__1", "manual__1", "manual__2")
    ]
    assert tries[0] == tries[1] != tries[2]
    assert vaulted.snapshots(vaulted.vault) == sorted({*tries})


def test_damage_fails_the_task_that_sees_it_and_the_run_with_the_reason_and_the_next_step(
    tasks: SimpleNamespace, shipments: Dataset, vaulted: Vaulted
) -> None:
    task = Task(params={"tag": None})
    made = tasks.take(BackupStep.CREATE, shipments, task.context)
    task.succeeded.add("create")
    vaulted.spoil()
    told = failure(lambda: tasks.take(BackupStep.VERIFY, shipments, task.context))
    assert made in told
    assert "reconcile snapshot verify shipments --read all" in told
    told = failure(lambda: tasks.end(shipments, task.context, BACKUP))
    assert told.startswith("shipments: the task verify did not come to its end: ")
    assert made in told
    assert "Next: reconcile snapshot verify shipments --read all" in told
    assert "report.html" in told


def test_a_run_whose_create_failed_says_so_at_its_end(
    tasks: SimpleNamespace, shipments: Dataset, vaulted: Vaulted
) -> None:
    source = vaulted.sides.folder / "source"
    source.rename(source.with_name("elsewhere"))
    task = Task(params={"tag": None})
    why = failure(lambda: tasks.take(BackupStep.CREATE, shipments, task.context))
    told = failure(lambda: tasks.end(shipments, task.context, BACKUP))
    assert f"the task create did not come to its end: {why.rstrip('.')}" in told


def test_an_inconsistent_snapshot_is_not_copied_and_its_run_ends_badly(
    tasks: SimpleNamespace, shipments: Dataset, vaulted: Vaulted
) -> None:
    assert shipments.snapshot is not None
    impatient = replace(
        shipments,
        ready=Ready(marker="_SUCCESS"),
        snapshot=replace(shipments.snapshot, settle=timedelta(0)),
    )
    (vaulted.sides.folder / "source" / "day=2013-01-04" / "_SUCCESS").unlink()
    task = Task(params={"tag": None})
    made = backed_up(tasks, impatient, task)
    assert vaulted.snapshots(vaulted.second) == []
    told = failure(lambda: tasks.end(impatient, task.context, BACKUP))
    assert f"the snapshot {made} is inconsistent. " in told
    assert "2013-01-04" in told
    assert "Next: " in told


def test_the_notice_of_a_run_that_failed_says_what_there_is_and_no_line_of_an_error(
    tasks: SimpleNamespace, shipments: Dataset, vaulted: Vaulted
) -> None:
    made = tasks.take(BackupStep.CREATE, shipments, Task(params={"tag": None}).context)
    vaulted.spoil()
    failed = Task("restore_drill")
    failure(lambda: tasks.drill(shipments, failed.context))
    asked = {"begun_by": "drill", "failed": True, "link": None}
    notice = tasks.notice_of(shipments, failed.context, **asked)
    assert notice.title == "shipments: The restore drill failed"
    assert ("Snapshots", "1") in notice.facts
    assert made not in notice.text


def test_a_task_that_lacks_the_snapshot_names_the_task_to_clear(
    tasks: SimpleNamespace, shipments: Dataset
) -> None:
    tasks.take(BackupStep.CREATE, shipments, Task(params={"tag": None}).context)
    other = Task(run_id="manual__2")
    told = failure(lambda: tasks.take(BackupStep.COPY, shipments, other.context))
    assert "see what the task create says, and clear it" in told


def test_a_drill_proves_a_snapshot_and_one_that_fails_fails_its_run(
    tasks: SimpleNamespace,
    shipments: Dataset,
    vaulted: Vaulted,
) -> None:
    made = backed_up(tasks, shipments, Task(params={"tag": None}))
    task = Task("restore_drill")
    assert tasks.drill(shipments, task.context) == made
    task.succeeded.add("drill")
    tasks.end(shipments, task.context, [RestoreStep.DRILL])
    vaulted.spoil()
    failed = Task("restore_drill", run_id="manual__2")
    failure(lambda: tasks.drill(shipments, failed.context))
    told = failure(lambda: tasks.end(shipments, failed.context, [RestoreStep.DRILL]))
    assert "the task drill did not come to its end: " in told


def test_a_restore_is_a_rehearsal_until_the_form_says_otherwise(
    tasks: SimpleNamespace, shipments: Dataset, vaulted: Vaulted, tmp_path: Path
) -> None:
    made = backed_up(tasks, shipments, Task(params={"tag": None}))
    to = tmp_path / "restored"
    form = {**FORM, "to": str(to)}
    assert tasks.restore(shipments, Task("restore", params=form).context) == made
    assert held_below(to) == {}
    form |= {"rehearsal": False, "window": "2013-01-04/2013-01-05"}
    tasks.restore(shipments, Task("restore", params=form).context)
    source = held_below(vaulted.sides.folder / "source")
    day = {name: held for name, held in source.items() if name.startswith("day=2013-01-04/")}
    assert held_below(to) == day != {}


def test_a_restore_that_does_not_say_where_to_asks_for_it(
    tasks: SimpleNamespace, shipments: Dataset
) -> None:
    task = Task("restore", params={**FORM, "to": " "})
    assert "the form's field To" in failure(lambda: tasks.restore(shipments, task.context))


@pytest.mark.parametrize("rehearsal", [True, False])
def test_a_restore_into_a_folder_with_other_bytes_fails_and_touches_nothing(
    tasks: SimpleNamespace,
    shipments: Dataset,
    vaulted: Vaulted,
    tmp_path: Path,
    rehearsal: bool,
) -> None:
    backed_up(tasks, shipments, Task(params={"tag": None}))
    theirs = tmp_path / "restored" / "day=2013-01-04" / "part-0.parquet"
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(b"somebody's own")
    form = {**FORM, "to": str(tmp_path / "restored"), "rehearsal": rehearsal}
    told = failure(lambda: tasks.restore(shipments, Task("restore", params=form).context))
    assert "part-0.parquet" in told
    assert list(held_below(tmp_path / "restored").values()) == [b"somebody's own"]


def test_a_snapshot_is_asked_for_by_its_id_or_from_the_copy(
    tasks: SimpleNamespace, shipments: Dataset, vaulted: Vaulted, tmp_path: Path
) -> None:
    made = backed_up(tasks, shipments, Task(params={"tag": None}))
    vaulted.spoil()
    form = {**FORM, "to": str(tmp_path / "restored"), "rehearsal": False, "snapshot": made}
    failure(lambda: tasks.restore(shipments, Task("restore", params=form).context))
    form["from_copy"] = True
    assert tasks.restore(shipments, Task("restore", params=form).context) == made
    assert held_below(tmp_path / "restored") == held_below(vaulted.sides.folder / "source")
