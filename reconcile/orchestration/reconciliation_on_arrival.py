"""The DAG that reconciles a dataset's windows as they arrive.

Parsed again and again, and by every task: nothing heavy may be imported here.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, AssetAny, TriggerRule, get_current_context, task

from reconcile.model.airflow_run import RECONCILIATION_ON_ARRIVAL
from reconcile.model.dataset import Dataset
from reconcile.orchestration.assets import side_asset, verdict_alias
from reconcile.orchestration.dag_page import dag_page
from reconcile.orchestration.notices import end_callbacks
from reconcile.orchestration.task_defaults import task_defaults

FAMILY = RECONCILIATION_ON_ARRIVAL
RECONCILE = "reconcile"
VERDICT = "verdict"


def reconciliation_on_arrival(dataset: Dataset, *, page: str) -> DAG | None:
    """The DAG `reconciliation_on_arrival__<dataset>`; None where the dataset does not ask for it.

    Either side's event starts it, so that a late or corrected delivery of one side is looked at
    again; a window whose other side is not there yet is left to that side's own event.

    Args:
        dataset: The dataset.
        page: What people read in the UI, as `dag_page` takes it.
    """
    if not dataset.on_arrival:
        return None
    sides = [side_asset(dataset.source), side_asset(dataset.target)]
    with DAG(
        f"{FAMILY}__{dataset.name}",
        schedule=AssetAny(*sides),
        auto_register=False,
        catchup=False,
        # Two runs would meet at the same window. Events wait for the next run, which takes all.
        max_active_runs=1,
        description=dataset.description or None,
        doc_md=dag_page(page, dataset, begins="with an event of either side's Asset"),
        tags=["reconcile", FAMILY, dataset.name],
        default_args=task_defaults(dataset),
    ) as dag:

        @task(
            task_id=RECONCILE,
            doc_md="Reconciles every window that the triggering events name, one after the other.",
            execution_timeout=timedelta(hours=24),
            inlets=sides,
            outlets=[verdict_alias(dataset)],
        )
        def reconcile() -> list[str]:
            # The engine, the SDKs and Great Expectations: see the module's docstring.
            from reconcile.orchestration.arrived_windows import reconcile_arrived

            return reconcile_arrived(dataset, get_current_context())

        @task(
            task_id=VERDICT,
            doc_md="Fails where a window came to no good verdict, or an event named no window.",
            execution_timeout=timedelta(minutes=15),
            trigger_rule=TriggerRule.ALL_DONE,
            **end_callbacks(dataset, begun_by=RECONCILE),
        )
        def verdict() -> None:
            from reconcile.orchestration.arrived_windows import judge_arrived

            judge_arrived(dataset, get_current_context(), begun_by=RECONCILE)

        reconcile() >> verdict()
    return dag
