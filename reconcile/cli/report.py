"""`reconcile report`: a run's report."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconcile.cli import output
from reconcile.cli.options import DatasetsOption, folder_of_datasets

if TYPE_CHECKING:
    from reconcile.report.content import Report


class ReportFormat(StrEnum):
    """The formats of a report."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"
    MARKDOWN = "markdown"


def report(
    run_id: Annotated[
        str,
        typer.Argument(metavar="RUN_ID", help="A run's id, DATASET@WINDOW (its newest), or latest"),
    ],
    *,
    form: Annotated[
        ReportFormat, typer.Option("--format", help="How the report is written.")
    ] = ReportFormat.TEXT,
    to_file: Annotated[
        Path | None,
        typer.Option(
            "--output",
            metavar="FILE",
            help="Write to this file instead of standard output.",
            show_default=False,
        ),
    ] = None,
    datasets: DatasetsOption = None,
) -> int:
    """Show the report of a run.

    The exit code says whether there is a report, not what it says.

    \b
    [bold]Examples[/bold]
      reconcile report latest
      reconcile report flights@2013-01-05 --format markdown
      reconcile report latest --format html --output flights.html
    """
    from reconcile.config.datasets import find_dataset
    from reconcile.jobs.destination import check_destination, write_whole
    from reconcile.jobs.examples import examples_of
    from reconcile.jobs.reporting import report_of_runs
    from reconcile.jobs.run_name import named_run
    from reconcile.jobs.setting import Setting

    if to_file is not None:
        check_destination(to_file)
    with Setting.open() as setting:
        run = named_run(setting.state, run_id)
        dataset = find_dataset(run.dataset, folder_of_datasets(datasets))
        text = _written(report_of_runs(setting, dataset, [run.id], examples=examples_of), form)
    if to_file is not None:
        write_whole(to_file, text.encode())
    elif form is ReportFormat.TEXT:
        output.show(text)
    else:
        output.show_document(text)
    return 0


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
