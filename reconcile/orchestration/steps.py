"""What a task of a daily reconciliation does: Airflow's context to our values, one call, back.

Imported by tasks only. It brings the engine, the SDKs and Great Expectations, more than ten
seconds of imports, and every task parses its DAG file first.
"""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from airflow.sdk import Context, conf
from airflow.sdk.exceptions import AirflowFailException

from reconcile.history.calendar import Calendar
from reconcile.jobs import reconciliation
from reconcile.jobs.reporting import report_of_runs
from reconcile.jobs.setting import Setting
from reconcile.model.dataset import Dataset, OnBreach
from reconcile.model.result import Verdict
from reconcile.model.run import Step
from reconcile.model.window import Window
from reconcile.orchestration.connections import AirflowClients
from reconcile.orchestration.failures import plain_failures
from reconcile.orchestration.host_share import host_share, usable_cores, usable_memory
from reconcile.orchestration.window_of_run import window_of_run
from reconcile.report.headline import sentence

_log = logging.getLogger(__name__)

Work = Callable[[Setting, Dataset, str], Any]
_WORK: Mapping[Step, Work] = {
    Step.COMPARE: reconciliation.compare,
    Step.VALIDATE: reconciliation.validate,
    Step.ROUTE: reconciliation.route,
    Step.REPORT: reconciliation.report,
}


def take(step: Step, dataset: Dataset, context: Context) -> str | None:
    """Takes one step of the run that the context is about; the plan's result is the run's id.

    Raises:
        AirflowFailException: A person must change something, or the verdict is a bad one.
        AirflowException: It may pass by itself.
    """
    with plain_failures(), _setting() as setting:
        if step is Step.PLAN:
            window = _window(dataset, context)
            run_id = _new_run_id(dataset, context)
            return reconciliation.plan(setting, dataset, window, run_id).id
        run_id = _run_id(setting, dataset, context)
        if step is Step.VERDICT:
            _judge(setting, dataset, run_id)
        else:
            _WORK[step](setting, dataset, run_id)
        return None


def run_id_of(dataset: str, dag_id: str, airflow_run_id: str, asked_at: datetime) -> str:
    """The id of our run for one of Airflow's: the same each time, so a cleared plan repeats it."""
    token = hashlib.sha256(f"{dag_id}\n{airflow_run_id}".encode()).hexdigest()[:12]
    return reconciliation.new_run_id(dataset, asked_at, token)


@contextmanager
def _setting() -> Iterator[Setting]:
    share = host_share(
        os.environ,
        parallelism=conf.getint("core", "parallelism"),
        memory=usable_memory(),
        cores=usable_cores(),
    )
    clients = AirflowClients()
    with Setting.open(clients=clients, memory=share.memory, threads=share.threads) as setting:
        yield setting


def _window(dataset: Dataset, context: Context) -> Window:
    run = context["dag_run"]
    chosen = window_of_run(
        Calendar.of(dataset),
        asked=context["params"].get("window"),
        logical_date=run.logical_date,
        backfill=run.run_type == "backfill",
        now=_asked_at(context),
    )
    _log.info("window %s of %s: %s", chosen.window.name, dataset.name, chosen.reason)
    return chosen.window


def _new_run_id(dataset: Dataset, context: Context) -> str:
    run = context["dag_run"]
    if _is_task_test():
        return reconciliation.new_run_id(dataset.name, _asked_at(context), secrets.token_hex(6))
    return run_id_of(dataset.name, run.dag_id, run.run_id, _asked_at(context))


def _run_id(setting: Setting, dataset: Dataset, context: Context) -> str:
    """The run that was planned: handed on, or the newest of the window where nothing was."""
    handed_on = context["ti"].xcom_pull(task_ids=Step.PLAN.value)
    if handed_on is not None:
        return str(handed_on)
    return reconciliation.run_of(setting, dataset.name, _window(dataset, context), None)


def _asked_at(context: Context) -> datetime:
    """When the run was asked for, so that a task cleared days later still means the same window.

    `airflow tasks test` makes the moment up from the date; there it is now.
    """
    if _is_task_test():
        return datetime.now(UTC)
    asked_at: datetime = context["dag_run"].run_after
    return asked_at


def _is_task_test() -> bool:
    return os.environ.get("AIRFLOW_TEST_MODE") == "True"


def _judge(setting: Setting, dataset: Dataset, run_id: str) -> None:
    """Ends the run; a bad verdict fails the task, except a breach that is only to be told."""
    judged = reconciliation.verdict(setting, dataset, run_id)
    run = setting.state.runs.get(run_id)
    text = sentence(report_of_runs(setting, dataset, [run_id]))
    line = f"{dataset.name}@{run.window} {judged.value}: {text} Report: {run.report}"
    tolerated = judged is Verdict.BREACHED and dataset.on_breach is OnBreach.WARN
    if judged.exit_code and not tolerated:
        raise AirflowFailException(line)
    _log.log(logging.WARNING if tolerated else logging.INFO, line)
