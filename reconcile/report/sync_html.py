"""The HTML report of a sync."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from jinja2 import Template

from reconcile.report import span, sync_accounts, sync_headline
from reconcile.report.page import environment
from reconcile.report.sync_accounts import Term, require_sync_balance
from reconcile.report.sync_calendar import calendar
from reconcile.report.sync_content import SyncReport
from reconcile.report.sync_standings import report_marks
from reconcile.report.sync_wire import asked


def sync_html_report(report: SyncReport) -> str:
    """The report as one HTML document that may be opened from disk, mailed or served.

    Raises:
        Unbalanced: The figures contradict each other.
    """
    require_sync_balance(report)
    return _page().render(report=report, marks=report_marks(report))


@cache
def _page() -> Template:
    """Compiled once: a span of syncs makes a page for each window."""
    made = environment(
        accounts=sync_accounts,
        calendar_of=calendar,
        headline=sync_headline,
        pairs=pairs,
        span=span,
        asked=asked,
    )
    return made.get_template("sync_report.html")


def pairs(terms: Iterable[Term]) -> tuple[tuple[str, int], ...]:
    """The terms as parts of a bar."""
    return tuple((term.name, term.objects) for term in terms)
