"""The datasets that DAG files make DAGs of."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from reconcile.config.datasets import datasets_folder, load_datasets
from reconcile.errors import BadInput
from reconcile.model.dataset import Dataset


class BrokenDatasets(Exception):
    """Dataset files that cannot be used: every problem of every file, one line each."""


def declared_datasets(
    dag_file: str, *, environ: Mapping[str, str] = os.environ
) -> tuple[Dataset, ...]:
    """Every dataset that can be used, by name.

    They lie in `RECONCILE_DATASETS`, or else in the folder `datasets` beside the DAG file. What
    is broken is left to `refuse_broken_datasets`, so that it takes nothing from the others.
    """
    try:
        return load_datasets(_folder(dag_file, environ), environ=environ)[0]
    except BadInput:
        return ()


def refuse_broken_datasets(dag_file: str, *, environ: Mapping[str, str] = os.environ) -> None:
    """Raises BrokenDatasets when a dataset file, or their folder, cannot be used."""
    try:
        broken = load_datasets(_folder(dag_file, environ), environ=environ)[1]
    except BadInput as error:
        raise BrokenDatasets(error.line()) from None
    if broken:
        raise BrokenDatasets("\n".join(line for file in broken for line in file.problems))


def _folder(dag_file: str, environ: Mapping[str, str]) -> Path:
    return datasets_folder(environ, default=Path(dag_file).parent / "datasets")
