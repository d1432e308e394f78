"""The DAGs that DAG files make of dataset files, and what is wrong with those that make none.

A DAG file that raises loses the DAGs of every dataset. So whatever is wrong with one dataset is
left out here and told by `dags/dataset_errors.py`, which has no DAG to lose.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from airflow.sdk import DAG, get_parsing_context

from reconcile.config.datasets import BrokenFile, datasets_folder, find_dataset, load_datasets
from reconcile.errors import BadConfiguration, BadInput
from reconcile.model.dataset import Dataset

Builder = Callable[..., DAG | None]
"""Makes a family's DAG of a dataset, given its `page`; None where the dataset wants none.

It must not register the DAG by itself (`auto_register=False`): half of one would be found.
"""

_log = logging.getLogger(__name__)
_LINES_OF_A_FILE = 100


class BrokenDatasets(Exception):
    """Dataset files that cannot be used: every problem of every file, one line each."""


def dags_of(
    dag_file: str, build: Builder, *, page: str, environ: Mapping[str, str] = os.environ
) -> Iterator[DAG]:
    """The family's DAG of each dataset that can be used, by name.

    The dataset files lie in `RECONCILE_DATASETS`, or else in the folder `datasets` beside the DAG
    file. Where Airflow parses the file for one DAG only, that one is made and no other dataset is
    looked at.

    Raises:
        BrokenDatasets: In a task, whose own dataset cannot be used: nothing else is lost there.
    """
    in_task = get_parsing_context().task_id is not None
    for dataset in declared_datasets(dag_file, environ=environ):
        try:
            dag = build(dataset, page=page)
        except Exception as error:
            if in_task:
                raise BrokenDatasets(_unbuilt(dataset, error)) from error
            _log.warning("%s; see dataset_errors.py", _unbuilt(dataset, error))
            continue
        if dag is not None:
            yield dag


def declared_datasets(
    dag_file: str, *, environ: Mapping[str, str] = os.environ
) -> tuple[Dataset, ...]:
    """The datasets that can be used, by name; where one DAG is asked for, its dataset.

    Raises:
        BrokenDatasets: In a task, whose own dataset cannot be used.
    """
    asked = get_parsing_context()
    folder = _folder(dag_file, environ)
    try:
        if asked.dag_id is None:
            return load_datasets(folder, environ=environ)[0]
        _, of_a_family, name = asked.dag_id.partition("__")
        return (find_dataset(name, folder, environ=environ),) if of_a_family else ()
    except BadInput as error:
        if asked.task_id is None:
            return ()
        raise BrokenDatasets("\n".join(_lines(error))) from None


def refuse_broken_datasets(
    dag_file: str, builders: Sequence[Builder], *, environ: Mapping[str, str] = os.environ
) -> None:
    """Raises BrokenDatasets when a dataset file, or the folder, or a DAG of one, will not do.

    In a task it does nothing.
    """
    if get_parsing_context().task_id is not None:
        return
    try:
        datasets, broken = load_datasets(_folder(dag_file, environ), environ=environ)
    except BadInput as error:
        raise BrokenDatasets(error.line()) from None
    lines = [line for file in broken for line in _told(file)]
    lines += [line for dataset in datasets for line in _refusals(dataset, builders)]
    if lines:
        raise BrokenDatasets("\n".join(lines))


def _folder(dag_file: str, environ: Mapping[str, str]) -> Path:
    return datasets_folder(environ, default=Path(dag_file).parent / "datasets")


def _lines(error: BadInput) -> tuple[str, ...]:
    return error.lines() if isinstance(error, BadConfiguration) else (error.line(),)


def _told(file: BrokenFile) -> Iterator[str]:
    """A file's problems; of a file that is something else altogether, the first."""
    yield from file.problems[:_LINES_OF_A_FILE]
    if (more := len(file.problems) - _LINES_OF_A_FILE) > 0:
        yield f"{file.path}: {more} more; `reconcile config validate` shows them"


def _refusals(dataset: Dataset, builders: Sequence[Builder]) -> Iterator[str]:
    for build in builders:
        try:
            build(dataset, page="")
        except Exception as error:
            yield _unbuilt(dataset, error)


def _unbuilt(dataset: Dataset, error: Exception) -> str:
    told = " ".join(str(error).split())
    return f"{dataset.path}: Airflow makes no DAG of it: {type(error).__name__}: {told}"
