"""The report as Markdown, for a ticket or a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterable

from reconcile.report.accounts import require_balance
from reconcile.report.content import Report
from reconcile.report.outline import Section, Table, outline

# What GitHub and CommonMark would make markup, a mention, an issue link or an address of.
_ENTITIES = str.maketrans({c: f"&#{ord(c)};" for c in "&<>@#|"})
_MARKUP = re.compile(r"([\\`*_{}\[\]~!])")
_ADDRESS = re.compile(r"(?<=\w):(?=//)|(?<=www)\.", re.IGNORECASE)
_LIST_START = re.compile(r"^(\s*)([-+=]|\d+[.)])(?=\s|$|-|=)")


def markdown_report(report: Report) -> str:
    """The whole report as Markdown; no value in it can become markup.

    Raises:
        Unbalanced: The figures contradict each other.
    """
    require_balance(report)
    return markdown_of(outline(report))


def markdown_of(sections: Iterable[Section]) -> str:
    """Sections as Markdown, ending with a line break."""
    return "\n\n".join(_section(section) for section in sections) + "\n"


def escaped(text: str) -> str:
    """The text as Markdown that renders as exactly this text."""
    plain = _MARKUP.sub(r"\\\1", text.translate(_ENTITIES))
    plain = _ADDRESS.sub(lambda match: f"&#{ord(match[0])};", plain)
    return _LIST_START.sub(lambda match: match[1] + "\\" + match[2], plain)


def _section(section: Section) -> str:
    blocks = ["#" * section.level + " " + escaped(section.title)]
    blocks += [escaped(paragraph) for paragraph in section.paragraphs]
    if section.lines:
        blocks.append("\n".join(f"- {escaped(line)}" for line in section.lines))
    if section.table is not None:
        blocks.append(_table(section.table))
    return "\n\n".join(blocks)


def _table(table: Table) -> str:
    rules = ["---:" if place in table.numeric else "---" for place in range(len(table.header))]
    rows = [tuple(map(escaped, table.header)), tuple(rules)]
    rows += [tuple(map(escaped, row)) for row in table.rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)
