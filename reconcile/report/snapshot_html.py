"""The HTML report on a dataset's snapshots."""

from __future__ import annotations

from reconcile.report import snapshot_facts, snapshot_headline, snapshot_rows, snapshot_words
from reconcile.report.page import environment
from reconcile.report.snapshot_calendar import snapshot_calendar
from reconcile.report.snapshot_content import SnapshotReport


def snapshot_html_report(report: SnapshotReport) -> str:
    """The report as one HTML document that may be opened from disk, mailed or served."""
    made = environment(
        calendar_of=snapshot_calendar,
        facts=snapshot_facts,
        headline=snapshot_headline,
        rows=snapshot_rows,
        words=snapshot_words,
    )
    return made.get_template("snapshot_report.html").render(report=report)
