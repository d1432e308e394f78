"""Whether the configuration is right: dataset files with their expectations, and the prices."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from reconcile.config.datasets import find_dataset, load_datasets
from reconcile.config.prices import load_prices, prices_file
from reconcile.errors import BadConfiguration, NotFound
from reconcile.model.dataset import Dataset
from reconcile.quality.check import check


@dataclass(frozen=True)
class CheckedFile:
    """A configuration file and every problem it has, one line each.

    Attributes:
        path: The file.
        name: The dataset it says it is, or else the file's own name; None for the price list.
        problems: What is wrong; none where all is right.
    """

    path: str
    name: str | None
    problems: tuple[str, ...]


def checked_files(folder: Path, names: Sequence[str] = ()) -> tuple[CheckedFile, ...]:
    """Checks the dataset files of a folder, those of some names or all, in the order of paths.

    Nothing is asked of a source or a target. Takes about 10 s where there are expectations.

    Raises:
        NotFound: There is no such folder, no such dataset in it, or no dataset at all.
    """
    datasets, broken = load_datasets(folder)
    known = {dataset.name for dataset in datasets} | {file.name for file in broken}
    for name in names:
        if name not in known:
            find_dataset(name, folder)  # refuses, naming the near ones
    if not known:
        raise NotFound(f"no dataset file in {folder.absolute()}", expected="at least one, *.yaml")
    files = [CheckedFile(file.path, file.name, file.problems) for file in broken]
    files += [
        CheckedFile(dataset.path, dataset.name, _problems(dataset))
        for dataset in datasets
        if not names or dataset.name in names
    ]
    return tuple(
        sorted(
            (file for file in files if not names or file.name in names), key=lambda file: file.path
        )
    )


def checked_price_list(environ: Mapping[str, str] = os.environ) -> tuple[CheckedFile, ...]:
    """The price list that `RECONCILE_PRICES` names, checked; nothing where it names none.

    Raises:
        NotFound, AccessDenied, Unreadable: The file cannot be read.
        BadInput: The variable is set and empty.
    """
    path = prices_file(environ)
    if path is None:
        return ()
    try:
        load_prices(path)
    except BadConfiguration as error:
        return (CheckedFile(str(path), None, tuple(error.problems)),)
    return (CheckedFile(str(path), None, ()),)


def _problems(dataset: Dataset) -> tuple[str, ...]:
    return tuple(f"{dataset.path}: {problem}" for problem in check(dataset.expectations))
