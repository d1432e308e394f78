"""Whether dataset files are right: their keys, and their expectations by Great Expectations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reconcile.config.datasets import find_dataset, load_datasets
from reconcile.errors import NotFound
from reconcile.model.dataset import Dataset
from reconcile.quality.check import check


@dataclass(frozen=True)
class CheckedFile:
    """A dataset file and every problem it has, one line each.

    Attributes:
        path: The file.
        name: The dataset it says it is, or else the file's own name.
        problems: What is wrong; none where all is right.
    """

    path: str
    name: str
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


def _problems(dataset: Dataset) -> tuple[str, ...]:
    return tuple(f"{dataset.path}: {problem}" for problem in check(dataset.expectations))
