"""`reconcile config`: what the dataset files say, and whether they are right."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reconcile.cli import output
from reconcile.cli.options import (
    DatasetArgument,
    DatasetsOption,
    Format,
    FormatOption,
    folder_of_datasets,
)
from reconcile.errors import BadInput

config = typer.Typer(help="Check dataset files, or show what they come to.")


@config.command("validate")
def validate(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="DATASET", help="Only these datasets; all if none is named."),
    ] = None,
    *,
    datasets: DatasetsOption = None,
    form: FormatOption = Format.TEXT,
) -> int:
    """Check every dataset file and the price list, and name all that is wrong at once.

    Expectations are checked by Great Expectations itself, which takes about ten
    seconds where there are any. Nothing is asked of a source or a target.

    \b
    [bold]Examples[/bold]
      reconcile config validate
      reconcile config validate flights weather

    \b
    [bold]Exit codes[/bold]
      0 all right, 2 something is wrong
    """
    from reconcile.jobs.configuration import checked_files, checked_price_list

    files = checked_files(folder_of_datasets(datasets), names or ())
    if not names:
        files += checked_price_list()
    if form is Format.JSON:
        output.show_json(
            [
                {"dataset": file.name, "path": file.path, "problems": list(file.problems)}
                for file in files
            ]
        )
    for file in files:
        for problem in file.problems:
            output.complain(problem)
        if form is Format.TEXT and not file.problems:
            output.show(f"{file.path}: {file.name or 'the price list'} is right\n")
    return BadInput.exit_code if any(file.problems for file in files) else 0


@config.command("show")
def show(
    dataset: DatasetArgument,
    *,
    datasets: DatasetsOption = None,
    form: FormatOption = Format.TEXT,
) -> int:
    """Show a dataset with every default filled in.

    \b
    [bold]Example[/bold]
      reconcile config show flights
    """
    from reconcile.config import effective
    from reconcile.config.datasets import find_dataset

    found = find_dataset(dataset, folder_of_datasets(datasets))
    if form is Format.JSON:
        output.show_json(effective.show(found))
    else:
        output.show(effective.show_yaml(found))
    return 0


@config.command("pools")
def pools(
    *,
    missing_from: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Leave out the pools in this file of `airflow pools export`: an import would "
            "set their sizes anew.",
            show_default=False,
        ),
    ] = None,
    slots: Annotated[int, typer.Option(min=1, help="How many tasks of a pool run at once.")] = 4,
    datasets: DatasetsOption = None,
    form: FormatOption = Format.TEXT,
) -> int:
    """Show the Airflow pools that dataset files name, besides default_pool.

    Airflow never runs a task whose pool does not exist, and does not say so. As JSON
    they are what `airflow pools import` reads. Broken files are told and passed over.

    \b
    [bold]Example[/bold]
      airflow pools export there.json
      reconcile config pools --missing-from there.json --format json > new.json
      airflow pools import new.json
    """
    from reconcile.config.datasets import load_datasets
    from reconcile.config.pools import exported_pools, named_pools

    existing = frozenset() if missing_from is None else exported_pools(missing_from)
    usable, broken = load_datasets(folder_of_datasets(datasets))
    for problem in (problem for file in broken for problem in file.problems):
        output.complain(problem)
    named = named_pools(usable, existing=existing)
    if form is Format.JSON:
        output.show_json({pool.name: pool.to_json(slots=slots) for pool in named})
    else:
        output.show("".join(f"{pool.name}: {', '.join(pool.datasets)}\n" for pool in named))
    return 0
