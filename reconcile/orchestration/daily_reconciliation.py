"""The DAG of a dataset's daily reconciliation.

Parsed again and again, and by every task: nothing heavy may be imported here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, TriggerRule, chain, get_current_context, task
from airflow.sdk.definitions.xcom_arg import XComArg

from reconcile.model.airflow_run import DAILY_RECONCILIATION
from reconcile.model.dataset import Dataset
from reconcile.model.discrepancy import Side
from reconcile.model.run import Step
from reconcile.orchestration.assets import side_asset, verdict_asset
from reconcile.orchestration.dag_page import dag_page
from reconcile.orchestration.notices import end_callbacks
from reconcile.orchestration.report_link import ReportLink
from reconcile.orchestration.task_defaults import task_defaults
from reconcile.orchestration.timetable import WindowTimetable
from reconcile.orchestration.wait import WaitForWindow
from reconcile.orchestration.window_param import window_param

FAMILY = DAILY_RECONCILIATION

_STEPS = {
    Step.PLAN: (
        "Takes the window, lists both sides' partitions and pins every object.",
        timedelta(minutes=30),
    ),
    Step.COMPARE: (
        "Compares the pinned objects row by row; keeps every discrepant row.",
        timedelta(hours=6),
    ),
    Step.VALIDATE: (
        "Holds the figures and both sides against the dataset's expectations.",
        timedelta(hours=2),
    ),
    Step.ROUTE: (
        "Routes what is wrong to the dead letters and closes those that are gone.",
        timedelta(hours=2),
    ),
    Step.REPORT: ("Writes the report, as a page and as JSON.", timedelta(minutes=30)),
    Step.VERDICT: (
        "Ends the run and fails it where the verdict is breached or indeterminate.",
        timedelta(minutes=15),
    ),
}

_WITH_REPORT = (Step.REPORT, Step.VERDICT)


def daily_reconciliation(dataset: Dataset, *, page: str) -> DAG:
    """The DAG `daily_reconciliation__<dataset>`.

    Args:
        dataset: The dataset.
        page: What people read in the UI, as `dag_page` takes it.
    """
    with DAG(
        f"{FAMILY}__{dataset.name}",
        schedule=WindowTimetable.of(dataset, dataset.schedule),
        auto_register=False,
        catchup=False,
        max_active_runs=4,
        description=dataset.description or None,
        doc_md=dag_page(page, dataset),
        tags=["reconcile", FAMILY, dataset.name],
        params={"window": window_param(dataset.grain, verb="reconcile")},
        default_args=task_defaults(dataset),
    ) as dag:
        wait = [] if dataset.ready is None else [_wait(dataset)]
        chain(*wait, *(_task(step, dataset) for step in Step))
    return dag


def _wait(dataset: Dataset) -> WaitForWindow:
    return WaitForWindow(
        task_id="wait",
        dataset=dataset,
        sides=tuple(Side),
        schedule=dataset.schedule,
        doc_md="Waits until both sides' partitions are whole, for so long after they were due.",
    )


def _task(step: Step, dataset: Dataset) -> XComArg:
    meaning, longest = _STEPS[step]
    in_slots = dataset.slots > 1

    @task(
        task_id=step.value,
        doc_md=meaning,
        execution_timeout=longest,
        trigger_rule=_trigger_rule(step, in_slots=in_slots),
        **_told(step, dataset),
    )
    def taken(slot: int | None = None) -> str | None:
        # The engine, the SDKs and Great Expectations: see the module's docstring.
        from reconcile.orchestration.steps import take

        return take(step, dataset, get_current_context(), slot=slot)

    if step is Step.COMPARE and in_slots:
        return taken.expand(slot=list(range(dataset.slots)))
    result = taken()
    if step in _WITH_REPORT:
        result.operator.operator_extra_links = (ReportLink(),)
    return result


def _told(step: Step, dataset: Dataset) -> Mapping[str, Any]:
    """What a step tells Airflow's Assets and the dataset's recipients."""
    match step:
        case Step.PLAN:
            return {"inlets": [side_asset(dataset.source), side_asset(dataset.target)]}
        case Step.REPORT:
            # Airflow emits events of tasks that succeed: `verdict` does not on a breach.
            return {"outlets": [verdict_asset(dataset)]}
        case Step.VERDICT:
            return end_callbacks(dataset, begun_by=Step.PLAN.value)
        case _:
            return {}


def _trigger_rule(step: Step, *, in_slots: bool) -> TriggerRule:
    """When a step begins: what some slots found is told, and a run is ended whatever it came to."""
    if step is Step.VERDICT:
        return TriggerRule.ALL_DONE
    if step is Step.VALIDATE and in_slots:
        return TriggerRule.ALL_DONE_MIN_ONE_SUCCESS
    return TriggerRule.ALL_SUCCESS
