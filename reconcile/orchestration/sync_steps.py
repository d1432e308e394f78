"""What a task of a historical sync does: Airflow's context to our values, one call, back.

Imported by tasks only: it brings the state database and the stores, which parsing a DAG file need
not wait for. What only one step needs (the page's templates) that step imports.
"""

from __future__ import annotations

import logging

from airflow.sdk import Context
from airflow.sdk.exceptions import AirflowFailException

from reconcile.jobs.setting import Setting
from reconcile.jobs.sync_work import SyncWork, sync_rules
from reconcile.jobs.synchronisation import copy, plan
from reconcile.jobs.working import end_unfinished
from reconcile.model.dataset import Dataset
from reconcile.model.ledger import SyncedWindow, WindowState
from reconcile.model.result import Verdict
from reconcile.model.run import RunKind, SyncStep
from reconcile.orchestration.assets import destination_asset, synced_alias, synced_extra
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

_log = logging.getLogger(__name__)


def take(
    step: SyncStep, dataset: Dataset, context: Context, *, slot: int | None = None
) -> str | None:
    """Takes one step of the run that the context is about; the plan's result is the run's id.

    Args:
        step: Which step.
        dataset: The dataset.
        context: Airflow's, of the task.
        slot: Which of the sync's slots copies, from 0; None copies everything.

    Raises:
        AirflowFailException: A person must change something, or the window is not complete.
        AirflowException: It may pass by itself.
    """
    with plain_failures(), task_setting() as setting:
        if step is SyncStep.PLAN:
            run_id = own_run_id(dataset, context)
        else:
            run_id = begun_run_id(setting, dataset, context, kind=RunKind.SYNC)
        if step is SyncStep.REPORT:
            _end(setting, dataset, run_id, context)
        else:
            share = 1 if slot is None else sync_rules(dataset).slots
            with SyncWork.open(setting, dataset, share=share) as work:
                _carry_out(step, work, run_id, context, slot=slot)
        give_back_tested(setting, run_id)
        return run_id if step is SyncStep.PLAN else None


def _carry_out(
    step: SyncStep, work: SyncWork, run_id: str, context: Context, *, slot: int | None
) -> None:
    match step:
        case SyncStep.PLAN:
            window = window_of_task(work.dataset, context)
            approval = context["params"].get("approve_deletes")
            plan(work, window, run_id, slots=work.rules.slots, approval=approval)
        case SyncStep.COPY:
            copy(work, run_id, slot=slot)
        case SyncStep.VERIFY:
            from reconcile.jobs.sync_verification import verify

            verify(work, run_id)
        case SyncStep.COMMIT:
            from reconcile.jobs.sync_commit import commit

            tell_synced(work, commit(work, run_id), context)


def tell_synced(work: SyncWork, synced: SyncedWindow, context: Context) -> None:
    """Has the destination's Asset say that it has a window, where it has all of it.

    The event says so each time, even where nothing was left to be copied: a task that was killed
    may have done it all before, and have told nobody.
    """
    if synced.state is WindowState.COMPLETE:
        told = context["outlet_events"][synced_alias(work.dataset)]
        extra = synced_extra(synced.window, synced.run_id)
        told.add(destination_asset(work.dataset, work.rules), extra=dict(extra))


def _end(setting: Setting, dataset: Dataset, run_id: str, context: Context) -> None:
    """Writes the report and ends the run; a window that is not complete fails the task."""
    # The page's templates, which no other step needs.
    from reconcile.jobs.sync_reporting import report, report_of_sync
    from reconcile.report.sync_headline import next_steps, sync_sentence, window_reasons

    stopped = stopped_at(context, RunKind.SYNC.steps[:-1])
    why = end_unfinished(setting, run_id, stopped_at=stopped)
    if why is not None:
        run = setting.state.runs.get(run_id)
        raise AirflowFailException(f"{dataset.name}@{run.window} was not synchronised: {why}")
    with SyncWork.open(setting, dataset) as work:
        judged = report(work, run_id)
    log_own_report(setting, run_id, context)
    content = report_of_sync(setting, dataset, [run_id])
    (window,) = content.windows
    told = [sync_sentence(content), *window_reasons(window), *next_steps(content)]
    line = (
        f"{dataset.name}@{window.window} {window.state}: {' '.join(told)} Report: {window.report}"
    )
    if judged is Verdict.MATCHED:
        _log.info(line)
    else:
        raise AirflowFailException(line)
