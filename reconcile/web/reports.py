"""The report of a run of Airflow's, from the artifacts of ours."""

from __future__ import annotations

from airflow.models import DagRun
from airflow.utils.session import create_session

from reconcile.errors import NotFound
from reconcile.jobs.artifacts import Artifacts
from reconcile.jobs.setting import Setting
from reconcile.model.airflow_run import AirflowRun
from reconcile.model.run import Run, RunStatus
from reconcile.web.notice import WHERE_REPORTS_ARE, Notice

REPORTING = "report"
"""The step of a run of any kind that writes its report."""


def report_of(asked: AirflowRun, *, artifact: str) -> str:
    """What the report step of Airflow's run wrote.

    Args:
        asked: Airflow's run.
        artifact: `REPORT` or `DOCUMENT` of the artifacts.

    Raises:
        Notice: There is nothing to show, and why.
        ReconcileError: The state database or the artifacts cannot be read.
    """
    run_id = _our_run_id(asked)
    if asked.of_snapshots:
        return _read_ending(run_id, artifact)
    return _read(run_id, asked, artifact, unknown=_not_begun())


def report_of_our_run(run_id: str, *, by: AirflowRun, artifact: str) -> str:
    """What the report step of our run wrote, if it is one of the dataset and the kind of a DAG's.

    Raises what `report_of` raises.
    """
    return _read(run_id, by, artifact, unknown=_no_run(f"run {run_id} of {by.dataset}"))


def _read(run_id: str, by: AirflowRun, artifact: str, *, unknown: Notice) -> str:
    with Setting.open() as setting:
        try:
            run = setting.state.runs.get(run_id)
        except NotFound:
            raise unknown from None
        # Rights on one DAG never show what belongs to another's, whatever a run is called.
        if (run.dataset, run.kind) != (by.dataset, by.kind):
            raise unknown
        if REPORTING not in run.steps:
            raise _unreported(run)
        try:
            return Artifacts(setting, run_id).read_text(artifact)
        except NotFound as error:
            raise _gone(error) from None


def _read_ending(run_id: str, artifact: str) -> str:
    """What the last task of a backup, a drill or a restore wrote; its id is Airflow's run alone."""
    with Setting.open() as setting:
        try:
            return Artifacts(setting, run_id).read_text(artifact)
        except NotFound:
            raise _not_ended() from None


def _our_run_id(asked: AirflowRun) -> str:
    with create_session() as session:
        found = DagRun.find(dag_id=asked.dag_id, run_id=asked.run_id, session=session)
        asked_at = found[0].run_after if found else None
    if asked_at is None or not asked.dataset:
        raise _no_run(f"run {asked.run_id} of the DAG {asked.dag_id}")
    return asked.our_run_id(asked_at)


def _no_run(what: str) -> Notice:
    return Notice(
        404,
        "There is no such run",
        f"Nothing is known of {what}. It may have been deleted.",
        WHERE_REPORTS_ARE,
    )


def _not_begun() -> Notice:
    return Notice(
        404,
        "This run has not begun yet",
        "It is written down by its task plan, which has not run, or could not.",
        "Look at the task plan of this run: the error in its log says why it failed, if it did.",
    )


def _not_ended() -> Notice:
    return Notice(
        404,
        "This run has no report yet",
        "It is written by its task report, which has not run, or could not.",
        "Look again when the task report has run; where it failed, the error in its log says why.",
    )


def _unreported(run: Run) -> Notice:
    done = ", ".join(run.steps) or "none"
    if run.status is RunStatus.FAILED:
        return Notice(
            404,
            f"{run.dataset}@{run.window} failed before its report",
            f"{run.error or 'It did not say why.'}\nSteps done: {done}.",
            "When that is put right, clear the task that failed, with what comes after it.",
        )
    return Notice(
        404,
        f"{run.dataset}@{run.window} has no report yet",
        f"Its task report has not run. Steps done: {done}.",
        "Look again when the task report has run; where it failed, the error in its log says why.",
    )


def _gone(error: NotFound) -> Notice:
    return Notice(
        404,
        "The report is not in the artifacts any more",
        f"It was written, and has been removed since: {error.line()}",
        "Clear the task report to have it written again; where the run's artifacts are gone "
        "altogether, clear plan with everything after it.",
    )
