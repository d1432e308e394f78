"""From a document to the entry it should be, or to every problem it has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from reconcile.config import secrets
from reconcile.config.document import MAX_BYTES, Document, read_document
from reconcile.config.entry import Entry, problems_of
from reconcile.config.problem import Path as Where
from reconcile.config.problem import Problem
from reconcile.errors import AccessDenied, BadConfiguration, NotFound, Unreadable

E = TypeVar("E", bound=Entry)
_REFERENCE = "a connection's name, or ${NAME} in a location"


def file_document(path: Path) -> Document:
    """Reads a YAML file.

    Raises:
        As `file_text`.
    """
    return read_document(file_text(path), file=str(path))


def file_text(path: Path) -> str:
    """What stands in a file; of one that is too long, enough to see that it is.

    Raises:
        NotFound: There is no such file.
        AccessDenied: It may not be read.
        Unreadable: It is no text file.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        return data.decode("utf-8-sig") if len(data) <= MAX_BYTES else data.decode("latin-1")
    except FileNotFoundError as error:
        raise NotFound(f"no file {path}", expected="a YAML file") from error
    except PermissionError as error:
        raise AccessDenied(f"file {path} may not be read") from error
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(
            f"cannot read {path}", found=type(error).__name__, expected="a YAML file in UTF-8"
        ) from error


def checked(
    entry: type[E],
    document: Document,
    *,
    environ: Mapping[str, str] | None = None,
    next_step: str | None = None,
) -> E:
    """The entry that a document is.

    Raises:
        BadConfiguration: It is not; every problem, in the order of the file.
    """
    problems = [*document.problems, *_secrets(document)]
    try:
        if not (document.problems and document.value is None):
            made = entry.model_validate(document.value, context={"environ": environ or {}})
            if not problems:
                return made
    except ValidationError as error:
        problems += problems_of(error, file=document.file, lines=document.line_of)
    lines = dict.fromkeys(str(p) for p in sorted(problems, key=lambda p: p.line or 0))
    raise BadConfiguration(tuple(lines), next_step=next_step)


def _secrets(document: Document) -> list[Problem]:
    return [
        Problem(document.file, document.line_of(where), where, secrets.SHOWN, _REFERENCE)
        for where, text in _texts(document.value, ())
        if secrets.looks_secret(text)
    ]


def _texts(value: Any, where: Where) -> Iterator[tuple[Where, str]]:
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield where, str(key)
            yield from _texts(item, (*where, str(key)))
    elif isinstance(value, (list, tuple)):
        for position, item in enumerate(value):
            yield from _texts(item, (*where, position))
