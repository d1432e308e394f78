"""What a task of a daily reconciliation does: Airflow's context to our values, one call, back.

Imported by tasks only: it brings the state database, which parsing a DAG file need not wait for.
What only one step needs (the engine, Arrow, Great Expectations) that step imports.
"""

from __future__ import annotations

import logging
from enum import StrEnum

from airflow.sdk import Context
from airflow.sdk.exceptions import AirflowFailException

from reconcile.jobs import reconciliation
from reconcile.jobs.artifacts import Artifacts
from reconcile.jobs.outcome import verdict_of
from reconcile.jobs.reporting import report_of_runs
from reconcile.jobs.setting import Setting
from reconcile.jobs.steps import work_of
from reconcile.jobs.working import end_unfinished
from reconcile.model.dataset import Dataset, OnBreach
from reconcile.model.result import Verdict
from reconcile.model.run import Step
from reconcile.orchestration.assets import verdict_asset, verdict_extra
from reconcile.orchestration.failures import plain_failures
from reconcile.orchestration.task_run import (
    begun_run_id,
    give_back_tested,
    log_own_report,
    own_run_id,
    stopped_at,
    window_of_task,
)
from reconcile.orchestration.task_setting import task_setting
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
            window = window_of_task(dataset, context)
            run_id = own_run_id(dataset, context)
            run = reconciliation.plan(setting, dataset, window, run_id, slots=dataset.slots)
            give_back_tested(setting, run_id)
            return run.id
        run_id = begun_run_id(setting, dataset, context)
        if step is Step.VERDICT:
            log_own_report(setting, run_id, context)
            _judge(setting, dataset, run_id, stopped_at=stopped_at(context, list(Step)[:-1]))
        else:
            work_of(step, slot=slot)(setting, dataset, run_id)
        if step is Step.REPORT:
            _tell_verdict(setting, dataset, run_id, context)
            log_own_report(setting, run_id, context)
        give_back_tested(setting, run_id)
        return None


def _tell_verdict(setting: Setting, dataset: Dataset, run_id: str, context: Context) -> None:
    """Says in the event of the verdict's Asset what the verdict will be."""
    window = setting.state.runs.get(run_id).window
    judged = verdict_of(Artifacts(setting, run_id))
    event = context["outlet_events"][verdict_asset(dataset)]
    event.extra = dict(verdict_extra(window, judged, run_id))


def _judge(setting: Setting, dataset: Dataset, run_id: str, *, stopped_at: StrEnum | None) -> None:
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
