"""What the tasks do that look at the windows before a scheduled sync's own. Imported by tasks only.

Late and rewritten data is found there and synchronised, each window in a run of its own.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from airflow.sdk import Context
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from reconcile.errors import WindowHeld
from reconcile.history.calendar import Calendar
from reconcile.history.completeness import declared_gap
from reconcile.jobs.sync_reporting import report_of_sync
from reconcile.jobs.sync_status import behind_of
from reconcile.jobs.sync_work import SyncWork
from reconcile.jobs.syncing import SyncOutcome, sync_window
from reconcile.model.airflow_run import AirflowRun
from reconcile.model.dataset import Dataset
from reconcile.model.ledger import SyncedWindow
from reconcile.model.window import Window
from reconcile.orchestration.failures import plain_failures
from reconcile.orchestration.report_link import log_report
from reconcile.orchestration.sync_steps import tell_synced
from reconcile.orchestration.task_run import asked_at, window_of_task
from reconcile.orchestration.task_setting import task_setting
from reconcile.orchestration.task_states import handed_on
from reconcile.orchestration.task_test import is_task_test
from reconcile.report.sync_content import SyncWindowReport
from reconcile.report.sync_headline import sync_sentence

_log = logging.getLogger(__name__)


def synchronise_earlier(dataset: Dataset, context: Context) -> list[str]:
    """Synchronises the windows before the run's own that lack what the origin holds of them.

    A window that another run is at work on is left to it. One that this very task has made complete
    in an earlier attempt is told again, since that attempt may have told nobody.

    Returns:
        The ids of our runs, in the order of their windows.

    Raises:
        AirflowSkipException: The run was not scheduled: it is about the window that was named.
        AirflowException: A window may do better by itself, and a retry is left.
        AirflowFailException: A person must change something before any window can be looked at.
    """
    if context["dag_run"].run_type != "scheduled" and not is_task_test():
        raise AirflowSkipException("only a scheduled run looks at earlier windows")
    with (
        plain_failures(),
        task_setting() as setting,
        SyncWork.open(setting, dataset) as work,
    ):
        outcomes = _synchronised(work, context)
        _retry_what_may_pass(outcomes, context)
        synced = _pointers(work)
        for outcome in outcomes:
            if outcome.state is not None:
                tell_synced(work, synced[outcome.window.name], context)
    return [outcome.run_id for outcome in outcomes]


def judge_earlier(dataset: Dataset, context: Context, *, begun_by: str) -> None:
    """Fails where an earlier window that was behind is not complete.

    Args:
        dataset: The dataset.
        context: Airflow's, of the task.
        begun_by: The task that handed on the ids of our runs.

    Raises:
        AirflowFailException: One line of every window that is not complete, or the task that looks
            has come to no end.
    """
    run_ids = handed_on(context, begun_by)
    if run_ids is None:
        raise AirflowFailException(
            f"{dataset.name}: the task {begun_by} did not come to its end; its log says why"
        )
    with plain_failures(), task_setting() as setting:
        begun = [run_id for run_id in run_ids if setting.state.runs.exists(run_id)]
        wrong = [] if len(begun) == len(run_ids) else [_unbegun(run_ids, begun, begun_by)]
        if begun:
            content = report_of_sync(setting, dataset, begun)
            _log.info("%s: %s", dataset.name, sync_sentence(content))
            wrong += [_told(window) for window in content.windows if not window.is_clean]
            _log_reports(dataset, content.windows, context)
    if wrong:
        again = f"Next: airflow dags trigger {context['dag_run'].dag_id}, naming the window"
        raise AirflowFailException(f"{dataset.name}: {' · '.join(wrong)}. {again}")


def _synchronised(work: SyncWork, context: Context) -> list[SyncOutcome]:
    dataset, run = work.dataset, AirflowRun(context["dag_run"].dag_id, context["dag_run"].run_id)
    windows = _before(work, window_of_task(dataset, context))
    ids = {window: run.our_run_id(asked_at(context), window=window.name) for window in windows}
    synced = _pointers(work)
    done = {w for w in windows if w.name in synced and synced[w.name].run_id == ids[w]}
    late = behind_of(work, windows)
    if not late:
        _log.info("%s: nothing late or rewritten in the windows before", dataset.name)
    outcomes = []
    for window in windows:
        if window in late:
            outcome = _one(work, window, ids[window])
            outcomes += [] if outcome is None else [outcome]
        elif window in done:
            outcomes.append(SyncOutcome(window, ids[window], state=synced[window.name].state))
    return outcomes


def _one(work: SyncWork, window: Window, run_id: str) -> SyncOutcome | None:
    name = f"{work.dataset.name}@{window.name}"
    _log.info("%s begins: its origin holds what is not at its destination", name)
    outcome = sync_window(work, window, run_id=run_id)
    if isinstance(outcome.error, WindowHeld):
        _log.info("%s is left to the run that is at work on it: %s", name, outcome.error.line())
        return None
    if outcome.error is not None:
        _log.error("%s was not synchronised: %s", name, outcome.error.line())
    else:
        _log.info("%s %s", name, outcome.state)
    return outcome


def _before(work: SyncWork, window: Window) -> Sequence[Window]:
    """The windows to look at, in order; not those that nobody expects."""
    calendar = Calendar.of(work.dataset)
    found: list[Window] = []
    before = calendar.previous(window)
    while before is not None and len(found) < work.rules.look_back:
        found.append(before)
        before = calendar.previous(before)
    return [one for one in reversed(found) if declared_gap(one, work.rules.gaps) is None]


def _pointers(work: SyncWork) -> dict[str, SyncedWindow]:
    """How the dataset's windows stood when they were last synchronised, by their names."""
    return work.setting.state.sync_ledger.windows(work.dataset.name, work.place)


def _retry_what_may_pass(outcomes: Iterable[SyncOutcome], context: Context) -> None:
    """While there are tries: what is complete by then is only told again."""
    ti = context["ti"]
    passing = [o.error for o in outcomes if o.error is not None and o.error.retryable]
    if passing and ti.try_number <= ti.max_tries:
        raise AirflowException(passing[0].line())


def _unbegun(run_ids: Sequence[str], begun: Sequence[str], by: str) -> str:
    missing = len(run_ids) - len(begun)
    return f"{missing} of {len(run_ids)} windows could not begin; the log of the task {by} says why"


def _told(window: SyncWindowReport) -> str:
    if window.state is None:
        return f"{window.window} was not synchronised: {window.error or 'it did not end'}"
    return f"{window.window} {window.state}, report: {window.report}"


def _log_reports(dataset: Dataset, windows: Iterable[SyncWindowReport], context: Context) -> None:
    if is_task_test():
        return
    run = AirflowRun(context["dag_run"].dag_id, context["dag_run"].run_id)
    for window in windows:
        if window.report is not None and window.run_id is not None:
            log_report(f"{dataset.name}@{window.window}", run.report_of(window.run_id))
