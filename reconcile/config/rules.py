"""Compare rules from a file or a mapping."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from reconcile.config.checked import checked, file_document
from reconcile.config.compare_entry import CompareEntry
from reconcile.config.document import Document
from reconcile.errors import BadInput
from reconcile.model.rules import CompareRules

_NEXT = "correct the rules and run the command again"


def load_rules(path: Path | str, *, match_key: Sequence[str] | None = None) -> CompareRules:
    """The rules of a file.

    Args:
        path: A YAML file with the keys of a dataset's `compare:` block.
        match_key: The match key where the file need not name it.

    Raises:
        BadConfiguration: The file is wrong; every problem, with its line.
        BadInput: The file names another match key than `match_key`.
        NotFound: There is no such file.
    """
    return _rules(file_document(Path(path)), match_key)


def rules_from_mapping(
    mapping: Mapping[str, Any], *, match_key: Sequence[str] | None = None
) -> CompareRules:
    """The rules of a mapping with the same keys; a float means the digits it prints.

    Raises:
        BadConfiguration: The mapping is wrong; every problem, with its path.
        BadInput: It names another match key than `match_key`.
    """
    return _rules(Document("rules", _plain(mapping), {}), match_key)


def _rules(document: Document, match_key: Sequence[str] | None) -> CompareRules:
    if match_key is not None:
        document = _with_match_key(document, list(match_key))
    return checked(CompareEntry, document, next_step=_NEXT).rules()


def _plain(value: Any) -> Any:
    match value:
        case Mapping():
            return {key: _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case _:
            return value


def _with_match_key(document: Document, match_key: list[str]) -> Document:
    value = {} if document.value is None and not document.problems else document.value
    if not isinstance(value, Mapping):
        return document
    if value.get("match_key", match_key) != match_key:
        raise BadInput(
            "two match keys",
            found=f"{', '.join(match_key)} asked for, another in {document.file}",
            expected="one of them",
            next_step="leave out one of the two",
        )
    return Document(
        document.file, {**value, "match_key": match_key}, document.lines, document.problems
    )
