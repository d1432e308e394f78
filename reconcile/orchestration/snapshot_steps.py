"""What a task of a backup does: Airflow's context to our values, one call, a line back.

Imported by tasks only: it brings the state database and the stores, which parsing a DAG file need
not wait for.
"""

from __future__ import annotations

from airflow.sdk import Context

from reconcile.errors import Damaged, NotFound
from reconcile.jobs.snapshots.creating.creation import create
from reconcile.jobs.snapshots.loading import loaded
from reconcile.jobs.snapshots.proving.copying import copy
from reconcile.jobs.snapshots.proving.verification import verify
from reconcile.jobs.snapshots.pruning.pruning import prune
from reconcile.jobs.snapshots.telling import (
    copied_told,
    created_told,
    pruned_told,
    verified_told,
)
from reconcile.jobs.snapshots.work import SnapshotWork
from reconcile.model.airflow_run import AirflowRun
from reconcile.model.dataset import Dataset
from reconcile.model.snapshot import BackupStep, Consistency
from reconcile.orchestration.snapshot_work import SnapshotTask, snapshot_task
from reconcile.orchestration.task_run import asked_at
from reconcile.orchestration.task_test import is_task_test
from reconcile.report.snapshot_sentences import first_few
from reconcile.snapshots.names import new_snapshot_id


def take(step: BackupStep, dataset: Dataset, context: Context) -> str | None:
    """Takes one step of a backup; what `create` returns is the snapshot's id.

    Raises:
        AirflowFailException: A person must change something, or something is damaged.
        AirflowException: It may pass by itself.
    """
    with snapshot_task(dataset, context, step) as task:
        match step:
            case BackupStep.CREATE:
                return _create(task, context)
            case BackupStep.VERIFY:
                _verify(task)
            case BackupStep.COPY:
                _copy(task, snapshot_of(task.work, context))
            case BackupStep.PRUNE:
                _prune(task)
    return None


def snapshot_id(dataset: Dataset, context: Context) -> str:
    """The id of the snapshot that the context's run makes: the same each time."""
    run, asked = context["dag_run"], asked_at(context)
    token = AirflowRun(run.dag_id, run.run_id).token(asked)
    return new_snapshot_id(dataset.name, asked, token)


def snapshot_of(work: SnapshotWork, context: Context) -> str:
    """The snapshot that the run made; under `airflow tasks test` the newest.

    Raises:
        NotFound: There is none.
    """
    known = [one.manifest.id for one in loaded(work, work.repository()).standings]
    made = known[-1] if is_task_test() and known else snapshot_id(work.dataset, context)
    if made not in known:
        raise NotFound(
            f"this run of dataset {work.dataset.name} has no snapshot",
            next_step="see what the task create says, and clear it",
        )
    return made


def _create(task: SnapshotTask, context: Context) -> str:
    tag = context["params"].get("tag")
    asked = snapshot_id(task.work.dataset, context)
    made = create(task.work, id=asked, tags=() if tag is None else (tag,))
    task.tell(BackupStep.CREATE, created_told(made))
    return made.id


def _verify(task: SnapshotTask) -> None:
    task.tell(BackupStep.VERIFY, _verified(task, copy=False))


def _copy(task: SnapshotTask, id: str) -> None:
    """Copies the snapshot, and looks at what the second repository holds from earlier ones."""
    standing = loaded(task.work, task.work.repository()).standing(id)
    if standing.manifest.consistency is Consistency.INCONSISTENT:
        task.tell(BackupStep.COPY, f"Snapshot {id} is inconsistent, and is not copied.")
        return
    copied = copied_told(copy(task.work, id=id))
    task.tell(BackupStep.COPY, f"{copied} There: {_verified(task, copy=True)}")


def _verified(task: SnapshotTask, *, copy: bool) -> str:
    """What a verification of one repository says.

    Raises:
        Damaged: Something in it is not as it was stored.
    """
    found = verify(task.work, copy=copy)
    line = verified_told(found)
    if not found.sound:
        name, last = task.work.dataset.name, "stores again what the origin still has"
        again = f"reconcile snapshot verify {name} --read all"
        again += (
            f" --copy, then reconcile snapshot copy {name}"
            if copy
            else f", then reconcile snapshot create {name} {last}"
        )
        raise Damaged(line.rstrip("."), next_step=again)
    return line


def _prune(task: SnapshotTask) -> None:
    """Both repositories, the first one first; what may not be removed in one, stays in both."""
    lines = [_pruned(task, copy=False)]
    if task.work.rules.copy is not None:
        try:
            lines.append(_pruned(task, copy=True))
        except NotFound as error:
            # No snapshot was ever good enough to be copied: the report says what is missing.
            lines.append(f"{error.line()}.")
    task.tell(BackupStep.PRUNE, " ".join(lines))


def _pruned(task: SnapshotTask, *, copy: bool) -> str:
    done = prune(task.work, copy=copy)
    if done.plan.problems:
        raise Damaged(
            f"nothing was removed from {done.plan.repository}",
            found=first_few(done.plan.problems).rstrip("."),
            next_step=f"reconcile snapshot verify {task.work.dataset.name}",
        )
    return pruned_told(done)
