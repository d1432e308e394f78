"""`reconcile dead-letters`: the rows that were set aside, each with its reason."""

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
from reconcile.errors import BadInput
from reconcile.model.dead_letter import DeadLetter, LetterKind, LetterStatus
from reconcile.report.printable import visible

dead_letters = typer.Typer(help="Discrepancies and unreadable records that were set aside.")


@dead_letters.command("list")
def list_letters(
    *,
    dataset: Annotated[
        str | None, typer.Option("--dataset", help="Only this dataset's.", show_default=False)
    ] = None,
    window: Annotated[
        str | None,
        typer.Option("--window", help="Only this window's; needs --dataset.", show_default=False),
    ] = None,
    run: Annotated[
        str | None,
        typer.Option("--run", help="Only those that this run saw last.", show_default=False),
    ] = None,
    kind: Annotated[
        LetterKind | None,
        typer.Option("--kind", metavar="KIND", help=one_of(LetterKind), show_default=False),
    ] = None,
    status: Annotated[
        LetterStatus | None,
        typer.Option("--status", metavar="STATUS", help=one_of(LetterStatus), show_default=False),
    ] = None,
    limit: LimitOption = 100,
    datasets: DatasetsOption = None,
    form: FormatOption = Format.TEXT,
) -> int:
    """List dead letters, the oldest first, and how many there are.

    \b
    [bold]Examples[/bold]
      reconcile dead-letters list --status open
      reconcile dead-letters list --dataset flights --window 2013-01-05
    """
    from reconcile.config.datasets import find_dataset
    from reconcile.history.calendar import Calendar
    from reconcile.jobs.known_dataset import refuse_unknown
    from reconcile.jobs.run_name import named_run
    from reconcile.state.database import State
    from reconcile.state.location import state_url

    if window is not None and dataset is None:
        raise BadInput("--window says nothing without a dataset", next_step="add --dataset NAME")
    chosen = None
    if window is not None and dataset is not None:
        found = find_dataset(dataset, folder_of_datasets(datasets))
        chosen = Calendar.of(found).window(window)
    with State.open(state_url(os.environ)) as state:
        page = state.dead_letters.list(
            dataset=dataset,
            window=chosen,
            run_id=None if run is None else named_run(state, run).id,
            kind=kind,
            status=status,
            limit=limit,
        )
        if dataset is not None and not page.total:
            refuse_unknown(dataset, state=state, folder=folder_of_datasets(datasets))
    if form is Format.JSON:
        output.show_json({"total": page.total, "letters": [vars(x) for x in page.letters]})
        return 0
    if page.letters:
        header = ("id", "dataset", "kind", "side", "status", "match key", "columns")
        output.show(table(header, map(_row, page.letters)))
    output.say(f"{len(page.letters):,} of {page.total:,} dead letters")
    return 0


@dead_letters.command("show")
def show_letter(
    letter: Annotated[int, typer.Argument(metavar="ID", help="The letter's number.")],
    *,
    form: FormatOption = Format.TEXT,
) -> int:
    """Show one dead letter with both sides' rows.

    \b
    [bold]Example[/bold]
      reconcile dead-letters show 17
    """
    from reconcile.state.database import State
    from reconcile.state.location import state_url

    with State.open(state_url(os.environ)) as state:
        found = state.dead_letters.get(letter)
    if form is Format.JSON:
        output.show_json(vars(found))
        return 0
    for name, value in vars(found).items():
        words = ", ".join(value) if isinstance(value, tuple) else value
        output.show(f"{name + ':':<20}{'-' if words in (None, '') else visible(str(words))}\n")
    return 0


def _row(letter: DeadLetter) -> tuple[object, ...]:
    return (
        letter.id,
        letter.dataset,
        letter.kind,
        letter.side,
        letter.status,
        letter.match_key,
        ", ".join(letter.mismatched_columns) or None,
    )
