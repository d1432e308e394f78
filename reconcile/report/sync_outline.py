"""The plain report of a sync as sections of lines and tables, for text and Markdown.

Everything here is already printable: foreign text went through `visible`.
"""

from __future__ import annotations

from collections.abc import Sequence

from reconcile.report import numbers
from reconcile.report.outline import Section, Table, wire_table
from reconcile.report.printable import shortened, visible
from reconcile.report.span import span_text, window_noun
from reconcile.report.sync_accounts import (
    Term,
    equation,
    proof_terms,
    require_sync_balance,
    terms,
    total_figures,
)
from reconcile.report.sync_content import SyncFigures, SyncReport, SyncTrouble, SyncWindowReport
from reconcile.report.sync_headline import (
    EQUALITY_WORD,
    next_steps,
    sync_face,
    sync_report_face,
    sync_sentence,
    window_reasons,
)
from reconcile.report.sync_wire import asked


def sync_outline(report: SyncReport) -> tuple[Section, ...]:
    """The whole plain report: how complete the destination is first, the detail after it.

    Raises:
        Unbalanced: The figures contradict each other.
    """
    require_sync_balance(report)
    single = len(report.windows) == 1
    body = window_sections(report.windows[0], report, level=2) if single else _span(report)
    return (_head(report), *_steps(report), *body)


def verdict_line(report: SyncReport) -> str:
    """The word for the whole report, and its sentence."""
    face = sync_report_face(report)
    return f"{face.glyph} {face.word.upper()}. {seen(sync_sentence(report))}"


def sync_window_table(windows: Sequence[SyncWindowReport]) -> Table:
    """One line a window, and the sum of all of them last."""
    rows = [_window_row(window) for window in windows]
    if len(windows) > 1:
        rows.append(("all", "", *_figures(total_figures(windows))))
    header = (
        "window",
        "state",
        "objects",
        "size",
        "kept",
        "found",
        "copied",
        "not done",
        "deleted",
    )
    return Table(header, tuple(rows), frozenset(range(2, len(header))))


def window_sections(
    window: SyncWindowReport, report: SyncReport, *, level: int
) -> tuple[Section, ...]:
    """Everything about one window, the most pressing first."""
    sections = []
    if window.figures is not None:
        sections += [*_undone(window, window.figures, level), *_accounts(window.figures, level)]
    return (*sections, *_wire([window], report, level), _run(window, report, level))


def trouble_line(trouble: SyncTrouble) -> str:
    """One object that is not done, and why."""
    told = f"{seen(trouble.name)}: {EQUALITY_WORD[trouble.equality]}"
    return f"{told}, {seen(trouble.reason)}" if trouble.reason else told


def seen(text: str) -> str:
    """Foreign text as it may be shown."""
    return shortened(visible(text), limit=500)


def _head(report: SyncReport) -> Section:
    about = ", ".join(seen(part) for part in (report.description, report.owner) if part)
    reasons = window_reasons(report.windows[0]) if len(report.windows) == 1 else ()
    up_to = f"Complete up to {seen(report.watermark)}." if report.watermark else ""
    return Section(
        title=seen(
            f"{report.dataset}, {report.origin} to {report.destination}, {span_text(report)}"
        ),
        level=1,
        paragraphs=tuple(text for text in (about, verdict_line(report), up_to) if text),
        lines=tuple(map(seen, reasons)),
    )


def _steps(report: SyncReport) -> list[Section]:
    steps = next_steps(report)
    return [Section("What to do next", 2, lines=tuple(map(seen, steps)))] if steps else []


def _span(report: SyncReport) -> list[Section]:
    noun = window_noun(report.windows)
    figures = total_figures(report.windows)
    table = sync_window_table(report.windows)
    sections = [
        Section(f"{noun.capitalize()} by {noun}", 2, table=table),
        *_accounts(figures, 2),
        *_wire(report.windows, report, 2),
    ]
    for window in report.windows:
        if not window.is_clean:
            title = f"{seen(window.window)}: {sync_face(window).word.lower()}"
            sections.append(Section(title, 2, lines=tuple(map(seen, window_reasons(window)))))
            sections += window_sections(window, report, level=3)
    return sections


def _window_row(window: SyncWindowReport) -> tuple[str, ...]:
    face = sync_face(window)
    start = (seen(window.window), f"{face.glyph} {face.word.lower()}")
    if window.figures is None:
        return (*start, *["-"] * 7)
    return (*start, *_figures(window.figures))


def _figures(figures: SyncFigures) -> tuple[str, ...]:
    return (
        f"{figures.objects:,}",
        numbers.bytes_text(figures.bytes),
        f"{figures.kept:,}",
        f"{figures.proved + figures.accepted:,}",
        f"{figures.copied + figures.replaced:,}",
        f"{figures.undone:,}",
        f"{figures.deleted:,}",
    )


def _undone(window: SyncWindowReport, figures: SyncFigures, level: int) -> list[Section]:
    if not figures.undone:
        return []
    shown = f"{len(window.troubles):,} of {numbers.counted(figures.undone, 'object')} shown"
    lines = tuple(map(trouble_line, window.troubles))
    return [Section(f"Not done: {shown}", level, lines=lines)]


def _accounts(figures: SyncFigures, level: int) -> tuple[Section, Section]:
    size = numbers.bytes_text(figures.bytes)
    accounts = Section(
        "Accounts",
        level,
        lines=(
            equation(figures),
            *_terms(terms(figures), figures),
            f"{size} in all, {numbers.bytes_text(figures.written_bytes)} written",
            f"besides: {numbers.counted(figures.deleted, 'object')} deleted, {figures.left:,} left",
        ),
    )
    return accounts, Section("Proof", level, lines=_terms(proof_terms(figures), figures))


def _terms(every: Sequence[Term], figures: SyncFigures) -> tuple[str, ...]:
    return tuple(
        f"{term.word}: {numbers.counted(term.objects, 'object')} "
        f"({numbers.share_text(term.objects, figures.objects, of='objects')})"
        for term in every
        if term.objects
    )


def _wire(windows: Sequence[SyncWindowReport], report: SyncReport, level: int) -> list[Section]:
    sides = asked(windows, report)
    table = wire_table(sides, report.prices)
    return [Section("What was asked of the services", level, table=table)] if sides else []


def _run(window: SyncWindowReport, report: SyncReport, level: int) -> Section:
    lines = []
    if window.run_id is not None:
        times = f"started {numbers.instant_text(window.started_at)}"
        if window.finished_at is not None:
            times += f", finished {numbers.instant_text(window.finished_at)}"
        lines += [f"run: {seen(window.run_id)}", times]
    for side, location in (
        (report.origin, window.origin_location),
        (report.destination, window.destination_location),
    ):
        if location is not None:
            lines.append(f"{side}: {seen(location)}")
    if window.report:
        lines.append(f"report: {seen(window.report)}")
    return Section("Run", level, lines=tuple(lines))
