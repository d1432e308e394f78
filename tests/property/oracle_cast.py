"""`cast`: what a value is as another type (section 5).

Part of the oracle. Digits round half to even, time units truncate; a value that does not fit
is `Uncastable`.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pyarrow as pa

from reconcile.errors import BadInput
from tests.property.oracle_types import NUMBERS, kind
from tests.property.oracle_values import (
    DAY,
    UNIT,
    Instant,
    Local,
    NotFinite,
    Nothing,
    TimeOfDay,
    instant,
    number,
)

_FROM = {
    "text": {"text", "integer", "bool", "date"},
    "integer": {"text", *NUMBERS},
    "decimal": {"text", *NUMBERS},
    "float": {"text", *NUMBERS},
    "date": {"text", "date", "local"},
    "local": {"text", "date", "local"},
    "instant": {"text", "date", "local", "instant"},
    "time": {"text", "time"},
    "bool": {"bool"},
    "binary": {"binary"},
    "uuid": {"uuid"},
}
"""Which kinds can be cast to which, as far as the semantics say."""


class Uncastable(Exception):
    """This value has no meaning in that type."""


def refuse_kind(own: pa.DataType, wanted: pa.DataType, *, column: str) -> None:
    """Refuses a cast that means nothing for the whole column.

    Raises:
        BadInput: The rule cannot work on this type.
    """
    if kind(own) != "null" and kind(own) not in _FROM.get(kind(wanted), set()):
        raise BadInput(
            f"column {column!r} cannot be cast to {wanted}",
            found=str(own),
            expected=", ".join(sorted(_FROM.get(kind(wanted), {"another type"}))),
        )


def cast(value: Any, own: pa.DataType, wanted: pa.DataType) -> Any:
    """A decoded value of the type `own` as the type `wanted`, decoded.

    Raises:
        Uncastable: The value has no meaning there.
    """
    match kind(wanted):
        case "text":
            return _to_text(value, own)
        case "integer":
            return _to_integer(_number(value), wanted)
        case "decimal":
            return _to_decimal(_number(value), wanted)
        case "float":
            return _to_float(_number(value), wanted)
        case "date":
            return Local(_local(value).ns // DAY * DAY)
        case "local":
            unit = UNIT[wanted.unit]
            return Local(_local(value).ns // unit * unit)
        case "instant":
            unit = UNIT[wanted.unit]
            return Instant(_instant(value, wanted.tz).ns // unit * unit)
        case "time":
            unit = UNIT[wanted.unit]
            return TimeOfDay(_time(value).ns // unit * unit)
    return value


def _to_text(value: Any, own: pa.DataType) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if kind(own) == "date":
        return str(date(1970, 1, 1) + timedelta(days=value.ns // DAY))
    return str(value)


_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def _number(value: Any) -> Fraction | NotFinite:
    if not isinstance(value, str):
        return number(value)
    text = value.strip(" \t\n\r\v\f")
    if not _NUMBER.fullmatch(text):
        raise Uncastable
    return Fraction(text)


def _whole(value: Fraction | NotFinite) -> Fraction:
    if isinstance(value, NotFinite):
        raise Uncastable
    return value


def _to_integer(value: Fraction | NotFinite, wanted: pa.DataType) -> int:
    rounded = round(_whole(value))  # Fraction rounds half to even
    bits = wanted.bit_width
    signed = pa.types.is_signed_integer(wanted)
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1)) if signed else (0, 2**bits)
    if not low <= rounded < high:
        raise Uncastable
    return rounded


def _to_decimal(value: Fraction | NotFinite, wanted: pa.DataType) -> Fraction:
    scaled = round(_whole(value) * 10**wanted.scale)
    if abs(scaled) >= 10**wanted.precision:
        raise Uncastable
    return Fraction(scaled) / 10**wanted.scale


_BINARY = {16: (11, -24, 16), 32: (24, -149, 128), 64: (53, -1074, 1024)}
"""Bits of a float to its digits, the exponent of its smallest number, and of its overflow."""


def _to_float(value: Fraction | NotFinite, wanted: pa.DataType) -> Fraction | float:
    if isinstance(value, NotFinite):
        return float(value.name)
    digits, smallest, overflow = _BINARY[wanted.bit_width]
    exponent = smallest
    while abs(value) >= Fraction(2) ** (exponent + digits):
        exponent += 1
    rounded = round(value / Fraction(2) ** exponent) * Fraction(2) ** exponent
    if abs(rounded) >= Fraction(2) ** overflow:
        raise Uncastable
    return rounded


_MOMENT = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}(?::?\d{2})?)?)?",
    re.ASCII,
)


def parse_moment(text: str) -> Local | Instant:
    """Reads an ISO 8601 date or time; with an offset it is an instant.

    Raises:
        Uncastable: It is none.
    """
    found = _MOMENT.fullmatch(text)
    if not found:
        raise Uncastable
    day, clock, offset = found.groups()
    try:
        days = (datetime.strptime(day, "%Y-%m-%d") - datetime(1970, 1, 1)).days  # noqa: DTZ001, DTZ007
    except ValueError as error:
        raise Uncastable from error
    ns = days * DAY + (parse_time(clock).ns if clock else 0)
    if offset is None:
        return Local(ns)
    return Instant(ns - _offset_seconds(offset) * UNIT["s"])


def parse_time(text: str) -> TimeOfDay:
    """Reads `HH:MM[:SS[.fraction]]`.

    Raises:
        Uncastable: It is no time of day.
    """
    found = re.fullmatch(r"(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?", text, re.ASCII)
    if not found:
        raise Uncastable
    hour, minute, second = (int(part or 0) for part in found.groups()[:3])
    if hour > 23 or minute > 59 or second > 59:
        raise Uncastable
    fraction = int((found[4] or "0").ljust(9, "0"))
    return TimeOfDay((hour * 3600 + minute * 60 + second) * UNIT["s"] + fraction)


def _offset_seconds(text: str) -> int:
    if text == "Z":
        return 0
    digits = text[1:].replace(":", "").ljust(4, "0")
    return (-1 if text[0] == "-" else 1) * (int(digits[:2]) * 3600 + int(digits[2:]) * 60)


def _local(value: Any) -> Local:
    moment = parse_moment(value) if isinstance(value, str) else value
    if not isinstance(moment, Local):
        raise Uncastable
    return moment


def _instant(value: Any, zone: str) -> Instant:
    moment = parse_moment(value) if isinstance(value, str) else value
    if isinstance(moment, Local):
        moment = instant(moment, zone)
    if isinstance(moment, Nothing):
        raise Uncastable
    assert isinstance(moment, Instant)
    return moment


def _time(value: Any) -> TimeOfDay:
    return parse_time(value) if isinstance(value, str) else value
