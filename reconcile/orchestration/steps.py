"""What a task of a daily reconciliation does: Airflow's context to our values, one call, back.

Imported by tasks only: it brings the state database, which parsing a DAG file need not wait for.
What only one step needs (the engine, Arrow, Great Expectations) that step imports.
"""

from __future__ import annotations

import logging
import secrets
from datetime import UTC, datetime

from airflow.sdk import Context
from airflow.sdk.exceptions import AirflowFailException

from reconcile.config.schedule import Schedule
from reconcile.errors import NotFound
from reconcile.history.calendar import Calendar
from reconcile.jobs import reconciliation
from reconcile.jobs.artifacts import Artifacts
from reconcile.jobs.outcome import verdict_of
from reconcile.jobs.reporting import report_of_runs
from reconcile.jobs.setting import Setting
from reconcile.jobs.steps import work_of
from reconcile.jobs.waiting import waited_for
from reconcile.jobs.working import end_unfinished
from reconcile.model.airflow_run import AirflowRun
from reconcile.model.dataset import Dataset, OnBreach, Ready
from reconcile.model.result import Verdict
from reconcile.model.run import Step, new_run_id
from reconcile.model.window import Window
from reconcile.orchestration.assets import verdict_asset, verdict_extra
from reconcile.orchestration.connections import AirflowClients
from reconcile.orchestration.due_windows import DueWindows
from reconcile.orchestration.failures import plain_failures
from reconcile.orchestration.report_link import log_report
from reconcile.orchestration.task_setting import task_setting
from reconcile.orchestration.task_states import succeeded_tasks
from reconcile.orchestration.task_test import is_task_test
from reconcile.orchestration.timetable import default_timezone
from reconcile.orchestration.window_of_run import window_of_run
from reconcile.report.headline import sentence

_log = logging.getLogger(__name__)


def take(step: Step, dataset: Dataset, context: Context, *, slot: int | None = None) -> str | None:
    """Takes one step of the run that the context is about; the plan's result is the run's id.

    Args:
        step: Which step.
        dataset: The dataset.
        context: Airflow's, of the task.
        slot: Which of the dataset's slots compares, from 0; None compares everything.

    Raises:
        AirflowFailException: A person must change something, or the verdict is a bad one.
        AirflowException: It may pass by itself.
    """
    with plain_failures(), task_setting() as setting:
        if step is Step.PLAN:
            window = _window(dataset, context)
            run_id = _new_run_id(dataset, context)
            run = reconciliation.plan(setting, dataset, window, run_id, slots=dataset.slots)
            _give_back_tested(setting, run_id)
            return run.id
        run_id = _run_id(setting, dataset, context)
        if step is Step.VERDICT:
            _log_report(setting, run_id, context)
            _judge(setting, dataset, run_id, stopped_at=_stopped_at(context))
        else:
            work_of(step, slot=slot)(setting, dataset, run_id)
        if step is Step.REPORT:
            _tell_verdict(setting, dataset, run_id, context)
            _log_report(setting, run_id, context)
        _give_back_tested(setting, run_id)
        return None


def is_ready(dataset: Dataset, context: Context) -> bool:
    """Whether the run's window need not be waited for: it is whole, or its time is up.

    Its time counts from when the window was due, so that an old one is never waited for. What is
    not there then counts as absent: of one side it is an empty side, of both the plan fails.

    Raises what `take` raises.
    """
    with plain_failures():
        window = _window(dataset, context)
        due = DueWindows(Calendar.of(dataset), Schedule(dataset.schedule, dataset.timezone))
        give_up = due.due_at(window) + (dataset.ready or Ready()).timeout
        now = _now()
        lines = waited_for(dataset, window, clients=AirflowClients(), now=now)
        for line in lines:
            _log.info("%s@%s: %s", dataset.name, window.name, line)
        if lines and now >= give_up:
            _log.warning("it is not waited for any longer, since %s", f"{give_up:%Y-%m-%dT%H:%MZ}")
        return not lines or now >= give_up


def _give_back_tested(setting: Setting, run_id: str) -> None:
    """Under `airflow tasks test` nobody knows whether another task follows: the window is free."""
    if is_task_test():
        run = setting.state.runs.get(run_id)
        setting.state.leases.release(run.dataset, run.window, run.id)


