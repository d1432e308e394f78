"""Arguments and options that several commands share, each worded once."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Format(StrEnum):
    """How a result is written."""

    TEXT = "text"
    JSON = "json"


FormatOption = Annotated[Format, typer.Option("--format", help="How the result is written.")]
DatasetsOption = Annotated[
    Path | None,
    typer.Option(
        "--datasets",
        metavar="FOLDER",
        help="Folder of dataset files, instead of RECONCILE_DATASETS or dags/datasets.",
        show_default=False,
    ),
]
DatasetArgument = Annotated[
    str, typer.Argument(metavar="DATASET", help="A dataset's name, as its file says it.")
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")
]
LimitOption = Annotated[int, typer.Option("--limit", min=1, help="How many at most.")]
StrategyOption = Annotated[
    str | None,
    typer.Option(
        "--strategy",
        metavar="NAME",
        help="How equality is proven: auto (the cheapest proof that holds), checksum, fingerprint, "
        "sketch or join. What is said of the rows is the same.",
        show_default=False,
    ),
]
NoCacheOption = Annotated[
    bool,
    typer.Option(
        "--no-cache",
        help="Neither use nor keep what comparisons learn of objects that do not change.",
    ),
]
WINDOW_HELP = "2013-01-05, or a span that leaves out its end: 2013-01-01/2013-02-01."


def one_of(values: type[StrEnum]) -> str:
    """Help for an option that narrows to one of some values."""
    return f"Only these; one of {', '.join(values)}."


def folder_of_datasets(given: Path | None) -> Path:
    """The folder of dataset files that was asked for, else where the environment says."""
    from reconcile.config.datasets import datasets_folder

    return given or datasets_folder()
