"""Strict reading of documents that anybody may have written.

Nothing is believed: not the types, not the size of a number, not how deep it goes. What is wrong
is `Damaged` (or the error that the reader asks for), and names the field.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from reconcile.errors import Damaged

_Kind = TypeVar("_Kind", bound=StrEnum)
MOST = 2**63 - 1
"""Of a number; what a database keeps, too."""

_DEEPEST = 16
_MOST_CONTAINERS = 1_000_000
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?\+00:00", re.ASCII)
_HEXADECIMAL = re.compile(r"[0-9a-f]{64}", re.ASCII)


def canonical(document: Mapping[str, Any]) -> bytes:
    """A document as bytes, the same for the same values: what seals and digests are taken of."""
    text = json.dumps(
        document, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")
    )
    return text.encode()


def instant_text(instant: datetime) -> str:
    """An instant as documents keep it, in UTC."""
    return instant.astimezone(UTC).isoformat()


class Fields:
    """The fields of one object of a document, each read once and strictly.

    Args:
        values: The object.
        where: What it is, for messages.
        error: What is raised.
    """

    def __init__(self, values: Any, where: str, *, error: type[Damaged] = Damaged) -> None:
        self._where = where
        self._error = error
        if not isinstance(values, dict):
            raise self.problem("itself", values, "an object")
        self._values = dict(values)

    @classmethod
    def of(cls, data: bytes, where: str, *, largest: int, error: type[Damaged] = Damaged) -> Fields:
        """The fields of a document.

        Args:
            data: Its bytes.
            where: What it is, for messages.
            largest: Bytes that it may have.
            error: What is raised.

        Raises:
            Damaged: It is no such document.
        """
        return cls(parsed(data, where, largest=largest, error=error), where, error=error)

    def text(self, name: str, *, longest: int = 4096) -> str:
        """A text."""
        value = self._take(name)
        if not isinstance(value, str) or len(value) > longest:
            raise self.problem(name, value, f"a text of up to {longest} characters")
        return value

    def optional_text(self, name: str, *, longest: int = 4096) -> str | None:
        """A text, or null."""
        return None if self.is_null(name) else self.text(name, longest=longest)

    def hexadecimal(self, name: str) -> str:
        """64 hexadecimal digits."""
        value = self._take(name)
        if not isinstance(value, str) or _HEXADECIMAL.fullmatch(value) is None:
            raise self.problem(name, value, "64 hexadecimal digits")
        return value

    def number(self, name: str, *, least: int = 0, most: int = MOST) -> int:
        """A whole number."""
        value = self._take(name)
        if type(value) is not int or not least <= value <= most:
            raise self.problem(name, value, f"a whole number from {least} to {most}")
        return value

    def instant(self, name: str) -> datetime:
        """An instant in UTC between the years 1900 and 9000."""
        value = self._take(name)
        if isinstance(value, str) and _INSTANT.fullmatch(value) is not None:
            try:
                instant = datetime.fromisoformat(value)
            except ValueError:
                instant = None
            if instant is not None and 1900 <= instant.year <= 9000:
                return instant.replace(tzinfo=UTC)
        raise self.problem(name, value, "an instant in UTC")

    def kind(self, name: str, kinds: type[_Kind]) -> _Kind:
        """One of a few words."""
        value = self._take(name)
        if isinstance(value, str) and value in set(kinds):
            return kinds(value)
        raise self.problem(name, value, " or ".join(kinds))

    def items(self, name: str, *, most: int) -> Sequence[Any]:
        """A list."""
        value = self._take(name)
        if not isinstance(value, list) or len(value) > most:
            raise self.problem(name, value, f"a list of up to {most}")
        return value

    def texts(self, name: str, *, most: int = 1000, longest: int = 4096) -> tuple[str, ...]:
        """A list of texts."""
        values = self.items(name, most=most)
        for value in values:
            if not isinstance(value, str) or len(value) > longest:
                raise self.problem(name, value, f"texts of up to {longest} characters")
        return tuple(values)

    def mapping(self, name: str) -> dict[str, Any]:
        """An object, whatever it holds."""
        value = self._take(name)
        if not isinstance(value, dict):
            raise self.problem(name, value, "an object")
        return value

    def is_null(self, name: str) -> bool:
        """Whether a field is null; it is then read."""
        if self._values.get(name, ...) is not None:
            return False
        del self._values[name]
        return True

    def rest(self) -> dict[str, Any]:
        """All fields that were not read yet."""
        return dict(self._values)

    def end(self) -> None:
        """Passes where every field was read.

        Raises:
            Damaged: There are others.
        """
        if self._values:
            raise self._error(
                f"{self._where} has a field that nobody knows",
                found=_shown(next(iter(self._values))),
                next_step="a newer version of this program may have written it",
            )

    def problem(self, name: str, value: Any, expected: str) -> Damaged:
        """What to raise of a field."""
        return self._error(
            f"{self._where} is not what was stored there: {name}",
            found=_shown(value),
            expected=expected,
        )

    def _take(self, name: str) -> Any:
        if name not in self._values:
            raise self._error(
                f"{self._where} is not what was stored there", expected=f"a field {name}"
            )
        return self._values.pop(name)


def parsed(data: bytes, where: str, *, largest: int, error: type[Damaged] = Damaged) -> Any:
    """A document's values: no number without bounds, no text that is none, no key twice, not deep.

    Raises:
        Damaged: It is larger than `largest` bytes, or no such document.
    """
    if len(data) > largest:
        raise error(
            f"{where} is larger than any that was ever stored",
            found=f"{len(data)} bytes",
            expected=f"at most {largest}",
        )
    if is_crowded(data):
        raise error(f"{where} is not what was stored there: it is made of brackets")
    try:
        values = json.loads(data.decode(), object_pairs_hook=_unique, parse_constant=_refused)
    except (ValueError, RecursionError) as problem:
        raise error(f"{where} is not what was stored there: it is no JSON document") from problem
    if not _is_sound(values, _DEEPEST):
        raise error(f"{where} is not what was stored there: too deep, or of wild values")
    return values


def is_crowded(data: bytes) -> bool:
    """Whether JSON could hold so many lists and objects that it takes many times its size."""
    return data.count(b"[") + data.count(b"{") > _MOST_CONTAINERS


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("a key is there twice")
    return values


def _refused(word: str) -> None:
    raise ValueError(word)


def _is_sound(value: Any, depth: int) -> bool:
    match value:
        case dict():
            return (
                depth > 0
                and all(map(_is_text, value))
                and all(_is_sound(one, depth - 1) for one in value.values())
            )
        case list():
            return depth > 0 and all(_is_sound(one, depth - 1) for one in value)
        case float():
            return value - value == 0  # neither infinite nor no number
        case int():
            return abs(value) <= MOST
        case str():
            return _is_text(value)
        case _:
            return True


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(value: Any) -> str:
    """A value of unknown origin, short."""
    if isinstance(value, (dict, list)):
        return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value)}"
    if isinstance(value, int) and abs(value) > MOST:
        return "a huge number"
    return repr(value)[:80]
