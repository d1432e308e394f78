"""Parts of structs: SQL of a struct's fields, with deep structs bound to columns on the way.

A path from the root at every level would make the statement's text grow with the square of the
depth, and the time to plan it with the cube. So every few levels the structs that lie there get
columns of their own, which a subquery reads from those above, and paths begin anew at them.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from reconcile.comparison.types import Kind, fields_of, kind_of

Bound = Mapping[str, str]
"""SQL of a path to the name of the column that holds what lies there."""

NOTHING_BOUND: Bound = {}

_LEVELS = 4
"""Structs in one another from one bound column to the next: everyday data has no deeper ones."""


def part(sql: str, position: int, bound: Bound = NOTHING_BOUND) -> str:
    """SQL of one field of a struct.

    Args:
        sql: The struct; one that lies in another, as this function spelled it.
        position: The field's, from 1.
        bound: The columns that there are.
    """
    path = f"struct_extract_at({sql}, {position})"
    return bound.get(path, path)


def bindings(column: str, arrow: pa.DataType) -> list[Bound]:
    """The columns to bind below a column, level by level: each level is read from the one before.

    Where structs are few there are none; what lies in lists and maps is never among them.

    Args:
        column: The column's name, which the new names begin with.
        arrow: Its type.
    """
    found: list[Bound] = []
    structs = _structs_below({column: arrow})
    while structs:
        level = {path: f"{column}_{len(found)}_{i}" for i, path in enumerate(structs)}
        found.append(level)
        structs = _structs_below({level[path]: inner for path, inner in structs.items()})
    return found


def all_bound(column: str, arrow: pa.DataType) -> Bound:
    """The columns of all levels of `bindings`."""
    return {path: name for level in bindings(column, arrow) for path, name in level.items()}


def _structs_below(values: Mapping[str, pa.DataType]) -> dict[str, pa.DataType]:
    """The structs that lie so many levels below some values, by their paths."""
    for _ in range(_LEVELS):
        values = {
            part(sql, position): inner
            for sql, arrow in values.items()
            if kind_of(arrow) is Kind.STRUCT
            for position, (_, inner) in enumerate(fields_of(arrow), start=1)
        }
    return {sql: arrow for sql, arrow in values.items() if kind_of(arrow) is Kind.STRUCT}
