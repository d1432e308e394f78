"""What the tasks of a reconciliation on arrival do. Imported by tasks only."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from airflow.sdk import Context
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from reconcile.errors import ReconcileError
from reconcile.history.calendar import Calendar
from reconcile.jobs.reporting import report_of_runs
from reconcile.jobs.running import WindowOutcome, run_window
from reconcile.jobs.setting import Setting
from reconcile.jobs.waiting import waited_for
from reconcile.model.airflow_run import AirflowRun
from reconcile.model.dataset import Dataset, OnBreach, Ready
from reconcile.model.result import Verdict
from reconcile.model.window import Window
from reconcile.orchestration.assets import verdict_alias, verdict_asset, verdict_extra
from reconcile.orchestration.event_windows import EventWindows, events_of_run, windows_of_events
from reconcile.orchestration.failures import plain_failures
from reconcile.orchestration.report_link import log_report
from reconcile.orchestration.task_setting import task_setting
from reconcile.orchestration.task_states import handed_on
from reconcile.report.content import Report, WindowReport
from reconcile.report.headline import sentence

_log = logging.getLogger(__name__)

_REFUSED = "refused"


def reconcile_arrived(dataset: Dataset, context: Context) -> list[str]:
    """Reconciles every window that the triggering events name and both sides have.

    Each verdict is told by an event of its Asset, and each event that names none by the XCom
    `refused`: what has not ended yet will have, when the verdict alone is cleared.

    Returns:
        The ids of our runs, in the order of their windows.

    Raises:
        AirflowException: A window may do better by itself, and a retry is left.
        AirflowFailException: A person must change something before any window can run.
    """
    named = _named(dataset, context)
    for line in named.refused:
        _log.error("%s: %s", dataset.name, line)
    context["ti"].xcom_push(_REFUSED, list(named.refused))
    with plain_failures(), task_setting() as setting:
        windows = [window for window in named.windows if _has_arrived(setting, dataset, window)]
        outcomes = [_reconciled(setting, dataset, window) for window in windows]
    if not outcomes:
        _log.info("%s: no event names a window that both sides have: nothing to do", dataset.name)
    _retry_what_may_pass(outcomes, context)
    _tell_verdicts(dataset, outcomes, context)
    return [outcome.run_id for outcome in outcomes]


def judge_arrived(dataset: Dataset, context: Context, *, begun_by: str) -> None:
    """Fails where a window came to no good verdict, or an event named no window.

    Args:
        dataset: The dataset.
        context: Airflow's, of the task.
        begun_by: The task that handed on the ids of our runs.

    Raises:
        AirflowFailException: One line of everything that is wrong.
    """
    run_ids = handed_on(context, begun_by)
    if run_ids is None:
        raise AirflowFailException(
            f"{dataset.name}: the task {begun_by} did not come to its end; its log says why"
        )
    wrong = [*(context["ti"].xcom_pull(task_ids=begun_by, key=_REFUSED) or ())]
    with plain_failures(), task_setting() as setting:
        begun = [run_id for run_id in run_ids if setting.state.runs.exists(run_id)]
        if len(begun) < len(run_ids):
            wrong.append(
                f"{len(run_ids) - len(begun)} of {len(run_ids)} windows could not begin; "
                f"the log of the task {begun_by} says why"
            )
        if begun:
            report = report_of_runs(setting, dataset, begun)
            wrong += _bad_windows(dataset, report)
            _log.info("%s: %s", dataset.name, sentence(report))
            _log_reports(report, context)
    if wrong:
        raise AirflowFailException(f"{dataset.name}: {' · '.join(wrong)}")


def _log_reports(report: Report, context: Context) -> None:
    run = AirflowRun(context["dag_run"].dag_id, context["dag_run"].run_id)
    for window in report.windows:
        if window.report is not None and window.run_id is not None:
            log_report(f"{report.dataset}@{window.window}", run.report_of(window.run_id))


def _named(dataset: Dataset, context: Context) -> EventWindows:
    """The windows of the run's events; its retries agree on which have ended."""
    begun: datetime = context["dag_run"].start_date or context["dag_run"].run_after
    return windows_of_events(events_of_run(context), Calendar.of(dataset), now=begun)


def _has_arrived(setting: Setting, dataset: Dataset, window: Window) -> bool:
    """Whether both sides have the window: an event speaks for its own side only."""
    marker = None if dataset.ready is None else dataset.ready.marker
    there = Ready(marker, timedelta(0) if marker is None else None)
    arriving = replace(dataset, ready=there)
    try:
        lines = waited_for(arriving, window, clients=setting.clients, now=setting.now())
    except ReconcileError:
        return True  # Its run will say the same, where it is looked for.
    for line in lines:
        _log.info("%s@%s waits for its other side: %s", dataset.name, window.name, line)
    return not lines


def _reconciled(setting: Setting, dataset: Dataset, window: Window) -> WindowOutcome:
    _log.info("%s@%s begins", dataset.name, window.name)
    outcome = run_window(setting, dataset, window)
    if outcome.error is not None:
        _log.error("%s@%s has no verdict: %s", dataset.name, window.name, outcome.error.line())
    else:
        _log.info("%s@%s %s", dataset.name, window.name, outcome.verdict)
    return outcome


def _retry_what_may_pass(outcomes: Iterable[WindowOutcome], context: Context) -> None:
    """All windows again, while there are tries: running one twice does no harm."""
    ti = context["ti"]
    passing = [o.error for o in outcomes if o.error is not None and o.error.retryable]
    if passing and ti.try_number <= ti.max_tries:
        raise AirflowException(passing[0].line())


def _tell_verdicts(dataset: Dataset, outcomes: Sequence[WindowOutcome], context: Context) -> None:
    told = context["outlet_events"][verdict_alias(dataset)]
    for outcome in outcomes:
        if outcome.verdict is not None:
            extra = verdict_extra(outcome.window.name, outcome.verdict, outcome.run_id)
            told.add(verdict_asset(dataset), extra=dict(extra))


def _bad_windows(dataset: Dataset, report: Report) -> list[str]:
    return [_bad_window(window) for window in report.windows if not _is_tolerated(dataset, window)]


def _is_tolerated(dataset: Dataset, window: WindowReport) -> bool:
    if window.verdict is Verdict.BREACHED:
        return dataset.on_breach is OnBreach.WARN
    return window.verdict is not None and window.verdict.exit_code == 0


def _bad_window(window: WindowReport) -> str:
    if window.verdict is None:
        return f"{window.window} has no verdict: {window.error or 'it did not end'}"
    return f"{window.window} {window.verdict.value}, report: {window.report}"
