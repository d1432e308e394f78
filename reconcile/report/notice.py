"""How a run ended, in a few lines for people who are elsewhere: mail, Slack, Teams.

A notice leaves the house, so it holds names and counts and nothing of any row: no example, no
observed value, and no line of an error, which may quote the value it stumbled over.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconcile.model.discrepancy import Kind
from reconcile.model.run import Step
from reconcile.report.content import Report, WindowReport
from reconcile.report.headline import face, report_face, sentence
from reconcile.report.numbers import count_text, rows_text
from reconcile.report.printable import visible
from reconcile.report.span import span_text

_MOST_WINDOWS = 20
_UNKNOWN = "It is not known whether the copies are equal."
_LINK = "Open the run in Airflow"


@dataclass(frozen=True)
class Notice:
    """What is told of one run.

    Attributes:
        title: Dataset, windows and verdict on one line.
        text: The verdict in a sentence, and where the run stopped if it did.
        facts: Names and values, in the order to show them.
        link: The run's page in Airflow; None where its address is not known.
    """

    title: str
    text: str
    facts: tuple[tuple[str, str], ...]
    link: str | None = None


def notice_of_run(
    dataset: str,
    report: Report | None,
    *,
    stopped_at: Mapping[str, Step],
    airflow_run: str,
    failed_task: str | None = None,
    link: str | None = None,
) -> Notice:
    """How a run of Airflow's ended.

    Args:
        dataset: Whose run it is.
        report: What came of its windows; None where it began none, or nobody can ask.
        stopped_at: By the name of a window without an end: the first step that is not done.
        airflow_run: What Airflow calls the run.
        failed_task: Whose log says why the run failed; None where it did not.
        link: The run's page.
    """
    explained = report is not None and report.verdict.exit_code != 0
    title = dataset if report is None else f"{dataset} {span_text(report)}"
    ended = "The run ended" if failed_task is None else "The run failed"
    word = report_face(report).word if report is not None and explained else ended
    known = _UNKNOWN if report is None else sentence(report)
    stops = [f"{window} stopped at its step {step}." for window, step in stopped_at.items()]
    if failed_task is not None and (stops or not explained):
        stops.append(f"The log of the task {failed_task} says why.")
    facts = () if report is None else _facts(report)
    return Notice(
        f"{title}: {word}",
        " ".join([known, *stops]),
        (*facts, ("Airflow run", visible(airflow_run))),
        link,
    )


def mail_body(notice: Notice) -> str:
    """The notice as the HTML of a mail; without styles it reads as plain text does."""
    lines = [notice.text, "", *(f"{name}: {value}" for name, value in notice.facts)]
    body = html.escape("\n".join(lines))
    if notice.link is not None:
        body += f'\n\n<a href="{html.escape(notice.link)}">{_LINK}</a>'
    return f'<pre style="font-family: inherit; white-space: pre-wrap">{body}</pre>'


def slack_message(notice: Notice) -> dict[str, Any]:
    """The notice as Slack's incoming webhooks take it."""
    lines = [f"*{_slack(notice.title)}*", _slack(notice.text)]
    lines += [f"• {_slack(name)}: {_slack(value)}" for name, value in notice.facts]
    if notice.link is not None:
        lines.append(f"<{_slack(notice.link)}|{_LINK}>")
    return {"text": "\n".join(lines)}


def teams_message(notice: Notice) -> dict[str, Any]:
    """The notice as an Adaptive Card, as the webhooks of Teams' workflows take it."""
    body = [
        # Text blocks and facts read Markdown; rich text takes every character for itself.
        _rich(notice.title, weight="Bolder", size="Medium"),
        _rich(notice.text),
        *(_rich(f"{name}: {value}") for name, value in notice.facts),
    ]
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
    }
    if notice.link is not None:
        card["actions"] = [{"type": "Action.OpenUrl", "title": _LINK, "url": notice.link}]
    kind = "application/vnd.microsoft.card.adaptive"
    attachment = {"contentType": kind, "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _facts(report: Report) -> tuple[tuple[str, str], ...]:
    return tuple(_one_window(report.windows[0]) if len(report.windows) == 1 else _windows(report))


def _one_window(window: WindowReport) -> list[tuple[str, str]]:
    facts = [("Window", window.window), ("Verdict", face(window.verdict).word)]
    if (counts := window.counts) is not None:
        facts += [
            ("Rows in the source", count_text(counts.source_rows)),
            ("Rows in the target", count_text(counts.target_rows)),
            *((kind.value, count_text(counts.of(kind))) for kind in Kind),
        ]
    if window.report is not None:
        facts.append(("Report", visible(window.report)))
    return facts


def _windows(report: Report) -> list[tuple[str, str]]:
    facts = [(window.window, _in_short(window)) for window in report.windows[:_MOST_WINDOWS]]
    if (more := len(report.windows) - len(facts)) > 0:
        facts.append(("And", f"{more:,} more windows"))
    return facts


def _in_short(window: WindowReport) -> str:
    word = face(window.verdict).word
    if window.counts is None:
        return word
    return f"{word}, {rows_text(window.counts.discrepancies)} discrepant"


def _rich(text: str, **style: str) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **style}]}


def _slack(text: str) -> str:
    """Slack's three characters: without them nothing mentions anybody or hides a link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
