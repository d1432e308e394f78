"""Which run of ours a task works on, which window that is about, and how far Airflow has come.

Imported by tasks only.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum

from airflow.sdk import Context

from reconcile.errors import NotFound
from reconcile.history.calendar import Calendar
from reconcile.jobs.setting import Setting
from reconcile.jobs.working import newest_run
from reconcile.model.airflow_run import AirflowRun
from reconcile.model.dataset import Dataset
from reconcile.model.run import RunKind, new_run_id
from reconcile.model.window import Window
from reconcile.orchestration.report_link import log_report
from reconcile.orchestration.task_states import succeeded_tasks
from reconcile.orchestration.task_test import is_task_test
from reconcile.orchestration.timetable import default_timezone
from reconcile.orchestration.window_of_run import window_of_run

_log = logging.getLogger(__name__)


def window_of_task(dataset: Dataset, context: Context) -> Window:
    """The window that the task's run is about, which is said in its log.

    Raises what `window_of_run` raises.
    """
    run = context["dag_run"]
    chosen = window_of_run(
        Calendar.of(dataset),
        asked=context["params"].get("window"),
        logical_date=run.logical_date,
        backfill=run.run_type == "backfill",
        now=asked_at(context),
        default_timezone=default_timezone(),
    )
    _log.info("window %s of %s: %s", chosen.window.name, dataset.name, chosen.reason)
    return chosen.window


def own_run_id(dataset: Dataset, context: Context) -> str:
    """The id of the run of ours that Airflow's begins: the same each time.

    Under `airflow tasks test` it is a new one.
    """
    run = context["dag_run"]
    if is_task_test():
        return new_run_id(dataset.name, asked_at(context), secrets.token_hex(6))
    return AirflowRun(run.dag_id, run.run_id).our_run_id(asked_at(context))


def begun_run_id(
    setting: Setting,
    dataset: Dataset,
    context: Context,
    *,
    kind: RunKind = RunKind.RECONCILIATION,
) -> str:
    """The run that was planned; under `airflow tasks test` the newest of the window.

    Raises:
        NotFound: Nothing was planned.
    """
    if is_task_test():
        return newest_run(setting, dataset.name, window_of_task(dataset, context), kind=kind)
    run_id = own_run_id(dataset, context)
    if not setting.state.runs.exists(run_id):
        raise NotFound(
            f"nothing was planned for this run of dataset {dataset.name}",
            next_step="see what the task plan says, and clear it",
        )
    return run_id


def asked_at(context: Context) -> datetime:
    """When the run was asked for, so that a task cleared days later still means the same window.

    `airflow tasks test` makes the moment up from the date; there it is now.
    """
    if is_task_test():
        return datetime.now(UTC)
    asked: datetime = context["dag_run"].run_after
    return asked


def stopped_at(context: Context, steps: Sequence[StrEnum]) -> StrEnum | None:
    """The first of some steps whose task did not succeed; None where all did."""
    if is_task_test():
        return None
    # Those of slots are told as `compare_0`, `compare_1` …; one of them is enough to go on.
    done = {task.partition("_")[0] for task in succeeded_tasks(context)}
    return next((step for step in steps if step.value not in done), None)


def give_back_tested(setting: Setting, run_id: str) -> None:
    """Under `airflow tasks test` nobody knows whether another task follows: the window is free."""
    if is_task_test():
        run = setting.state.runs.get(run_id)
        setting.state.leases.release(run.dataset, run.kind.hold(run.window), run.id)


def log_own_report(setting: Setting, run_id: str, context: Context) -> None:
    """Says where the report is; under `airflow tasks test` no run of Airflow's leads there."""
    if not is_task_test():
        run, asked = setting.state.runs.get(run_id), context["dag_run"]
        address = AirflowRun(asked.dag_id, asked.run_id).report
        log_report(f"{run.dataset}@{run.window}", address)
