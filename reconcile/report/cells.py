"""The values of example rows, cell by cell, with what differs marked."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from reconcile.report.content import Example
from reconcile.report.printable import spelt_out_characters, visible_characters

_LONGEST = 160
_NULL, _EMPTY, _ABSENT = "NULL", "empty text", "no such column"
_AROUND = 40


class _Number(str):
    """A JSON number with a point or an exponent, as it is spelt."""


@dataclass(frozen=True)
class Cell:
    """One value to show, in three parts of which the middle one is marked.

    Attributes:
        style: `value`, `null`, `empty` (the empty text) or `absent` (no such column).
        note: The whole length, where the value was cut.
    """

    before: str
    marked: str = ""
    after: str = ""
    style: str = "value"
    note: str = ""

    @property
    def text(self) -> str:
        """The three parts as one."""
        return self.before + self.marked + self.after


@dataclass(frozen=True)
class Pair:
    """One column of an example on both sides; None where the side has no row."""

    column: str
    source: Cell | None
    target: Cell | None


@dataclass(frozen=True)
class ExampleRow:
    """An example taken apart: its key, the columns that differ, and the others."""

    side: str
    key: tuple[tuple[str, Cell], ...]
    differing: tuple[Pair, ...]
    others: tuple[Pair, ...]

    @property
    def key_text(self) -> str:
        """The key on one line."""
        return ", ".join(f"{name} {cell.text}" if name else cell.text for name, cell in self.key)


def example_row(example: Example, match_key: Sequence[str]) -> ExampleRow:
    """An example as cells, key first, then the columns that differ in the order given."""
    source = _row(example.source_row)
    target = _row(example.target_row)
    key = _key(example.match_key, match_key)
    names = dict.fromkeys([*(source or {}), *(target or {})])
    in_key = {name for name, _ in key}
    differing = dict.fromkeys(example.mismatched_columns)
    return ExampleRow(
        side=example.side.value,
        key=key,
        differing=tuple(_pair(name, source, target, marked=True) for name in differing),
        others=tuple(
            _pair(name, source, target, marked=False)
            for name in names
            if name not in differing and name not in in_key
        ),
    )


def _loaded(text: str) -> Any:
    try:
        return json.loads(text, parse_float=_Number, parse_constant=_Number)
    except (ValueError, RecursionError):
        return text


def _row(text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    loaded = _loaded(text)
    return loaded if isinstance(loaded, dict) else {"row": text}


def _key(text: str, match_key: Sequence[str]) -> tuple[tuple[str, Cell], ...]:
    loaded = _loaded(text)
    if isinstance(loaded, dict):
        return tuple((name, _cell(value)) for name, value in loaded.items())
    if isinstance(loaded, list) and len(loaded) == len(match_key):
        return tuple(zip(match_key, map(_cell, loaded), strict=True))
    return (("", _cell(text)),)


def _pair(
    column: str,
    source: dict[str, Any] | None,
    target: dict[str, Any] | None,
    *,
    marked: bool,
) -> Pair:
    if marked and source and target and column in source and column in target:
        return Pair(column, *_marked(source[column], target[column]))
    return Pair(column, _cell_of(source, column), _cell_of(target, column))


def _cell_of(row: dict[str, Any] | None, column: str) -> Cell | None:
    if row is None:
        return None
    if column not in row:
        return Cell(_ABSENT, style="absent")
    return _cell(row[column])


def _cell(value: Any) -> Cell:
    if value is None:
        return Cell(_NULL, style="null")
    if value == "":
        return Cell(_EMPTY, style="empty")
    return _excerpt(visible_characters(_spelling(value)), 0, 0)


def _marked(source: Any, target: Any) -> tuple[Cell, Cell]:
    one, other = _cell(source), _cell(target)
    if one.style != "value" or other.style != "value":
        return _whole(one), _whole(other)
    spelt = (_spelling(source), _spelling(target))
    alike = unicodedata.normalize("NFKC", spelt[0]) == unicodedata.normalize("NFKC", spelt[1])
    first, second = map(spelt_out_characters if alike else visible_characters, spelt)
    start = _shared(first, second)
    end = _shared(first[start:][::-1], second[start:][::-1])
    return (
        _excerpt(first, start, len(first) - end),
        _excerpt(second, start, len(second) - end),
    )


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """How many characters both begin with."""
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _whole(cell: Cell) -> Cell:
    return Cell("", cell.text, style=cell.style, note=cell.note)


def _spelling(value: Any) -> str:
    if isinstance(value, str):
        # The text 'NULL' is not a NULL, also where no style tells them apart.
        return json.dumps(value) if value in (_NULL, _EMPTY, _ABSENT) else str(value)
    try:
        return _json(value)
    except RecursionError:
        return "a value nested too deeply to show"


def _json(value: Any) -> str:
    match value:
        case _Number():
            return str(value)
        case dict():
            fields = (f"{json.dumps(k, ensure_ascii=False)}: {_json(v)}" for k, v in value.items())
            return "{" + ", ".join(fields) + "}"
        case list():
            return "[" + ", ".join(map(_json, value)) + "]"
        case _:
            return json.dumps(value, ensure_ascii=False)


def _excerpt(characters: Sequence[str], start: int, end: int) -> Cell:
    """The characters with `[start, end)` marked, cut around the mark where there are too many."""
    pieces = (characters[:start], characters[start:end], characters[end:])
    before, marked, after = map("".join, pieces)
    if len(before) + len(marked) + len(after) <= _LONGEST:
        return Cell(before, marked, after)
    if len(before) > _AROUND:
        before = "…" + before[-_AROUND:]
    room = _LONGEST - len(before)
    if len(marked) > room:
        marked, after = marked[:room] + "…", ""
    elif len(after) > room - len(marked):
        after = after[: room - len(marked)] + "…"
    note = f"{len(characters):,} characters"
    if end > start:
        note += f", marked from {start + 1:,}"
    return Cell(before, marked, after, note=note)
