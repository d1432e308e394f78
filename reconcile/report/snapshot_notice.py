"""How a backup, a drill or a restore ended, in a few lines for people who are elsewhere.

Like every notice it holds names and counts: no object's name, and no line of an error.
"""

from __future__ import annotations

from reconcile.report.notice import Notice
from reconcile.report.numbers import count_text
from reconcile.report.printable import visible
from reconcile.report.snapshot_content import SnapshotReport
from reconcile.report.snapshot_facts import counts, newest_good, recovery_point
from reconcile.report.snapshot_headline import snapshot_face, snapshot_sentence
from reconcile.report.snapshot_words import span_text


def notice_of_snapshots(
    dataset: str,
    report: SnapshotReport | None,
    *,
    what: str,
    airflow_run: str,
    failed_task: str,
    link: str | None = None,
) -> Notice:
    """How a run of Airflow's ended that did not do what it was to do.

    Args:
        dataset: Whose run it is.
        report: What is known of the dataset's snapshots; None where nobody can ask.
        what: What the run was: `backup`, `restore drill` or `restore`.
        airflow_run: What Airflow calls the run.
        failed_task: Whose log says why.
        link: The run's page.
    """
    known = f"It is not known what a restore of {dataset} could bring back."
    told = known if report is None else snapshot_sentence(report)
    why = f"The log of the task {failed_task} says why."
    facts = [] if report is None or report.repository.error is not None else _facts(report)
    return Notice(
        f"{dataset}: The {what} failed",
        f"{told} {why}",
        (*facts, ("Airflow run", visible(airflow_run))),
        link,
    )


def _facts(report: SnapshotReport) -> list[tuple[str, str]]:
    number = counts(report.standings, report.made_at)
    newest = newest_good(report.standings, report.made_at)
    return [
        ("Dataset", snapshot_face(report).word),
        ("Snapshots", count_text(number.all)),
        ("Good", count_text(number.good)),
        ("Newest good", "none" if newest is None else visible(newest.manifest.id)),
        ("Its age", span_text(recovery_point(report).measured)),
    ]
