"""What the DAGs of backups, drills and restores share: when they begin, and how they end.

Parsed again and again, and by every task: nothing heavy may be imported here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any

from airflow.sdk import DAG, CronTriggerTimetable, Param, TriggerRule, get_current_context, task
from airflow.sdk.definitions.xcom_arg import XComArg

from reconcile.model.dataset import Dataset
from reconcile.model.snapshot import BackupStep
from reconcile.orchestration.notices import end_callbacks
from reconcile.orchestration.report_link import ReportLink
from reconcile.orchestration.task_defaults import task_defaults

_NO_BACKFILL = ("scheduled", "manual", "operator_triggered")
"""What is saved or restored is what is there now: a backfill would do so once a past tick."""


def snapshot_dag(
    family: str,
    dataset: Dataset,
    *,
    page: str,
    schedule: str | None,
    params: Mapping[str, Param] | None = None,
) -> DAG:
    """A DAG `<family>__<dataset>` of one run at a time, without tasks yet.

    Args:
        family: What the DAGs of its kind are called.
        dataset: The dataset.
        page: What people read in the UI.
        schedule: Cron of its runs, on the clock of the dataset's zone; None is by hand only.
        params: What its form asks for.
    """
    ticks = None if schedule is None else CronTriggerTimetable(schedule, timezone=dataset.timezone)
    return DAG(
        f"{family}__{dataset.name}",
        schedule=ticks,
        auto_register=False,
        catchup=False,
        max_active_runs=1,
        allowed_run_types=_NO_BACKFILL,
        description=dataset.description or None,
        doc_md=page,
        tags=["reconcile", family, dataset.name],
        params=dict(params or {}),
        default_args=task_defaults(dataset),
    )


def ending_task(dataset: Dataset, *, after: Sequence[StrEnum]) -> XComArg:
    """The task `report`: the last leaf, whatever the tasks before it came to.

    Args:
        dataset: The dataset.
        after: The steps before it, in order.
    """
    steps = tuple(after)

    @task(
        task_id=BackupStep.REPORT.value,
        doc_md="Writes the report, and fails where a task before it failed, or what was made or "
        "tried is not good.",
        execution_timeout=timedelta(minutes=30),
        trigger_rule=TriggerRule.ALL_DONE,
        **_told(dataset, steps),
    )
    def report() -> None:
        # The SDKs and the page's templates: see the module's docstring.
        from reconcile.orchestration.snapshot_ending import end

        end(dataset, get_current_context(), steps)

    ended = report()
    ended.operator.operator_extra_links = (ReportLink(),)
    return ended


def _told(dataset: Dataset, steps: tuple[StrEnum, ...]) -> dict[str, Any]:
    return end_callbacks(dataset, begun_by=steps[0].value, breach=False)
