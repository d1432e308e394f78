"""The DAG that proves, again and again, that a dataset's snapshots can be restored.

    drill ── report

Parsed again and again, and by every task: nothing heavy may be imported here.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, chain, get_current_context, task
from airflow.sdk.definitions.xcom_arg import XComArg

from reconcile.model.airflow_run import RESTORE_DRILL
from reconcile.model.dataset import Dataset
from reconcile.model.snapshot import RestoreStep, SnapshotRules
from reconcile.orchestration.dag_page import drill_dag_page
from reconcile.orchestration.snapshot_dags import ending_task, snapshot_dag

FAMILY = RESTORE_DRILL


def restore_drill(dataset: Dataset, *, page: str) -> DAG | None:
    """The DAG `restore_drill__<dataset>`; None where the dataset's file has no `drill`.

    Args:
        dataset: The dataset.
        page: What people read in the UI, as `drill_dag_page` takes it.
    """
    rules = dataset.snapshot
    if rules is None or rules.drill is None:
        return None
    told = drill_dag_page(page, dataset, rules)
    with snapshot_dag(FAMILY, dataset, page=told, schedule=rules.drill) as dag:
        chain(_drill(dataset, rules), ending_task(dataset, after=[RestoreStep.DRILL]))
    return dag


def _drill(dataset: Dataset, rules: SnapshotRules) -> XComArg:
    @task(
        task_id=RestoreStep.DRILL.value,
        doc_md="Restores a snapshot, drawn by lot, into a scratch place, reconciles its rows, and "
        "clears the place.",
        execution_timeout=timedelta(hours=24),
        pool=rules.pool,
    )
    def drill() -> str:
        # The SDKs and the engine: see the module's docstring.
        from reconcile.orchestration.restore_steps import take_drill

        return take_drill(dataset, get_current_context())

    return drill()
