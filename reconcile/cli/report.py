"""`reconcile report`: a run's report."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconcile.cli import output
from reconcile.cli.options import DatasetsOption, folder_of_datasets
from reconcile.model.run import Run, RunKind

if TYPE_CHECKING:
    from reconcile.jobs.setting import Setting
    from reconcile.model.dataset import Dataset
    from reconcile.report.content import Report
    from reconcile.report.sync_content import SyncReport


class ReportFormat(StrEnum):
    """The formats of a report."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"
    MARKDOWN = "markdown"


OutputOption = Annotated[
    Path | None,
    typer.Option(
        "--output",
        metavar="FILE",
        help="Write to this file instead of standard output.",
        show_default=False,
    ),
]


def report(
    run_id: Annotated[
        str,
        typer.Argument(metavar="RUN_ID", help="A run's id, DATASET@WINDOW (its newest), or latest"),
    ],
    *,
    kind: Annotated[
        RunKind,
        typer.Option("--kind", help="Which runs DATASET@WINDOW and latest mean."),
    ] = RunKind.RECONCILIATION,
    form: Annotated[
        ReportFormat, typer.Option("--format", help="How the report is written.")
    ] = ReportFormat.TEXT,
    to_file: OutputOption = None,
    datasets: DatasetsOption = None,
) -> int:
    """Show the report of a run.

    The exit code says whether there is a report, not what it says.

    \b
    [bold]Examples[/bold]
      reconcile report latest
      reconcile report flights@2013-01-05 --format markdown
      reconcile report flights@2013-01-05 --kind sync
      reconcile report latest --format html --output flights.html
    """
    from reconcile.config.datasets import find_dataset
    from reconcile.jobs.destination import check_destination
    from reconcile.jobs.run_name import named_run
    from reconcile.jobs.setting import Setting

    if to_file is not None:
        check_destination(to_file)
    with Setting.open() as setting:
        run = named_run(setting.state, run_id, kind=kind)
        dataset = find_dataset(run.dataset, folder_of_datasets(datasets))
        text = _text(setting, dataset, run, form)
    deliver(text, form, to_file)
    return 0


def deliver(text: str, form: ReportFormat, to_file: Path | None) -> None:
    """Writes a report to a file, or shows it."""
    from reconcile.jobs.destination import write_whole

    if to_file is not None:
        write_whole(to_file, text.encode())
    elif form is ReportFormat.TEXT:
        output.show(text)
    else:
        output.show_document(text)


def _text(setting: Setting, dataset: Dataset, run: Run, form: ReportFormat) -> str:
    if run.kind is RunKind.SYNC:
        from reconcile.jobs.sync_reporting import report_of_sync

        return _sync_written(report_of_sync(setting, dataset, [run.id]), form)
    from reconcile.jobs.examples import examples_of
    from reconcile.jobs.reporting import report_of_runs

    return _written(report_of_runs(setting, dataset, [run.id], examples=examples_of), form)


def _written(found: Report, form: ReportFormat) -> str:
    from reconcile.report.html import html_report
    from reconcile.report.json_document import json_document
    from reconcile.report.markdown import markdown_report
    from reconcile.report.text import text_report

    match form:
        case ReportFormat.TEXT:
            return text_report(found)
        case ReportFormat.JSON:
            return output.as_json(json_document(found))
        case ReportFormat.HTML:
            return html_report(found)
        case ReportFormat.MARKDOWN:
            return markdown_report(found)


def _sync_written(found: SyncReport, form: ReportFormat) -> str:
    from reconcile.report.markdown import markdown_of
    from reconcile.report.sync_html import sync_html_report
    from reconcile.report.sync_json import sync_json_document
    from reconcile.report.sync_outline import sync_outline
    from reconcile.report.text import text_of

    match form:
        case ReportFormat.TEXT:
            return text_of(sync_outline(found))
        case ReportFormat.JSON:
            return output.as_json(sync_json_document(found))
        case ReportFormat.HTML:
            return sync_html_report(found)
        case ReportFormat.MARKDOWN:
            return markdown_of(sync_outline(found))
