"""The report as plain text for a terminal, at most 100 columns wide."""

from __future__ import annotations

from collections.abc import Iterable

from reconcile.model.result import Verdict
from reconcile.report import headline
from reconcile.report.accounts import require_balance
from reconcile.report.content import Report, WindowReport
from reconcile.report.outline import Section, Table, outline, window_table
from reconcile.report.printable import columns_wide, fitted, visible, wrapped
from reconcile.report.proof import proof_sentence
from reconcile.report.span import uncovered_text
from reconcile.report.totals import total_counts, total_proof

WIDTH = 100
_INDENT = "  "
_WIDEST_CELL = 40


def text_report(report: Report) -> str:
    """The whole report as text, ending with a line break.

    Raises:
        Unbalanced: The figures contradict each other.
    """
    require_balance(report)
    return text_of(outline(report))


def text_of(sections: Iterable[Section]) -> str:
    """Sections as text, ending with a line break."""
    return "\n\n".join(_section(section) for section in sections) + "\n"


def summary(report: Report) -> str:
    """One line a window, the sum, and the verdict in a sentence: what `reconcile run` prints.

    Raises:
        Unbalanced: The figures contradict each other.
    """
    require_balance(report)
    face = headline.report_face(report)
    reasons = [
        f"{window.window}: {' '.join(headline.reasons(window, report.rules))}"
        for window in report.windows
        if _needs_a_word(window)
    ]
    verdict = f"{report.dataset}: {face.glyph} {face.word.upper()}. {headline.sentence(report)}"
    lines = table_lines(window_table(report.windows))
    for text in (*reasons, uncovered_text(report.windows), _unread(report), verdict):
        lines += wrapped(visible(text), WIDTH) if text else []
    return "\n".join(lines) + "\n"


def _unread(report: Report) -> str:
    """How the rows were proven, where not all of them by reading them."""
    counts, proof = total_counts(report.windows), total_proof(report.windows)
    unread = proof.by_checksum or proof.by_fingerprint
    return proof_sentence(counts, proof) if unread else ""


def _needs_a_word(window: WindowReport) -> bool:
    """Whether the figures of a window's line do not say why it has its verdict."""
    unexplained = window.counts is None or not window.counts.discrepancies
    breached = window.verdict is Verdict.BREACHED and unexplained
    return bool(window.error) or breached or window.verdict is Verdict.INDETERMINATE


def _section(section: Section) -> str:
    indent = "" if section.level == 1 else _INDENT * (section.level - 1)
    outer = indent[: -len(_INDENT)] if indent else ""
    lines = [outer + line for line in wrapped(section.title, WIDTH - len(outer))]
    if section.level == 1:
        lines.append("=" * max(map(columns_wide, lines)))
    for paragraph in section.paragraphs:
        lines += [indent + line for line in wrapped(paragraph, WIDTH - len(indent))]
    for item in section.lines:
        first, *rest = wrapped(item, WIDTH - len(indent) - 2)
        lines += [f"{indent}- {first}", *(f"{indent}  {line}" for line in rest)]
    if section.table is not None:
        lines += table_lines(section.table, indent=indent)
    return "\n".join(lines)


def table_lines(table: Table, *, indent: str = "") -> list[str]:
    """The table in columns that line up; a wide cell is cut."""
    every = [tuple(fitted(cell, _WIDEST_CELL) for cell in row) for row in table.rows]
    rows = [table.header, *every]
    widths = [max(columns_wide(row[place]) for row in rows) for place in range(len(table.header))]
    lines = []
    for row in rows:
        cells = [
            _padded(cell, width, right=place in table.numeric)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append(fitted(indent + "  ".join(cells).rstrip(), WIDTH))
    return lines


def _padded(text: str, width: int, *, right: bool) -> str:
    space = " " * (width - columns_wide(text))
    return space + text if right else text + space
