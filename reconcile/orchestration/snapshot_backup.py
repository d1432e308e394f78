"""The DAG of a dataset's backups.

    create ── verify ── copy ── prune ── report

Parsed again and again, and by every task: nothing heavy may be imported here.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, Param, chain, get_current_context, task
from airflow.sdk.definitions.xcom_arg import XComArg

from reconcile.model.airflow_run import SNAPSHOT_BACKUP
from reconcile.model.dataset import Dataset
from reconcile.model.snapshot import BackupStep, SnapshotRules
from reconcile.orchestration.dag_page import backup_dag_page
from reconcile.orchestration.snapshot_dags import ending_task, snapshot_dag

FAMILY = SNAPSHOT_BACKUP

_STEPS = {
    BackupStep.CREATE: (
        "Saves what is there now; what an earlier snapshot holds already is not read again.",
        timedelta(hours=24),
    ),
    BackupStep.VERIFY: (
        "Checks every manifest and the ledger, and reads a share of the data again.",
        timedelta(hours=24),
    ),
    BackupStep.COPY: (
        "Copies the snapshot to the second repository, proves the copy equal, and reads a share of "
        "what lies there again.",
        timedelta(hours=24),
    ),
    BackupStep.PRUNE: (
        "Removes the snapshots that the retention lets go, and what no snapshot holds any more.",
        timedelta(hours=6),
    ),
}


def snapshot_backup(dataset: Dataset, *, page: str) -> DAG | None:
    """The DAG `snapshot_backup__<dataset>`; None where the dataset is not backed up.

    Args:
        dataset: The dataset.
        page: What people read in the UI, as `backup_dag_page` takes it.
    """
    rules = dataset.snapshot
    if rules is None:
        return None
    steps = [step for step in _STEPS if rules.copy is not None or step is not BackupStep.COPY]
    told = backup_dag_page(page, dataset, rules)
    params = {"tag": _tag_param()}
    with snapshot_dag(FAMILY, dataset, page=told, schedule=rules.schedule, params=params) as dag:
        chain(*(_step(step, dataset, rules) for step in steps), ending_task(dataset, after=steps))
    return dag


def _step(step: BackupStep, dataset: Dataset, rules: SnapshotRules) -> XComArg:
    meaning, longest = _STEPS[step]

    @task(task_id=step.value, doc_md=meaning, execution_timeout=longest, pool=rules.pool)
    def taken() -> str | None:
        # The SDKs: see the module's docstring.
        from reconcile.orchestration.snapshot_steps import take

        return take(step, dataset, get_current_context())

    return taken()


def _tag_param() -> Param:
    return Param(
        None,
        type=["null", "string"],
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
        title="Tag",
        description="What to call this snapshot besides its id, such as closing. Snapshots whose "
        "tag the dataset's retention names are kept.",
    )
