"""How a run of a historical sync ended, in a few lines for people who are elsewhere.

Like every notice it holds names and counts: no object's name, and no line of an error.
"""

from __future__ import annotations

from reconcile.report.notice import Notice
from reconcile.report.numbers import count_text
from reconcile.report.printable import visible
from reconcile.report.span import first_to_last, window_noun
from reconcile.report.sync_content import SyncReport, SyncWindowReport
from reconcile.report.sync_headline import standing_text, sync_face, sync_report_face, sync_sentence

_MOST_WINDOWS = 20


def notice_of_sync(
    dataset: str,
    report: SyncReport | None,
    *,
    airflow_run: str,
    failed_task: str,
    link: str | None = None,
) -> Notice:
    """How a run of Airflow's ended that did not make its windows complete.

    Args:
        dataset: Whose run it is.
        report: What came of its windows; None where it began none, or nobody can ask.
        airflow_run: What Airflow calls the run.
        failed_task: Whose log says why.
        link: The run's page.
    """
    if report is None:
        title, known = f"{dataset}: The sync failed", "It is not known what has been copied."
        facts: list[tuple[str, str]] = []
    else:
        names = [window.window for window in report.windows]
        windows = first_to_last(names, window_noun(report.windows))
        title = f"{dataset} {windows}: {sync_report_face(report).word}"
        known, facts = sync_sentence(report), _facts(report)
    why = f"The log of the task {failed_task} says why."
    return Notice(title, f"{known} {why}", (*facts, ("Airflow run", visible(airflow_run))), link)


def _facts(report: SyncReport) -> list[tuple[str, str]]:
    if len(report.windows) == 1:
        return _one_window(report.windows[0])
    shown = [(one.window, _in_short(one)) for one in report.windows[:_MOST_WINDOWS]]
    if (more := len(report.windows) - len(shown)) > 0:
        shown.append(("And", f"{more:,} more windows"))
    return shown


def _one_window(window: SyncWindowReport) -> list[tuple[str, str]]:
    facts = [("Window", window.window), ("State", sync_face(window).word)]
    if window.figures is not None:
        facts += [
            ("Objects", count_text(window.figures.objects)),
            ("Done", count_text(window.figures.done)),
            ("Not done", count_text(window.figures.undone)),
        ]
    if window.report is not None:
        facts.append(("Report", visible(window.report)))
    return facts


def _in_short(window: SyncWindowReport) -> str:
    word = sync_face(window).word
    return word if window.figures is None else f"{word}, {standing_text(window)}"
