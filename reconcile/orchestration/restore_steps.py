"""What the tasks of a drill and of a restore do: Airflow's context to our values, one call, back.

Imported by tasks only: it brings the engine and the stores, which parsing a DAG file need not wait
for.
"""

from __future__ import annotations

from airflow.sdk import Context

from reconcile.errors import AlreadyExists, BadInput, Damaged
from reconcile.history.calendar import Calendar
from reconcile.jobs.snapshots.asking import asked
from reconcile.jobs.snapshots.drilling.drilling import drill
from reconcile.jobs.snapshots.restoring.restored import Restored
from reconcile.jobs.snapshots.restoring.restoring import restore
from reconcile.jobs.snapshots.telling import drilled_told, restored_told
from reconcile.jobs.snapshots.work import SnapshotWork
from reconcile.model.dataset import Dataset
from reconcile.model.location import Location
from reconcile.model.snapshot import RestoreStep
from reconcile.orchestration.snapshot_work import snapshot_task
from reconcile.orchestration.task_run import own_run_id


def take_drill(dataset: Dataset, context: Context) -> str:
    """Drills once; returns the id of the snapshot that the lot fell on.

    The lot is drawn by the run's id, so that a task that is tried again restores the same one.

    Raises:
        AirflowFailException: The snapshot does not come back as it was, or there is none.
        AirflowException: It may pass by itself.
    """
    with snapshot_task(dataset, context, RestoreStep.DRILL) as task:
        done = drill(task.work, id=own_run_id(dataset, context))
        line = drilled_told(done)
        if done.exit_code:
            raise Damaged(
                line.rstrip("."),
                next_step=f"reconcile snapshot verify {dataset.name} --read all",
            )
        task.tell(RestoreStep.DRILL, line)
        return done.snapshot


def take_restore(dataset: Dataset, context: Context) -> str:
    """Restores what the form asks for, or rehearses it; returns the snapshot's id.

    Raises:
        AirflowFailException: Something lies in the way, or what was restored is not right.
        AirflowException: It may pass by itself.
    """
    with snapshot_task(dataset, context, RestoreStep.RESTORE) as task:
        done = _restored(task.work, context)
        line = restored_told(done)
        if done.conflicting_objects:
            raise AlreadyExists(
                line.rstrip("."),
                next_step="choose another folder, or switch Replace on in the form",
            )
        if done.problems:
            raise Damaged(
                line.rstrip("."),
                next_step="do not use it; restore another snapshot, or from the copy",
            )
        task.tell(RestoreStep.RESTORE, line)
        return done.id


def _restored(work: SnapshotWork, context: Context) -> Restored:
    form = context["params"]
    which = asked(form["snapshot"], timezone=work.dataset.timezone)
    window, to = form["window"], form["to"].strip()
    if not to:
        raise BadInput(
            "nobody said where to restore to",
            expected="a folder in the form's field To",
            next_step='start a run with {"to": "s3://bucket/folder"}',
        )
    return restore(
        work,
        to=Location.parse(to),
        connection=form["to_connection"],
        id=which.id,
        at=which.at,
        span=None if window is None else Calendar.of(work.dataset).span(window),
        copy=form.get("from_copy", False),
        replace=form["replace"],
        rehearsal=form["rehearsal"],
    )
