"""A task of a backup, a drill or a restore at its work, and what it leaves for the last one.

Imported by tasks only. Runs of these DAGs are no rows of our `runs`: the repository's ledger says
what was done. Why something was not is kept beside the run's report, one line a step.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum

from airflow.sdk import Context

from reconcile.errors import NotFound, ReconcileError, Unforeseen
from reconcile.jobs.artifacts import Artifacts
from reconcile.jobs.snapshots.work import SnapshotWork
from reconcile.model.dataset import Dataset
from reconcile.orchestration.failures import plain_failures
from reconcile.orchestration.task_run import own_run_id
from reconcile.orchestration.task_setting import task_setting
from reconcile.orchestration.task_test import is_task_test

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SnapshotTask:
    """One task at its work.

    Attributes:
        work: On the dataset's snapshots.
        notes: Of the run.
    """

    work: SnapshotWork
    notes: Notes

    def tell(self, step: StrEnum, line: str) -> None:
        """Says in the log what came of a step, and keeps it for the last task."""
        _log.info(line)
        self.notes.keep(step, line)


@dataclass(frozen=True)
class Notes:
    """What the steps of one run of Airflow's came to, a line each."""

    artifacts: Artifacts

    def keep(self, step: StrEnum, line: str) -> None:
        """Keeps the line of a step, instead of an earlier try's."""
        if is_task_test():
            return  # nobody comes after it
        self.artifacts.write_json(_name(step), {"line": line})

    def of(self, step: StrEnum) -> str | None:
        """The line of a step; None where it has come to nothing yet."""
        try:
            return str(self.artifacts.read_json(_name(step))["line"])
        except NotFound:
            return None


@contextmanager
def snapshot_task(dataset: Dataset, context: Context, step: StrEnum) -> Iterator[SnapshotTask]:
    """What a task needs; what it fails with is kept for the last one.

    Raises:
        AirflowException: What may pass by itself; the task's retries apply.
        AirflowFailException: What a person must change; no retry.
    """
    with plain_failures(), task_setting() as setting:
        notes = Notes(Artifacts(setting, own_run_id(dataset, context)))
        with (
            _keeping_failure(notes, step),
            SnapshotWork.open(setting, dataset, by=who(context)) as work,
        ):
            yield SnapshotTask(work, notes)


def who(context: Context) -> str:
    """Who does it, as the ledger says it."""
    run = context["dag_run"]
    return f"{run.dag_id} {run.run_id}"


@contextmanager
def _keeping_failure(notes: Notes, step: StrEnum) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        line = error.line() if isinstance(error, ReconcileError) else Unforeseen(error).line()
        # The first error is the one to tell; that it cannot be kept adds nothing.
        with suppress(ReconcileError):
            notes.keep(step, line)
        raise


def _name(step: StrEnum) -> str:
    return f"{step.value}.json"
