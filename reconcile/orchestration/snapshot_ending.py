"""The last task of a backup, a drill or a restore: its report, and whether it ended well.

Imported by tasks only.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from enum import StrEnum

from airflow.sdk import Context
from airflow.sdk.exceptions import AirflowFailException

from reconcile.jobs.artifacts import DOCUMENT, REPORT
from reconcile.jobs.snapshots.account import account
from reconcile.model.airflow_run import AirflowRun
from reconcile.model.dataset import Dataset
from reconcile.model.snapshot import BackupStep
from reconcile.orchestration.report_link import log_report
from reconcile.orchestration.snapshot_steps import snapshot_id
from reconcile.orchestration.snapshot_work import SnapshotTask, snapshot_task
from reconcile.orchestration.task_run import stopped_at
from reconcile.orchestration.task_test import is_task_test
from reconcile.report.snapshot_content import SnapshotReport
from reconcile.report.snapshot_facts import GOOD, standing_face
from reconcile.report.snapshot_headline import findings, snapshot_sentence
from reconcile.report.snapshot_html import snapshot_html_report
from reconcile.report.snapshot_json import snapshot_json_document
from reconcile.report.snapshot_sentences import first_few

_log = logging.getLogger(__name__)


def end(dataset: Dataset, context: Context, steps: Sequence[StrEnum]) -> None:
    """Writes the report of the dataset's snapshots, and says how the run ended.

    Args:
        dataset: The dataset.
        context: Airflow's, of the task.
        steps: The steps before it, in order.

    Raises:
        AirflowFailException: A task before it failed, or the run's snapshot is not good.
    """
    with snapshot_task(dataset, context, BackupStep.REPORT) as task:
        content = account(task.work)
        artifacts = task.notes.artifacts
        artifacts.write_text(REPORT, snapshot_html_report(content))
        artifacts.write_json(DOCUMENT, snapshot_json_document(content))
        if not is_task_test():
            run = context["dag_run"]
            log_report(dataset.name, AirflowRun(run.dag_id, run.run_id).report)
        why = _why_not(task, context, steps, content)
        told = f"{snapshot_sentence(content)} Report: {artifacts.location(REPORT)}"
    if why is not None:
        raise AirflowFailException(f"{dataset.name}: {why} {told}")
    _log.info("%s: %s", dataset.name, told)


def _why_not(
    task: SnapshotTask, context: Context, steps: Sequence[StrEnum], content: SnapshotReport
) -> str | None:
    """Why the run did not end well, and what to do; None where it did."""
    stopped = stopped_at(context, steps)
    if stopped is not None:
        line = task.notes.of(stopped)
        reason = "its log says why" if line is None else line.rstrip(".")
        return f"the task {stopped} did not come to its end: {reason}."
    if BackupStep.CREATE not in steps:
        return None
    return _not_good(content, context, task)


def _not_good(content: SnapshotReport, context: Context, task: SnapshotTask) -> str | None:
    """Why the snapshot that the run made cannot be relied on."""
    if is_task_test():
        made = content.standings[-1:]
    else:
        own = snapshot_id(task.work.dataset, context)
        made = tuple(one for one in content.standings if one.manifest.id == own)
    if not made:
        return "the snapshot of this run is not in the repository."
    (standing,) = made
    face = standing_face(standing, content.made_at)
    if face == GOOD:
        return None
    reasons = first_few([*standing.damaged, *standing.manifest.reasons])
    steps = first_few([f"Next: {one.step}" for one in findings(content)][:1])
    told = [f"the snapshot {standing.manifest.id} is {face.word.lower()}.", reasons, steps]
    return " ".join(part for part in told if part)
