"""Hive folders: `day=2013-01-05/` in an object's path is a column of its rows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import unquote

import pyarrow as pa

NULL_FOLDER = "__HIVE_DEFAULT_PARTITION__"
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")


def folder_values(name: str) -> dict[str, str | None]:
    """The columns that an object's folders spell, outermost first; the file's own name is none.

    Args:
        name: The object's path below the given location.
    """
    values: dict[str, str | None] = {}
    for folder in name.split("/")[:-1]:
        column, equals, value = folder.partition("=")
        if equals and column:
            values[unquote(column)] = None if value == NULL_FOLDER else unquote(value)
    return values


def folder_type(values: Sequence[str | None]) -> pa.DataType:
    """int64 where every value is a canonical integer of at most 18 digits, else text.

    A folder that is NULL in every file says nothing about its type: Arrow's null type.
    """
    present = [value for value in values if value is not None]
    if not present:
        return pa.null()
    return pa.int64() if all(_INTEGER.fullmatch(value) for value in present) else pa.string()


def folder_columns(files: Sequence[Mapping[str, str | None]]) -> dict[str, pa.DataType]:
    """Every folder column of one side with its type, in the order first met."""
    names = dict.fromkeys(name for values in files for name in values)
    return {name: folder_type([values.get(name) for values in files]) for name in names}
