"""The DAG of a dataset's historical sync.

    wait ── plan ── copy (slots) ── verify ── commit ─┬─ report
                                                      └─ earlier ── caught_up

Both ends are leaves: `report` says how the run's own window ended, and `caught_up` how those before
it did, neither for the other.

Parsed again and again, and by every task: nothing heavy may be imported here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Param, TriggerRule, chain, get_current_context, task
from airflow.sdk.definitions.xcom_arg import XComArg

from reconcile.model.airflow_run import HISTORICAL_SYNC
from reconcile.model.dataset import Dataset
from reconcile.model.run import SyncStep
from reconcile.model.sync import SyncRules
from reconcile.orchestration.assets import side_asset, synced_alias
from reconcile.orchestration.dag_page import sync_dag_page
from reconcile.orchestration.notices import end_callbacks
from reconcile.orchestration.report_link import ReportLink
from reconcile.orchestration.task_defaults import task_defaults
from reconcile.orchestration.timetable import WindowTimetable
from reconcile.orchestration.wait import WaitForWindow
from reconcile.orchestration.window_param import window_param

FAMILY = HISTORICAL_SYNC
EARLIER = "earlier"
CAUGHT_UP = "caught_up"

_STEPS = {
    SyncStep.PLAN: (
        "Takes the window, lists both sides and plans what is done with every object.",
        timedelta(hours=2),
    ),
    SyncStep.COPY: (
        "Copies what is missing or different; nothing is there before it is proven equal.",
        timedelta(hours=24),
    ),
    SyncStep.VERIFY: (
        "Lists both sides again and holds them against what was copied and what was kept.",
        timedelta(hours=2),
    ),
    SyncStep.COMMIT: (
        "Copies what comes last, deletes what is to be deleted, and writes the window down.",
        timedelta(hours=2),
    ),
    SyncStep.REPORT: (
        "Writes the report, ends the run, and fails it where the window is not complete.",
        timedelta(minutes=30),
    ),
}

_LAST_OF_ALL = 0
"""What a task weighs. Those of other DAGs weigh 1 and more: in one pool with them, these wait.

One number for all: a strategy of our own, by which a backfill would weigh less than a run of today,
ends Airflow's scheduler (3.3.2) as soon as a task is mapped.
"""


def historical_sync(dataset: Dataset, *, page: str) -> DAG | None:
    """The DAG `historical_sync__<dataset>`; None where the dataset is not synchronised.

    Args:
        dataset: The dataset.
        page: What people read in the UI, as `sync_dag_page` takes it.
    """
    rules = dataset.sync
    if rules is None:
        return None
    with DAG(
        f"{FAMILY}__{dataset.name}",
        schedule=WindowTimetable.of(dataset, rules.schedule),
        auto_register=False,
        catchup=False,
        max_active_runs=4,
        description=dataset.description or None,
        doc_md=sync_dag_page(page, dataset, rules),
        tags=["reconcile", FAMILY, dataset.name],
        params={
            "window": window_param(dataset.grain, verb="synchronise"),
            "approve_deletes": _approval_param(),
        },
        default_args={**task_defaults(dataset), "priority_weight": _LAST_OF_ALL},
    ) as dag:
        *before, report = (_step(step, dataset, rules) for step in SyncStep)
        wait = [] if dataset.ready is None else [_wait(dataset, rules)]
        chain(*wait, *before, report)
        if rules.schedule is not None and rules.look_back:
            chain(before[-1], _earlier(dataset, rules), _caught_up(dataset))
    return dag


def _wait(dataset: Dataset, rules: SyncRules) -> WaitForWindow:
    return WaitForWindow(
        task_id="wait",
        dataset=dataset,
        sides=(rules.origin,),
        schedule=rules.schedule,
        doc_md="Waits until the origin's partition is whole, for so long after it was due.",
    )


def _step(step: SyncStep, dataset: Dataset, rules: SyncRules) -> XComArg:
    meaning, longest = _STEPS[step]
    in_slots = rules.slots > 1

    @task(
        task_id=step.value,
        doc_md=meaning,
        execution_timeout=longest,
        trigger_rule=_trigger_rule(step, in_slots=in_slots),
        **_particulars(step, dataset, rules),
    )
    def taken(slot: int | None = None) -> str | None:
        # The SDKs: see the module's docstring.
        from reconcile.orchestration.sync_steps import take

        return take(step, dataset, get_current_context(), slot=slot)

    if step is SyncStep.COPY and in_slots:
        return taken.expand(slot=list(range(rules.slots)))
    result = taken()
    if step is SyncStep.REPORT:
        result.operator.operator_extra_links = (ReportLink(),)
    return result


def _trigger_rule(step: SyncStep, *, in_slots: bool) -> TriggerRule:
    """When a step begins: what some slots copied counts, and a run is ended whatever it came to."""
    if step is SyncStep.REPORT:
        return TriggerRule.ALL_DONE
    if step is SyncStep.VERIFY and in_slots:
        return TriggerRule.ALL_DONE_MIN_ONE_SUCCESS
    return TriggerRule.ALL_SUCCESS


def _particulars(step: SyncStep, dataset: Dataset, rules: SyncRules) -> Mapping[str, Any]:
    """Where a step runs, and what it tells Airflow's Assets and the dataset's recipients."""
    match step:
        case SyncStep.PLAN:
            return {"inlets": [side_asset(dataset.source), side_asset(dataset.target)]}
        case SyncStep.COPY:
            return {"pool": rules.pool}
        case SyncStep.COMMIT:
            return {"outlets": [synced_alias(dataset)]}
        case SyncStep.REPORT:
            return end_callbacks(dataset, begun_by=SyncStep.PLAN.value, breach=False)
        case _:
            return {}


def _earlier(dataset: Dataset, rules: SyncRules) -> XComArg:
    @task(
        task_id=EARLIER,
        doc_md="Synchronises earlier windows where late or rewritten data lies. Scheduled runs "
        "only; once this run's window is done, or could not be.",
        execution_timeout=timedelta(hours=24),
        trigger_rule=TriggerRule.ALL_DONE,
        outlets=[synced_alias(dataset)],
        pool=rules.pool,
    )
    def earlier() -> list[str]:
        from reconcile.orchestration.earlier_windows import synchronise_earlier

        return synchronise_earlier(dataset, get_current_context())

    return earlier()


def _caught_up(dataset: Dataset) -> XComArg:
    @task(
        task_id=CAUGHT_UP,
        doc_md="Fails where an earlier window with late or rewritten data is not complete.",
        execution_timeout=timedelta(minutes=15),
        **end_callbacks(dataset, begun_by=EARLIER, breach=False),
    )
    def caught_up() -> None:
        from reconcile.orchestration.earlier_windows import judge_earlier

        judge_earlier(dataset, get_current_context(), begun_by=EARLIER)

    return caught_up()


def _approval_param() -> Param:
    return Param(
        None,
        type=["null", "string"],
        minLength=1,
        title="Approve deletes",
        description="Why more may be deleted at the destination than the dataset's brake lets go; "
        "it is kept with the run. Left empty, the brake holds.",
    )
