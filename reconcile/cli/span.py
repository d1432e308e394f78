"""What came of a span of windows, as a command tells it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from reconcile.cli import output
from reconcile.cli.options import Format

if TYPE_CHECKING:
    from reconcile.jobs.span_outcome import OutcomeT, ReportT, SpanOutcome


def show_span(
    outcome: SpanOutcome[OutcomeT, ReportT],
    form: Format,
    *,
    document: Callable[[ReportT], Any],
    summary: Callable[[ReportT], str],
) -> None:
    """Says what the report does not, then shows the report and where its page lies.

    Args:
        outcome: What came of the windows.
        form: How the report is written.
        document: Makes it JSON.
        summary: Makes it text.
    """
    for line in outcome.unreported:
        output.complain(line)
    if outcome.error is not None:
        output.complain(outcome.error.line())
    if outcome.report is None:
        return
    if form is Format.JSON:
        output.show_json(document(outcome.report))
        return
    output.show(summary(outcome.report))
    if outcome.report_location is not None:
        output.show(f"Report: {outcome.report_location}\n")
