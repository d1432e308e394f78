"""The DAG that restores a dataset's snapshot, when a person says where to.

    restore ── report

Parsed again and again, and by every task: nothing heavy may be imported here.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, Param, chain, get_current_context, task
from airflow.sdk.definitions.xcom_arg import XComArg

from reconcile.history.calendar import name_form
from reconcile.model.airflow_run import RESTORE
from reconcile.model.dataset import Dataset
from reconcile.model.snapshot import RepositoryPlace, RestoreStep, SnapshotRules
from reconcile.model.window import Grain
from reconcile.orchestration.dag_page import restore_dag_page
from reconcile.orchestration.snapshot_dags import ending_task, snapshot_dag

FAMILY = RESTORE


def restore(dataset: Dataset, *, page: str) -> DAG | None:
    """The DAG `restore__<dataset>`; None where the dataset is not backed up.

    Args:
        dataset: The dataset.
        page: What people read in the UI, as `restore_dag_page` takes it.
    """
    rules = dataset.snapshot
    if rules is None:
        return None
    told, params = restore_dag_page(page, dataset, rules), _form(dataset.grain, rules)
    with snapshot_dag(FAMILY, dataset, page=told, schedule=None, params=params) as dag:
        chain(_restore(dataset, rules), ending_task(dataset, after=[RestoreStep.RESTORE]))
    return dag


def _restore(dataset: Dataset, rules: SnapshotRules) -> XComArg:
    @task(
        task_id=RestoreStep.RESTORE.value,
        doc_md="Restores what the form asks for and proves it; a rehearsal says what would be "
        "done, and writes nothing.",
        execution_timeout=timedelta(hours=24),
        pool=rules.pool,
    )
    def restored() -> str:
        # The SDKs and the engine: see the module's docstring.
        from reconcile.orchestration.restore_steps import take_restore

        return take_restore(dataset, get_current_context())

    return restored()


def _form(grain: Grain, rules: SnapshotRules) -> dict[str, Param]:
    name, example = name_form(grain)
    from_copy = {} if rules.copy is None else {"from_copy": _from_copy_param(rules.copy)}
    return {
        # Empty, and not missing: `airflow tasks test` takes no task whose form lacks something.
        # The UI asks for it all the same, since it may not be null.
        "to": Param(
            "",
            type="string",
            maxLength=1024,
            title="To",
            description="The folder to restore into: s3://bucket/folder, az://container/folder, "
            "or a path on the worker.",
        ),
        "to_connection": Param(
            None,
            type=["null", "string"],
            minLength=1,
            title="Connection of that folder",
            description="The Airflow Connection that writes there. Left empty, the cloud's own "
            "variables on the worker.",
        ),
        "snapshot": Param(
            None,
            type=["null", "string"],
            minLength=1,
            maxLength=200,
            title="Snapshot",
            description="Its id, or a time such as 2013-11-05T07:00Z: the newest good snapshot up "
            "to then. Left empty, the newest good one.",
        ),
        "window": Param(
            None,
            type=["null", "string"],
            pattern=f"^{name}(/{name})?$",
            title="Windows",
            description=f"One {grain.value}, such as {example}, or a span with the first "
            f"{grain.value} that is not restored behind a slash. Left empty, everything.",
        ),
        **from_copy,
        "replace": Param(
            False,
            type="boolean",
            title="Replace",
            description="Whether what lies in that folder under the same names may be replaced. "
            "Without it a restore that meets such an object does nothing.",
        ),
        "rehearsal": Param(
            True,
            type="boolean",
            title="Rehearsal",
            description="Says what would be done, and writes nothing. Switch it off to restore.",
        ),
    }


def _from_copy_param(copy: RepositoryPlace) -> Param:
    return Param(
        False,
        type="boolean",
        title="From the copy",
        description=f"Takes the snapshot from the second repository, {copy.location}: for when the "
        "first one cannot be reached, or is damaged.",
    )
