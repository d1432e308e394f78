"""A side: its files united by name, hive folders as columns (sections 1 and 6).

Part of the oracle.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import pyarrow as pa

from reconcile.errors import BadInput
from tests.property.oracle_types import kind, plain, widest
from tests.property.oracle_values import decoded

_NULL_FOLDER = "__HIVE_DEFAULT_PARTITION__"
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}", re.ASCII)


@dataclass(frozen=True)
class File:
    """One Parquet file: its rows, and its path below the side's location."""

    table: pa.Table
    path: str = "part-0.parquet"

    @property
    def is_data(self) -> bool:
        return not any(part.startswith(("_", ".")) for part in self.path.split("/"))

    @property
    def folders(self) -> dict[str, str | None]:
        """Hive folders above the file: column to text, None for NULL."""
        pairs = (part.split("=", 1) for part in self.path.split("/")[:-1] if "=" in part)
        return {
            unquote(name): None if text == _NULL_FOLDER else unquote(text) for name, text in pairs
        }


@dataclass(frozen=True)
class Rows:
    """A side as one bag of rows. Values are as `decoded` gives them."""

    types: Mapping[str, pa.DataType]
    rows: Sequence[Mapping[str, Any]]


def united(files: Sequence[File]) -> Rows:
    """All files of a side as one bag of rows.

    Raises:
        BadInput: There is no data file, a file has two columns of one name, or the files have
            no common type for a column.
    """
    files = [file for file in files if file.is_data]
    if not files:
        raise BadInput("a location holds no data file")
    folder_types = _folder_types(files)
    types: dict[str, pa.DataType] = {}
    for file in files:
        names = file.table.schema.names
        for name, times in Counter(names).items():
            if times > 1:
                raise BadInput(f"a file has two columns of the name {name!r}")
        own = {name: plain(file.table.schema.field(name).type) for name in names}
        for name, type_ in {**own, **{n: folder_types[n] for n in file.folders}}.items():
            known = types.get(name)
            types[name] = type_ if known is None else widest(known, type_, column=name)
    return Rows(types, [row for file in files for row in _rows(file, types, folder_types)])


def _folder_types(files: Sequence[File]) -> dict[str, pa.DataType]:
    texts: dict[str, list[str | None]] = {}
    for file in files:
        for name, text in file.folders.items():
            texts.setdefault(name, []).append(text)
    return {name: _folder_type(values) for name, values in texts.items()}


def _folder_type(texts: Sequence[str | None]) -> pa.DataType:
    known = [text for text in texts if text is not None]
    if not known:
        return pa.null()
    return pa.int64() if all(_INTEGER.fullmatch(text) for text in known) else pa.string()


def _rows(
    file: File, types: Mapping[str, pa.DataType], folder_types: Mapping[str, pa.DataType]
) -> list[dict[str, Any]]:
    folders = {
        name: int(text) if text is not None and kind(folder_types[name]) == "integer" else text
        for name, text in file.folders.items()
    }
    columns = {
        name: [decoded(scalar) for scalar in file.table.column(name)]
        for name in file.table.schema.names
        if name not in folders
    }
    return [
        {**dict.fromkeys(types), **{name: values[i] for name, values in columns.items()}, **folders}
        for i in range(file.table.num_rows)
    ]


def renamed(target: Rows, rename: Mapping[str, str], source_names: set[str]) -> Rows:
    """The target under the source's names.

    Args:
        target: The side to rename.
        rename: Target name to source name.
        source_names: The source's columns.

    Raises:
        BadInput: A name is not there, or the new one is already taken.
    """
    for old, new in rename.items():
        if old not in target.types and new not in source_names | target.types.keys():
            raise BadInput(f"no side has a column {old!r} or {new!r} to rename")
        if old in target.types and new in target.types:
            raise BadInput(f"target column {old!r} cannot be renamed to {new!r}: it has one")
    if len(set(rename.values())) != len(rename):
        raise BadInput("two columns are renamed to one name")
    return Rows(
        {rename.get(name, name): type_ for name, type_ in target.types.items()},
        [{rename.get(name, name): value for name, value in row.items()} for row in target.rows],
    )
