"""`reconcile snapshot report` and `key`: what an auditor is shown, and a new key."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconcile.cli import output
from reconcile.cli.options import DatasetArgument, DatasetsOption
from reconcile.cli.report import OutputOption, ReportFormat, deliver
from reconcile.cli.snapshot_work import opened
from reconcile.errors import BadInput

if TYPE_CHECKING:
    from reconcile.report.snapshot_content import SnapshotReport


def report(
    dataset: DatasetArgument,
    *,
    form: Annotated[
        ReportFormat, typer.Option("--format", help="How the report is written: text, json, html.")
    ] = ReportFormat.TEXT,
    to_file: OutputOption = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="End with 1 where anything is not as it should be."),
    ] = False,
    datasets: DatasetsOption = None,
) -> int:
    """Show what is protected, how well, and how that is known: the report for an auditor.

    Since when, how often, last verified, last restored, recovery point and time
    against their objectives, what is held, locked or damaged and why, and what
    to do about it.

    \b
    [bold]Examples[/bold]
      reconcile snapshot report flights
      reconcile snapshot report flights --format html --output flights.html
      reconcile snapshot report flights --check --format json

    \b
    [bold]Exit codes[/bold]
      0 there is a report, 2 bad input; with --check 0 protected, 1 something is
      damaged, overdue or otherwise not as it should be, 3 not known
    """
    from reconcile.jobs.destination import check_destination
    from reconcile.jobs.snapshots.account import account
    from reconcile.report.snapshot_headline import exit_code

    if form is ReportFormat.MARKDOWN:
        raise BadInput(
            "a report on snapshots is not written as markdown",
            expected="text, json or html",
            next_step="such as --format html",
        )
    if to_file is not None:
        check_destination(to_file)
    with opened(dataset, datasets) as work:
        content = account(work)
    deliver(_written(content, form), form, to_file)
    return exit_code(content) if check else 0


def _written(content: SnapshotReport, form: ReportFormat) -> str:
    from reconcile.report.snapshot_html import snapshot_html_report
    from reconcile.report.snapshot_json import snapshot_json_document
    from reconcile.report.snapshot_text import snapshot_text_report

    match form:
        case ReportFormat.JSON:
            return output.as_json(snapshot_json_document(content))
        case ReportFormat.HTML:
            return snapshot_html_report(content)
        case _:
            return snapshot_text_report(content)


def key(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The file to make; it must not exist.")
    ],
) -> int:
    """Make a file with a new random key, for a repository that is encrypted.

    It is never shown. Name it in the dataset's file: `repository: {location: …,
    key: {file: FILE}}`. Without it nothing can be restored, so keep a copy
    where the loss of this machine does not take it along.

    \b
    [bold]Examples[/bold]
      reconcile snapshot key /etc/reconcile/flights.key

    \b
    [bold]Exit codes[/bold]
      0 made, 2 it exists, or cannot be written
    """
    from reconcile.jobs.destination import check_destination
    from reconcile.stores.key_file import new_key_file

    check_destination(file)
    made = new_key_file(file)
    output.show(f"{file}: a new key, {made.id}; its owner alone may read it.\n")
    output.say(
        "Keep a copy elsewhere: without this file nothing of the repository can be restored."
    )
    return 0
