"""What `reconcile sync` prints for people, at most 100 columns wide."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from reconcile.history.completeness import Hole, Standing, StandingState
from reconcile.report.numbers import counted
from reconcile.report.printable import fitted, visible, wrapped
from reconcile.report.span import first_to_last, window_noun
from reconcile.report.sync_accounts import require_sync_balance
from reconcile.report.sync_calendar import calendar, calendar_text
from reconcile.report.sync_content import SyncReport, SyncStatusReport, SyncWindowReport
from reconcile.report.sync_headline import next_steps, window_reasons
from reconcile.report.sync_outline import sync_window_table, trouble_line, verdict_line
from reconcile.report.sync_standings import (
    gaps,
    holes_in,
    names_text,
    noun,
    standing_marks,
    status_face,
    status_sentence,
    status_steps,
    stretches,
)
from reconcile.report.text import WIDTH, table_lines

_TROUBLES = 3
_STRETCHES = 10


def sync_summary(report: SyncReport) -> str:
    """One line a window, the sum, the verdict in a sentence, and what to do next.

    Raises:
        Unbalanced: The figures contradict each other.
    """
    require_sync_balance(report)
    lines = table_lines(sync_window_table(report.windows))
    for reasons, group in groupby(report.windows, key=window_reasons):
        windows = tuple(group)
        named = first_to_last([window.window for window in windows], window_noun(windows))
        lines += _paragraph(f"{named}: {' '.join(reasons)}") if reasons else []
        for window in windows:
            lines += _first_troubles(window)
    lines += _paragraph(f"{report.dataset}: {verdict_line(report)}")
    for step in next_steps(report):
        lines += _paragraph(f"Next: {step}")
    return "\n".join(lines) + "\n"


def _first_troubles(window: SyncWindowReport) -> list[str]:
    lines = [_item(trouble_line(trouble)) for trouble in window.troubles[:_TROUBLES]]
    more = (window.figures.undone if window.figures else 0) - len(lines)
    told = _item(f"… {more:,} more of {visible(window.window)}")
    return [*lines, told] if more > 0 else lines


def sync_status_text(status: SyncStatusReport) -> str:
    """The calendar of what is complete, every hole by name, and the commands that close them."""
    face, stand = status_face(status), status.standings
    title = f"{status.dataset}, {status.origin} to {status.destination}"
    blocks = [
        _paragraph(f"{title}, {names_text(stand)}" if stand else title),
        _paragraph(f"{face.glyph} {face.word.upper()}. {status_sentence(status)}"),
        _calendar(stand) if stand else [],
        _holes("Incomplete", holes_in(stand, StandingState.INCOMPLETE), status),
        _holes("Late", holes_in(stand, StandingState.LATE), status),
        _gaps(stand),
        _steps(status),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _calendar(standings: Sequence[Standing]) -> list[str]:
    shown = calendar(standing_marks(standings))
    lines = [fitted(line, WIDTH) for line in calendar_text(shown)]
    if shown.earlier:
        number = counted(len(shown.earlier), noun(standings))
        lines.append(f"not drawn: {number} before {shown.lines[0].period}")
    return lines


def _holes(title: str, holes: Sequence[Hole], status: SyncStatusReport) -> list[str]:
    lines = []
    for hole in holes:
        alike = stretches(hole.standings)
        shared = alike[0][0].reason if len(alike) == 1 else ""
        lines += _paragraph(_because(f"- {names_text(hole.standings)}", shared), indent="  ")
        for stretch in alike[:_STRETCHES] if len(alike) > 1 else ():
            reason = _because(names_text(stretch), stretch[0].reason)
            lines += _paragraph(reason, indent="    ")
        if len(alike) > _STRETCHES:
            lines.append(f"    … {len(alike) - _STRETCHES:,} more")
        for standing in hole.standings:
            lines += _lacking(standing.window.name, status)
    return [title, *lines] if lines else []


def _because(what: str, reason: str) -> str:
    return f"{what}: {reason}" if reason else what


def _gaps(standings: Sequence[Standing]) -> list[str]:
    lines = []
    for gap in gaps(standings):
        lines += _paragraph(_because(f"- {names_text(gap)}", gap[0].reason), indent="  ")
    return ["Declared gaps", *lines] if lines else []


def _steps(status: SyncStatusReport) -> list[str]:
    steps = status_steps(status)
    return ["What to do next", *(_item(f"- {step}") for step in steps)] if steps else []


def _lacking(window: str, status: SyncStatusReport) -> list[str]:
    undone = status.undone.get(window)
    if undone is None or not undone.troubles:
        return []
    lines = _paragraph(f"{window} lacks {counted(undone.objects, 'object')}:", indent="    ")
    lines += [_item(trouble_line(trouble), indent="      ") for trouble in undone.troubles]
    more = undone.objects - len(undone.troubles)
    return [*lines, f"      … {more:,} more"] if more > 0 else lines


def _item(text: str, indent: str = "  ") -> str:
    return fitted(f"{indent}{text}", WIDTH)


def _paragraph(text: str, indent: str = "") -> list[str]:
    return [indent + line for line in wrapped(visible(text), WIDTH - len(indent))]
