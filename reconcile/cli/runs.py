"""`reconcile runs`: what ran, when, with what verdict."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from reconcile.cli import output
from reconcile.cli.options import (
    DatasetsOption,
    Format,
    FormatOption,
    LimitOption,
    folder_of_datasets,
    one_of,
)
from reconcile.cli.table import table
from reconcile.model.result import Verdict
from reconcile.model.run import Run, RunKind, RunStatus

runs = typer.Typer(help="What ran, when, with what verdict.")


@runs.callback()
def _group() -> None:
    """A group, though it has one command."""


@runs.command("list")
def list_runs(
    *,
    dataset: Annotated[
        str | None, typer.Option("--dataset", help="Only this dataset's.", show_default=False)
    ] = None,
    window: Annotated[
        str | None,
        typer.Option("--window", help="Only this window's, by its name.", show_default=False),
    ] = None,
    verdict: Annotated[
        Verdict | None,
        typer.Option("--verdict", metavar="VERDICT", help=one_of(Verdict), show_default=False),
    ] = None,
    kind: Annotated[
        RunKind | None,
        typer.Option("--kind", metavar="KIND", help=one_of(RunKind), show_default=False),
    ] = None,
    limit: LimitOption = 100,
    datasets: DatasetsOption = None,
    form: FormatOption = Format.TEXT,
) -> int:
    """List runs, the newest first.

    \b
    [bold]Examples[/bold]
      reconcile runs list
      reconcile runs list --dataset flights --verdict breached --format json
      reconcile runs list --kind sync
    """
    from reconcile.jobs.known_dataset import refuse_unknown
    from reconcile.state.database import State
    from reconcile.state.location import state_url

    with State.open(state_url(os.environ)) as state:
        found = state.runs.list(
            dataset=dataset, window=window, verdict=verdict, kind=kind, limit=limit
        )
        if dataset is not None and not found:
            refuse_unknown(dataset, state=state, folder=folder_of_datasets(datasets))
    if form is Format.JSON:
        output.show_json([vars(run) for run in found])
    elif not found:
        output.say("no run")
    else:
        columns = ("run", "kind", "window", "status", "verdict", "started")
        output.show(table(columns, map(_row, found)))
    return 0


def _row(run: Run) -> tuple[object, ...]:
    return (
        run.id,
        run.kind,
        f"{run.dataset}@{run.window}",
        _standing(run),
        run.verdict,
        f"{run.started_at:%Y-%m-%d %H:%M:%S} UTC",
    )


def _standing(run: Run) -> str:
    """How far a run has come; one that nobody works on any more stands there until the next."""
    if run.status is RunStatus.RUNNING and run.steps:
        return f"{run.status} after {run.steps[-1]}"
    return str(run.status)
