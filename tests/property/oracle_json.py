"""JSON documents: key order and the spelling of numbers do not count (section 5, `as: json`)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Document:
    """A document in a form in which `==` is the equality of documents."""

    content: Any


@dataclass(frozen=True)
class Number:
    """A number as sign, digits without needless zeros, and power of ten; exact at any size."""

    negative: bool
    digits: str
    power: int


class _Pairs(list[tuple[str, Any]]):
    """An object's members as written, repeated names included."""


def document(text: str) -> Document | str:
    """The document that a text holds; the text itself when it holds none."""
    try:
        parsed = json.loads(
            text,
            object_pairs_hook=_Pairs,
            parse_int=_number,
            parse_float=_number,
            parse_constant=_refuse,
        )
    except ValueError:
        return text
    return Document(_tagged(parsed))


def _refuse(literal: str) -> None:
    raise ValueError(f"{literal} is not JSON")


def _number(text: str) -> Number:
    mantissa, _, exponent = text.lower().partition("e")
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    power = int(exponent or 0) - len(fraction)
    digits = (whole + fraction).lstrip("0")
    stripped = digits.rstrip("0")
    if not stripped:
        return Number(False, "0", 0)
    return Number(text.startswith("-"), stripped, power + len(digits) - len(stripped))


def _tagged(value: Any) -> Any:
    """Hashable, and `true` is not 1."""
    if isinstance(value, _Pairs):
        members: dict[str, list[Any]] = {}
        for name, member in value:
            members.setdefault(name, []).append(_tagged(member))
        return ("object", frozenset((name, tuple(m)) for name, m in members.items()))
    if isinstance(value, list):
        return ("array", tuple(_tagged(element) for element in value))
    return (type(value).__name__, value)
