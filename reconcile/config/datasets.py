"""The folder of dataset files."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from reconcile.config.checked import checked, file_document, file_text
from reconcile.config.dataset_entry import DatasetEntry
from reconcile.config.document import Document, read_document
from reconcile.config.entry import near
from reconcile.errors import (
    AccessDenied,
    BadConfiguration,
    BadInput,
    NotFound,
    Unforeseen,
    Unreadable,
)
from reconcile.model.dataset import Dataset

_VARIABLE = "RECONCILE_DATASETS"
_DEFAULT = Path("dags/datasets")
_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True)
class BrokenFile:
    """A dataset file that cannot be used.

    Attributes:
        path: The file.
        name: The dataset it says it is, or else the file's own name.
        problems: What is wrong, one line each, with file, line and path.
    """

    path: str
    name: str
    problems: tuple[str, ...]


def datasets_folder(environ: Mapping[str, str] = os.environ, *, default: Path = _DEFAULT) -> Path:
    """The folder of dataset files: `RECONCILE_DATASETS`, else the default.

    Raises:
        BadInput: The variable is set and empty.
    """
    folder = environ.get(_VARIABLE)
    if folder is None:
        return default
    if not folder.strip():
        raise BadInput(
            f"{_VARIABLE} is empty", expected="a folder", next_step="set it to one, or unset it"
        )
    return Path(folder)


def load_dataset(path: Path | str, *, environ: Mapping[str, str] = os.environ) -> Dataset:
    """The dataset of a file; `environ` fills in `${NAME}` in its locations.

    Raises:
        BadConfiguration: The file is wrong; every problem, with its line.
        NotFound: There is no such file.
        BadInput: It cannot be read.
    """
    return _made(file_document(Path(path)), environ)


def load_datasets(
    folder: Path | str, *, environ: Mapping[str, str] = os.environ
) -> tuple[tuple[Dataset, ...], tuple[BrokenFile, ...]]:
    """Every dataset of a folder, by name, and every file that cannot be used, by path.

    A broken file takes nothing from the others. Two good files for one dataset are both broken,
    since nobody can say which is meant.

    Raises:
        NotFound: There is no such folder.
        AccessDenied: It may not be listed.
    """
    return _sorted_out(dataset_files(folder), environ)


def find_dataset(
    name: str, folder: Path | str, *, environ: Mapping[str, str] = os.environ
) -> Dataset:
    """The dataset of a name in a folder.

    Raises:
        BadConfiguration: Its file is broken.
        NotFound: No file of the folder declares it, or there is no such folder.
    """
    mentioning = [path for path in dataset_files(folder) if _mentions(path, name)]
    for dataset in _sorted_out(mentioning, environ)[0]:
        if dataset.name == name:
            return dataset
    # It will be an error, which may take its time and names what there is.
    datasets, broken = load_datasets(folder, environ=environ)
    if problems := [line for file in broken if file.name == name for line in file.problems]:
        raise BadConfiguration(problems, next_step="reconcile config validate")
    names = sorted({d.name for d in datasets} | {file.name for file in broken})
    raise NotFound(
        f"no dataset {name!r} in {Path(folder).absolute()}{near(name, names)}",
        expected=f"one of {', '.join(names)}" if names else "a dataset file in that folder",
        next_step=f"correct the name, or point {_VARIABLE} to another folder",
    )


def dataset_files(folder: Path | str) -> tuple[Path, ...]:
    """The dataset files of a folder, in the order of their names; hidden ones do not count.

    Raises:
        NotFound: There is no such folder.
        AccessDenied: It may not be listed.
    """
    place = Path(folder).absolute()
    try:
        entries = list(Path(folder).iterdir())
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFound(
            f"no folder of dataset files at {place}",
            next_step=f"run from the project's folder, or set {_VARIABLE}",
        ) from error
    except OSError as error:
        raise AccessDenied(f"the folder of dataset files at {place} may not be listed") from error
    files = [p for p in entries if p.suffix.lower() in _SUFFIXES and p.name[0] != "."]
    return tuple(sorted(files))


def _sorted_out(
    paths: Iterable[Path], environ: Mapping[str, str]
) -> tuple[tuple[Dataset, ...], tuple[BrokenFile, ...]]:
    loaded = [_loaded(path, environ) for path in paths]
    good = [item for item in loaded if isinstance(item, Dataset)]
    broken = [item for item in loaded if isinstance(item, BrokenFile)]
    by_name: dict[str, list[Dataset]] = defaultdict(list)
    for dataset in good:
        by_name[dataset.name].append(dataset)
    broken += [item for same in by_name.values() if len(same) > 1 for item in _doubled(same)]
    single = [same[0] for _, same in sorted(by_name.items()) if len(same) == 1]
    return tuple(single), tuple(sorted(broken, key=lambda item: item.path))


def _mentions(path: Path, name: str) -> bool:
    """Whether a file may declare a dataset; only a backslash lets YAML spell a name otherwise."""
    try:
        text = _text(path)
    except BadInput:
        return False
    return name in text or "\\" in text


def _loaded(path: Path, environ: Mapping[str, str]) -> Dataset | BrokenFile:
    name = path.stem
    try:
        document = read_document(_text(path), file=str(path))
        name = _declared_name(document) or name
        return _made(document, environ)
    except BadConfiguration as error:
        return BrokenFile(str(path), name, error.lines())
    except BadInput as error:
        return BrokenFile(str(path), name, (error.line(),))
    except Exception as error:  # whatever a file brings about is that file's matter alone
        return BrokenFile(str(path), name, (Unforeseen(error, during=str(path)).line(),))


def _text(path: Path) -> str:
    """What stands in a file; a pipe would have its reader wait for ever."""
    # Not by the path's own questions: they raise where a link leads to what may not be seen.
    if os.path.exists(path) and not os.path.isfile(path):
        raise Unreadable(f"cannot read {path}", found="no file", expected="a YAML file in UTF-8")
    return file_text(path)


def _made(document: Document, environ: Mapping[str, str]) -> Dataset:
    return checked(DatasetEntry, document, environ=environ).made(path=document.file)


def _declared_name(document: Document) -> str | None:
    name = document.value.get("dataset") if isinstance(document.value, dict) else None
    return name if isinstance(name, str) else None


def _doubled(same: list[Dataset]) -> list[BrokenFile]:
    files = " and ".join(dataset.path for dataset in same)
    name = same[0].name
    line = f"dataset: found {name!r} in {files}; expected one file for a dataset"
    return [BrokenFile(dataset.path, name, (f"{dataset.path}: {line}",)) for dataset in same]
