"""One entry of `expectations:`, such as `{expect_…: {column: x}, severity: warning}`."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, PlainValidator

from reconcile.config.entry import Entry, Finding, near, refusal, refuse
from reconcile.config.problem import shown
from reconcile.model.expectation import Expectation, ExpectationSeverity, ExpectationSubject

_TYPE = re.compile(r"expect_[a-z0-9_]+")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_OWN_KEYS = ("severity", "id")
_SHAPE = "{expect_…: {its arguments}, severity: critical|warning|info, id: optional}"


@dataclass(frozen=True)
class ExpectationEntry:
    """What an entry says, without the subject it stands under."""

    type: str
    arguments: Mapping[str, Any]
    severity: ExpectationSeverity
    id: str | None

    def expectation(self, subject: ExpectationSubject) -> Expectation:
        """The expectation it is; its id, unless given, follows from what it says."""
        return Expectation(
            id=self.id or f"{subject}.{self.type}.{_digest(self.arguments)}",
            subject=subject,
            type=self.type,
            arguments=self.arguments,
            severity=self.severity,
        )


def _entry(value: Any) -> ExpectationEntry:
    if not isinstance(value, Mapping):
        raise refusal(shown(value), _SHAPE)
    types = [key for key in value if key not in _OWN_KEYS]
    refuse(_findings(value, types))
    (kind,) = types
    return ExpectationEntry(
        type=kind,
        arguments=_plain(value[kind] or {}),
        severity=ExpectationSeverity(value.get("severity", ExpectationSeverity.CRITICAL)),
        id=value.get("id"),
    )


def _findings(value: Mapping[Any, Any], types: list[Any]) -> Iterator[Finding]:
    if not types:
        yield Finding((), "no expectation", _SHAPE)
    for key in types[1:]:
        found = f"the key {str(key)!r} beside {str(types[0])!r}{near(str(key), _OWN_KEYS)}"
        yield Finding((str(key),), found, "one expectation an entry, and `severity` and `id`")
    for key in types[:1]:
        if not isinstance(key, str) or not _TYPE.fullmatch(key):
            yield Finding((str(key),), shown(key), "an expectation's name: expect_…, snake_case")
        if value[key] is not None and not isinstance(value[key], Mapping):
            yield Finding((str(key),), shown(value[key]), "a mapping of its arguments")
    severity = value.get("severity", ExpectationSeverity.CRITICAL)
    if severity not in [*ExpectationSeverity]:
        yield Finding(("severity",), shown(severity), "critical, warning or info")
    name = value.get("id", "x")
    if not isinstance(name, str) or not _ID.fullmatch(name):
        yield Finding(("id",), shown(name), "a short name of letters, digits, `_`, `.` and `-`")


def _plain(value: Any) -> Any:
    """Values as Great Expectations takes them, which knows no Decimal."""
    match value:
        case Decimal():
            return float(value)
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case _:
            return value


def _digest(arguments: Mapping[str, Any]) -> str:
    text = json.dumps(arguments, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


_Entries = list[Annotated[ExpectationEntry, PlainValidator(_entry)]]


class ExpectationsEntry(Entry):
    """The expectations of a dataset, by what they look at."""

    result: _Entries = Field(default_factory=list)
    source: _Entries = Field(default_factory=list)
    target: _Entries = Field(default_factory=list)

    def findings(self) -> Iterator[Finding]:
        """Two expectations under one id."""
        seen: dict[str, str] = {}
        for subject in ExpectationSubject:
            for position, entry in enumerate(getattr(self, subject.value)):
                name = entry.expectation(subject).id
                if name in seen:
                    found = f"the expectation {name!r} again; {seen[name]} is it already"
                    yield Finding((subject.value, position), found, "every expectation once")
                seen.setdefault(name, f"{subject}[{position}]")

    def expectations(self) -> tuple[Expectation, ...]:
        """All of them, in the order of the file."""
        return tuple(
            entry.expectation(subject)
            for subject in ExpectationSubject
            for entry in getattr(self, subject.value)
        )
