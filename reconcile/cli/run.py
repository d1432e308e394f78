"""`reconcile run`: daily reconciliation, one window or a span of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from reconcile.cli import output
from reconcile.cli.options import (
    WINDOW_HELP,
    DatasetArgument,
    DatasetsOption,
    DryRunOption,
    Format,
    FormatOption,
    NoCacheOption,
    StrategyOption,
    folder_of_datasets,
)
from reconcile.cli.progress import following
from reconcile.cli.span import show_span
from reconcile.report.numbers import counted

if TYPE_CHECKING:
    from reconcile.jobs.planning import PlannedWindow


def run(
    dataset: DatasetArgument,
    *,
    window: Annotated[str, typer.Option("--window", metavar="WINDOW", help=WINDOW_HELP)],
    datasets: DatasetsOption = None,
    strategy: StrategyOption = None,
    no_cache: NoCacheOption = False,
    dry_run: DryRunOption = False,
    form: FormatOption = Format.TEXT,
) -> int:
    """Reconcile a dataset's window: plan, compare, validate, route dead letters, report.

    A span is run window by window; one that goes wrong stops no other, and the
    exit code is the worst of them. A window may be run again: the newest run
    counts.

    The dry run lists the objects that would be read, and writes nothing.

    \b
    [bold]Examples[/bold]
      reconcile run flights --window 2013-01-05
      reconcile run flights --window 2013-01-01/2013-02-01 --format json
      reconcile run flights --window 2013-01-05 --dry-run

    \b
    [bold]Exit codes[/bold]
      0 matched or within threshold, 1 breached, 2 bad input, 3 not known
    """
    from reconcile.config.datasets import find_dataset
    from reconcile.history.calendar import Calendar
    from reconcile.model.strategy import checked_strategy

    found = find_dataset(dataset, folder_of_datasets(datasets))
    windows = Calendar.of(found).span(window)
    if strategy is not None:
        found = replace(found, strategy=checked_strategy(strategy))
    if dry_run:
        from reconcile.jobs.planning import planned_windows

        return _show_plan(found.name, planned_windows(found, windows), form)

    from reconcile.jobs.running import run_span
    from reconcile.jobs.setting import Setting
    from reconcile.report.json_document import json_document
    from reconcile.report.text import summary

    with Setting.open(cache=not no_cache) as setting, following(len(windows)) as told:
        outcome = run_span(
            setting,
            found,
            windows,
            progress=told.fetched,
            on_window=told.window,
            on_step=told.step,
            on_outcome=told.outcome,
        )
    show_span(outcome, form, document=json_document, summary=summary)
    return outcome.exit_code


def _show_plan(dataset: str, planned: tuple[PlannedWindow, ...], form: Format) -> int:
    from reconcile.errors import worst

    for one in planned:
        if one.error is not None:
            output.complain(f"{one.window.name}: {one.error.line()}")
    if form is Format.JSON:
        output.show_json(
            {"dataset": dataset, "dry_run": True, "windows": [one.to_json() for one in planned]}
        )
    else:
        for one in planned:
            for part in one.partitions:
                output.show(
                    f"{one.window.name}: would read {counted(part.objects, 'object')}, "
                    f"{counted(part.bytes, 'byte')}, from the {part.side} at {part.location}\n"
                )
    return worst(one.exit_code for one in planned)
