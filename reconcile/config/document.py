"""A YAML document: plain values, and the line that each of them stands on.

Scalars are read as YAML 1.2 reads them: `no`, `on`, `12:30` and `2013-01-05` are text, only
`true` and `false` are booleans, and a number with a point or an exponent is a Decimal that
keeps every digit. Keys are text. A doubled key is a problem, not the last one's victory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from reconcile.config.problem import Path, Problem, shown

MAX_BYTES = 1 << 20
MAX_VALUES = 50_000  # aliases counted as often as they are used
MAX_DEPTH = 40

# No database keeps the one in a text, no encoding writes the others.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,39})")
_NUMBER = re.compile(
    r"[-+]?([0-9]{1,60}\.[0-9]{0,60}|\.[0-9]{1,60}|[0-9]{1,60}(?=[eE]))([eE][-+]?[0-9]{1,3})?"
)
_WORDS: Mapping[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


@dataclass(frozen=True)
class Document:
    """What a file says.

    Attributes:
        file: Its name, as problems show it.
        value: None, booleans, integers, Decimals, text, and lists and mappings of them.
        lines: The line, from 1, of each value by its path.
        problems: What is wrong with the file as YAML.
    """

    file: str
    value: Any
    lines: Mapping[Path, int]
    problems: tuple[Problem, ...] = ()

    def line_of(self, path: Path) -> int | None:
        """The line of a path, or of the nearest thing around it that is there."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return None


def read_document(text: str, *, file: str) -> Document:
    """Reads one YAML document; whatever is wrong with it is in its `problems`."""
    if len(text.encode(errors="replace")) > MAX_BYTES:
        return _unread(file, None, "more than 1 MiB", "a configuration file")
    reader = _Reader(file)
    try:
        value = reader.document(yaml.parse(text, Loader=_LOADER))
    except _Stop as stop:
        return _unread(file, stop.line, stop.found, stop.expected)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = None if mark is None else mark.line + 1
        found = " ".join(filter(None, (error.context, error.problem)))
        return _unread(file, line, found, "valid YAML")
    except yaml.YAMLError as error:
        return _unread(file, None, " ".join(str(error).split()), "valid YAML")
    return Document(file, value, reader.lines, tuple(reader.problems))


def _unread(file: str, line: int | None, found: str, expected: str) -> Document:
    return Document(file, None, {}, (Problem(file, line, (), found, expected),))


class _Stop(Exception):
    def __init__(self, line: int, found: str, expected: str) -> None:
        super().__init__(found)
        self.line, self.found, self.expected = line, found, expected


@dataclass
class _Reader:
    """Builds values from the parser's events, which carry the lines."""

    file: str
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    anchors: dict[str, tuple[Any, int]] = field(default_factory=dict)
    values: int = 0

    def document(self, events: Iterator[Event]) -> Any:
        value = None
        documents = 0
        for event in events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _Stop(_line(event), "a second document", "one document in a file")
            elif not isinstance(event, (DocumentEndEvent, StreamEndEvent)) and documents:
                value = self._value(event, events, ())
        return value

    def _value(self, event: Event, events: Iterator[Event], path: Path) -> Any:
        self.lines.setdefault(path, _line(event))
        self._count(1, event)
        if len(path) > MAX_DEPTH:
            raise _Stop(_line(event), f"more than {MAX_DEPTH} levels", "a flatter file")
        if isinstance(event, AliasEvent):
            return self._alias(event)
        if tag := getattr(event, "tag", None):
            self._problem(event, path, f"the tag {tag}", "a value without a tag")
        before = self.values
        if isinstance(event, MappingStartEvent):
            value: Any = self._mapping(events, path)
        elif isinstance(event, SequenceStartEvent):
            value = self._sequence(events, path)
        else:
            value = _scalar(event)
            if isinstance(value, str) and _UNSTORABLE.search(value):
                self._problem(event, path, "a character that cannot be stored", "plain text")
        if anchor := getattr(event, "anchor", None):
            self.anchors[anchor] = (value, self.values - before + 1)
        return value

    def _mapping(self, events: Iterator[Event], path: Path) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for event in events:
            if isinstance(event, MappingEndEvent):
                break
            key = self._key(event, events, path)
            here = (*path, key)
            doubled = key in mapping
            if doubled:
                found = f"the key again; it is on line {self.lines[here]} already"
                self._problem(event, here, found, "every key once")
            else:
                self.lines[here] = _line(event)
            value = self._value(next(events), events, here)
            if not doubled:
                mapping[key] = value
        return mapping

    def _sequence(self, events: Iterator[Event], path: Path) -> list[Any]:
        items: list[Any] = []
        for event in events:
            if isinstance(event, SequenceEndEvent):
                break
            items.append(self._value(event, events, (*path, len(items))))
        return items

    def _key(self, event: Event, events: Iterator[Event], path: Path) -> str:
        key = self._value(event, events, (*path, "?"))
        self.lines.pop((*path, "?"), None)
        if isinstance(key, str):
            return key
        self._problem(event, path, f"{shown(key)} as a key", "text; put it in quotes")
        return str(key)

    def _alias(self, event: AliasEvent) -> Any:
        if event.anchor not in self.anchors:
            raise _Stop(_line(event), f"*{event.anchor}", f"an anchor &{event.anchor} before it")
        value, weight = self.anchors[event.anchor]
        self._count(weight, event)
        return value

    def _count(self, weight: int, event: Event) -> None:
        self.values += weight
        if self.values > MAX_VALUES:
            raise _Stop(_line(event), f"more than {MAX_VALUES} values", "a smaller file")

    def _problem(self, event: Event, path: Path, found: str, expected: str) -> None:
        self.problems.append(Problem(self.file, _line(event), path, found, expected))


def _line(event: Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _scalar(event: Event) -> Any:
    if not isinstance(event, ScalarEvent):
        raise _Stop(_line(event), type(event).__name__, "a value")
    text = event.value
    if not event.implicit[0]:  # quoted, a block, or tagged
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return Decimal(text) if _NUMBER.fullmatch(text) else text
