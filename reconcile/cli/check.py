"""`reconcile check`: whether a dataset could run."""

from __future__ import annotations

from typing import Annotated

import typer

from reconcile.cli import output
from reconcile.cli.options import (
    WINDOW_HELP,
    DatasetArgument,
    DatasetsOption,
    Format,
    FormatOption,
    folder_of_datasets,
)


def check(
    dataset: DatasetArgument,
    *,
    window: Annotated[
        str | None,
        typer.Option(
            "--window",
            metavar="WINDOW",
            help=f"{WINDOW_HELP} The last complete one if not given.",
            show_default=False,
        ),
    ] = None,
    datasets: DatasetsOption = None,
    form: FormatOption = Format.TEXT,
) -> int:
    """Look at all that a run would need, without reading data.

    Connections and rights on both sides, the window's partitions, the artifacts
    (an object is written and removed again) and the state database. All problems
    are named, not only the first.

    \b
    [bold]Examples[/bold]
      reconcile check flights
      reconcile check flights --window 2013-01-05

    \b
    [bold]Exit codes[/bold]
      0 a run could begin, 2 something must be corrected, 3 no answer
    """
    from reconcile.config.datasets import find_dataset
    from reconcile.errors import worst
    from reconcile.history.calendar import Calendar
    from reconcile.jobs.check import check as look_at

    found = find_dataset(dataset, folder_of_datasets(datasets))
    windows = [None] if window is None else Calendar.of(found).span(window)
    findings = [finding for one in windows for finding in look_at(found, one)]
    if form is Format.JSON:
        output.show_json(
            {
                "dataset": found.name,
                "findings": [{**vars(finding), "ok": finding.ok} for finding in findings],
            }
        )
    for finding in findings:
        if finding.ok and form is Format.TEXT:
            output.show(f"✓ {finding.what}: {finding.detail}\n")
        elif not finding.ok:
            next_step = f". Next: {finding.next_step}" if finding.next_step else ""
            output.complain(f"{finding.what}: {finding.problem}{next_step}")
    return worst(finding.exit_code for finding in findings)
