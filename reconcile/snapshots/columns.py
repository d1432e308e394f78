"""The columns of an encoded segment, read as those of somebody who means harm."""

from __future__ import annotations

from typing import Any

from reconcile.errors import Damaged
from reconcile.snapshots.document import MOST


def packed(column: list[Any]) -> Any:
    """A column, or its one value where all are the same."""
    return {"all": column[0]} if len(set(column)) == 1 else column


def strings(table: dict[str, Any], name: str, count: int | None = None) -> list[str]:
    """A column of texts.

    Args:
        table: All columns.
        name: Which.
        count: How long it is; None is any length.

    Raises:
        Damaged: It is another.
    """
    return _checked(name, _unpacked(table[name], count or 0), count, {str})


def numbers(table: dict[str, Any], name: str, count: int) -> list[int]:
    """A column of whole numbers from 0; raises likewise."""
    column: list[int] = _checked(name, _unpacked(table[name], count), count, {int})
    if column and not 0 <= min(column) <= max(column) <= MOST:
        raise damaged(f"a column {name} with a number out of bounds")
    return column


def unless_none(table: dict[str, Any], name: str, count: int, kind: type) -> list[Any]:
    """A column of one kind in which values may be absent; raises likewise."""
    column = _checked(name, _unpacked(table[name], count), count, {kind, type(None)})
    if kind is int and any(number is not None and not 0 <= number <= MOST for number in column):
        raise damaged(f"a column {name} with a number out of bounds")
    return column


def _unpacked(column: Any, count: int) -> Any:
    if isinstance(column, dict) and column.keys() == {"all"}:
        return [column["all"]] * count
    return column


def _checked(name: str, column: Any, count: int | None, kinds: set[type]) -> list[Any]:
    if not isinstance(column, list) or (count is not None and len(column) != count):
        raise damaged(f"a column {name} of another length")
    if not set(map(type, column)) <= kinds:
        raise damaged(f"a column {name} of another type")
    return column


def damaged(found: str) -> Damaged:
    """What to raise of a segment."""
    return Damaged(
        "a segment of a snapshot is not what was stored there",
        found=found,
        next_step="verify the repository; restore an older snapshot meanwhile",
    )