def _window(dataset: Dataset, context: Context) -> Window:
    run = context["dag_run"]
    chosen = window_of_run(
        Calendar.of(dataset),
        asked=context["params"].get("window"),
        logical_date=run.logical_date,
        backfill=run.run_type == "backfill",
        now=_asked_at(context),
        default_timezone=default_timezone(),
    )
    _log.info("window %s of %s: %s", chosen.window.name, dataset.name, chosen.reason)
    return chosen.window


def _new_run_id(dataset: Dataset, context: Context) -> str:
    run = context["dag_run"]
    if is_task_test():
        return new_run_id(dataset.name, _asked_at(context), secrets.token_hex(6))
    return AirflowRun(run.dag_id, run.run_id).our_run_id(_asked_at(context))


def _run_id(setting: Setting, dataset: Dataset, context: Context) -> str:
    """The run that was planned; under `airflow tasks test` the newest of the window.

    Raises:
        NotFound: Nothing was planned.
    """
    if is_task_test():
        return reconciliation.newest_run(setting, dataset.name, _window(dataset, context))
    run_id = _new_run_id(dataset, context)
    if not setting.state.runs.exists(run_id):
        raise NotFound(
            f"nothing was planned for this run of dataset {dataset.name}",
            next_step="see what the task plan says, and clear it",
        )
    return run_id


def _asked_at(context: Context) -> datetime:
    """When the run was asked for, so that a task cleared days later still means the same window.

    `airflow tasks test` makes the moment up from the date; there it is now.
    """
    if is_task_test():
        return _now()
    asked_at: datetime = context["dag_run"].run_after
    return asked_at


def _now() -> datetime:
    return datetime.now(UTC)


def _tell_verdict(setting: Setting, dataset: Dataset, run_id: str, context: Context) -> None:
    """Says in the event of the verdict's Asset what the verdict will be."""
    window = setting.state.runs.get(run_id).window
    judged = verdict_of(Artifacts(setting, run_id))
    event = context["outlet_events"][verdict_asset(dataset)]
    event.extra = dict(verdict_extra(window, judged, run_id))


def _log_report(setting: Setting, run_id: str, context: Context) -> None:
    """Under `airflow tasks test` there is no run of Airflow's that would lead to it."""
    if not is_task_test():
        run, asked = setting.state.runs.get(run_id), context["dag_run"]
        address = AirflowRun(asked.dag_id, asked.run_id).report
        log_report(f"{run.dataset}@{run.window}", address)


def _stopped_at(context: Context) -> Step | None:
    """The first step whose task did not succeed; None where all did."""
    if is_task_test():
        return None
    # Those of slots are told as `compare_0`, `compare_1` …; one of them is enough to go on.
    done = {task.partition("_")[0] for task in succeeded_tasks(context)}
    before = [step for step in Step if step is not Step.VERDICT]
    return next((step for step in before if step.value not in done), None)


def _judge(setting: Setting, dataset: Dataset, run_id: str, *, stopped_at: Step | None) -> None:
    """Ends the run; a bad verdict fails the task, except a breach that is only to be told."""
    why = end_unfinished(setting, run_id, stopped_at=stopped_at)
    if why is not None:
        window = setting.state.runs.get(run_id).window
        raise AirflowFailException(f"{dataset.name}@{window} has no verdict: {why}")
    judged = reconciliation.verdict(setting, dataset, run_id)
    run = setting.state.runs.get(run_id)
    # A sentence needs no example rows, which may have to be fetched.
    told = report_of_runs(setting, dataset, [run_id])
    reasons = [f"{window.error}." for window in told.windows if window.error is not None]
    text = " ".join([sentence(told), *reasons])
    line = f"{dataset.name}@{run.window} {judged.value}: {text} Report: {run.report}"
    tolerated = judged is Verdict.BREACHED and dataset.on_breach is OnBreach.WARN
    if judged.exit_code and not tolerated:
        raise AirflowFailException(line)
    _log.log(logging.WARNING if tolerated else logging.INFO, line)
