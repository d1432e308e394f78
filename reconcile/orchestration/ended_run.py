"""What there is to tell of a run of Airflow's that has ended. Imported by tasks only."""

from __future__ import annotations

import logging

from airflow.sdk import Context

from reconcile.errors import ReconcileError
from reconcile.jobs.reporting import report_of_runs
from reconcile.jobs.setting import Setting
from reconcile.jobs.snapshots.account import account
from reconcile.jobs.snapshots.work import SnapshotWork
from reconcile.jobs.sync_reporting import report_of_sync
from reconcile.model.airflow_run import RESTORE, RESTORE_DRILL, SNAPSHOT_BACKUP, AirflowRun
from reconcile.model.dataset import Dataset
from reconcile.model.run import RunKind, RunStatus, Step
from reconcile.orchestration.snapshot_work import who
from reconcile.orchestration.task_setting import task_setting
from reconcile.orchestration.task_states import handed_on
from reconcile.report.content import Report
from reconcile.report.notice import Notice, notice_of_run
from reconcile.report.snapshot_content import SnapshotReport
from reconcile.report.snapshot_notice import notice_of_snapshots
from reconcile.report.sync_content import SyncReport
from reconcile.report.sync_notice import notice_of_sync

_log = logging.getLogger(__name__)

_SNAPSHOT_RUNS = {SNAPSHOT_BACKUP: "backup", RESTORE_DRILL: "restore drill", RESTORE: "restore"}


def notice_of(
    dataset: Dataset, context: Context, *, begun_by: str, failed: bool, link: str | None
) -> Notice | None:
    """The notice of the context's run; None where nothing is wrong.

    Args:
        dataset: The dataset.
        context: Airflow's, of the task that ended the run.
        begun_by: The task that handed on the id of our run, or of several.
        failed: Whether that task failed.
        link: The run's page.
    """
    run = AirflowRun(context["ti"].dag_id, context["ti"].run_id)
    if run.kind is RunKind.SYNC:
        return _notice_of_sync(dataset, context, begun_by=begun_by, link=link)
    if run.of_snapshots:
        return _notice_of_snapshots(dataset, context, link=link)
    task = context["ti"]
    report, stopped_at = _what_is_known(dataset, context, begun_by)
    fine = report is not None and report.verdict.exit_code == 0
    if fine and not failed:
        return None
    return notice_of_run(
        dataset.name,
        report,
        stopped_at=stopped_at,
        airflow_run=f"{task.dag_id} {task.run_id}",
        failed_task=task.task_id if failed else None,
        link=link,
    )


def _notice_of_sync(
    dataset: Dataset, context: Context, *, begun_by: str, link: str | None
) -> Notice:
    task = context["ti"]
    return notice_of_sync(
        dataset.name,
        _synced(dataset, context, begun_by),
        airflow_run=f"{task.dag_id} {task.run_id}",
        failed_task=task.task_id,
        link=link,
    )


def _synced(dataset: Dataset, context: Context, begun_by: str) -> SyncReport | None:
    """What came of a sync's windows."""
    try:
        with task_setting() as setting:
            ids = _our_runs(setting, context, begun_by)
            return report_of_sync(setting, dataset, ids) if ids else None
    except Exception as error:
        _say_less(error)
        return None


def _notice_of_snapshots(dataset: Dataset, context: Context, *, link: str | None) -> Notice:
    task = context["ti"]
    return notice_of_snapshots(
        dataset.name,
        _account(dataset, context),
        what=_SNAPSHOT_RUNS[task.dag_id.partition("__")[0]],
        airflow_run=f"{task.dag_id} {task.run_id}",
        failed_task=task.task_id,
        link=link,
    )


def _account(dataset: Dataset, context: Context) -> SnapshotReport | None:
    """What is known of the dataset's snapshots."""
    try:
        with (
            task_setting() as setting,
            SnapshotWork.open(setting, dataset, by=who(context)) as work,
        ):
            return account(work)
    except Exception as error:
        _say_less(error)
        return None


def _what_is_known(
    dataset: Dataset, context: Context, begun_by: str
) -> tuple[Report | None, dict[str, Step]]:
    """What came of the run's windows, and where those without an end stopped."""
    try:
        with task_setting() as setting:
            ids = _our_runs(setting, context, begun_by)
            if not ids:
                return None, {}
            report = report_of_runs(setting, dataset, ids)
            return report, _stops(setting, ids)
    except Exception as error:
        _say_less(error)
        return None, {}


def _say_less(error: Exception) -> None:
    """That the state does not answer may be the very reason for the notice."""
    line = error.line() if isinstance(error, ReconcileError) else type(error).__name__
    _log.warning("the notice tells less than it could: %s", line)


def _our_runs(setting: Setting, context: Context, begun_by: str) -> list[str]:
    begun = handed_on(context, begun_by)
    if begun is None:
        run = context["dag_run"]
        begun = AirflowRun(run.dag_id, run.run_id).our_run_id(run.run_after)
    ids = [begun] if isinstance(begun, str) else list(begun)
    return [run_id for run_id in ids if setting.state.runs.exists(run_id)]


def _stops(setting: Setting, ids: list[str]) -> dict[str, Step]:
    runs = [setting.state.runs.get(run_id) for run_id in ids]
    return {
        run.window: next(step for step in Step if step not in run.steps)
        for run in runs
        if run.status is not RunStatus.FINISHED and len(run.steps) < len(Step)
    }
