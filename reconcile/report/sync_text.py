"""What `reconcile sync` prints for people, at most 100 columns wide."""

from __future__ import annotations

from collections.abc import Sequence

from reconcile.report.numbers import counted
from reconcile.report.printable import fitted, visible, wrapped
from reconcile.report.span import first_to_last
from reconcile.report.sync_accounts import require_sync_balance
from reconcile.report.sync_calendar import calendar, calendar_text
from reconcile.report.sync_content import SyncReport, SyncStatusReport
from reconcile.report.sync_headline import next_steps, window_reasons
from reconcile.report.sync_outline import sync_window_table, trouble_line, verdict_line
from reconcile.report.sync_standings import (
    Stretch,
    gaps,
    incomplete,
    late,
    noun,
    standing_marks,
    status_face,
    status_sentence,
)
from reconcile.report.text import WIDTH, table_lines

_TROUBLES = 3


def sync_summary(report: SyncReport) -> str:
    """One line a window, the sum, the verdict in a sentence, and what to do next.

    Raises:
        Unbalanced: The figures contradict each other.
    """
    require_sync_balance(report)
    lines = table_lines(sync_window_table(report.windows))
    for window in report.windows:
        reasons = " ".join(window_reasons(window))
        lines += _paragraph(f"{window.window}: {reasons}") if reasons else []
        lines += [_item(trouble_line(trouble)) for trouble in window.troubles[:_TROUBLES]]
        undone = window.figures.undone if window.figures else 0
        if undone > _TROUBLES:
            lines.append(f"  … {undone:,} in all; the report names {len(window.troubles):,}")
    lines += _paragraph(f"{report.dataset}: {verdict_line(report)}")
    for step in next_steps(report):
        lines += _paragraph(f"Next: {step}")
    return "\n".join(lines) + "\n"


def sync_status_text(status: SyncStatusReport) -> str:
    """The calendar of what is complete, and every hole by name."""
    face = status_face(status)
    names = [standing.window.name for standing in status.standings]
    span = first_to_last(names, noun(status.standings)) if names else "no window"
    title = f"{status.dataset}, {status.origin} to {status.destination}, {span}"
    blocks = [
        _paragraph(title),
        _paragraph(f"{face.glyph} {face.word.upper()}. {status_sentence(status)}"),
    ]
    if names:
        blocks.append(_calendar(status))
    blocks += [
        _stretches("Incomplete", incomplete(status.standings), status),
        _stretches("Late", late(status.standings), status),
        _stretches("Declared gaps", gaps(status.standings), status),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _calendar(status: SyncStatusReport) -> list[str]:
    shown = calendar(standing_marks(status.standings))
    lines = [fitted(line, WIDTH) for line in calendar_text(shown)]
    if shown.earlier:
        number = counted(len(shown.earlier), noun(status.standings))
        lines.append(f"not drawn: {number} before {shown.lines[0].period}")
    return lines


def _stretches(title: str, every: Sequence[Stretch], status: SyncStatusReport) -> list[str]:
    lines = []
    for stretch in every:
        lines += _paragraph(f"- {stretch.text()}", indent="  ")
        for name in stretch.names:
            lines += _lacking(name, status)
    return [title, *lines] if lines else []


def _lacking(window: str, status: SyncStatusReport) -> list[str]:
    undone = status.undone.get(window)
    if undone is None:
        return []
    more = undone.objects - len(undone.troubles)
    lines = _paragraph(f"{window} lacks {counted(undone.objects, 'object')}", indent="    ")
    lines += [_item(trouble_line(trouble), indent="      ") for trouble in undone.troubles]
    return [*lines, f"      … and {more:,} more"] if more > 0 and undone.troubles else lines


def _item(text: str, indent: str = "  ") -> str:
    return fitted(f"{indent}{text}", WIDTH)


def _paragraph(text: str, indent: str = "") -> list[str]:
    return [indent + line for line in wrapped(visible(text), WIDTH - len(indent))]
