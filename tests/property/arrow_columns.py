"""Arrow columns of any type from a handful of raw values per kind, made to collide.

A raw value fits every type of its kind as nearly as the type allows, so that a column can be
built anew in another width, scale, unit or layout and stay nearly, or exactly, equal.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

import pyarrow as pa

from tests.property.oracle_types import fields, kind, plain
from tests.property.oracle_values import DAY, UNIT

_NUMBERS = [
    0, 1, -1, 2, 127, 300, 2**53, 2**53 + 1, 2**63 - 1, -(2**63), 2**64 - 1,
    Decimal("1.10"), Decimal("1.19"), Decimal("1.11"), Decimal("-0.5"), Decimal("2.5"),
    Decimal("1234567890123456789012345678.5"),
]  # fmt: skip
_FLOATS = [0.0, -0.0, 1.0, 1.25, 1.5, 2.5, 0.1, math.nan, math.inf, -math.inf, 5e-324, 2.0**53]
_DAY_2013 = 15_710 * DAY
_MOMENTS = [
    0, -1, UNIT["s"], _DAY_2013, _DAY_2013 + 1, _DAY_2013 + 123_456_789, _DAY_2013 + UNIT["ms"],
    _DAY_2013 + UNIT["s"], -62_135_596_800 * UNIT["s"], 253_402_214_400 * UNIT["s"],
    1_362_882_600 * UNIT["s"],   # 2013-03-10 02:30, in a gap of New York
    1_383_442_200 * UNIT["s"],   # 2013-11-03 01:30, twice in New York
]  # fmt: skip
_TEXTS = [
    "", " ", "a", "A", "a ", "ab", "c", "a,b", "NULL", "é", "e\u0301", "straße", "STRASSE",
    "a  b", "\u00a0a", "ﬁ", "1", "1.0", "01", "2013-01-05", "x" * 300, "\U0001f600",
    '{"a": 1, "b": [1.0]}', '{"b":[1],"a":1e0}', "{oops", "a\0b",
]  # fmt: skip
_UUIDS = [bytes(16), bytes(15) + b"\1", b"\x80" + bytes(15), b"\xff" * 16]
POOLS: dict[str, Sequence[Any]] = {
    "null": [None],
    "bool": [True, False],
    "integer": _NUMBERS,
    "decimal": _NUMBERS,
    "float": [*_FLOATS, *_NUMBERS],
    "text": _TEXTS,
    "binary": [b"", b"a", b"\0", b"a\0", b"\xff\xfe", b"ab"],
    "uuid": _UUIDS,
    "date": _MOMENTS,
    "local": _MOMENTS,
    "instant": _MOMENTS,
    "time": [0, 1, 36_000 * UNIT["s"], 36_000 * UNIT["s"] + 123_456_789, 86_399_999_999_999],
}


def pool(type_: pa.DataType) -> Sequence[Any]:
    """The raw values, without NULL, that a column of a type is drawn from."""
    type_ = plain(type_)
    match kind(type_):
        case "list":
            inner = pool(type_.value_type)
            first, last = inner[0], inner[-1]
            return [[], [None], [first], [first, last], [last, first], [first, first, last]]
        case "map":
            key, item = pool(type_.key_type), pool(type_.item_type)
            one, two = (key[0], item[0]), (key[1], item[-1])
            return [[], [one], [one, two], [two, one], [(key[0], None)]]
        case "struct":
            names = fields(type_)
            nulls = dict.fromkeys(names)
            first = {name: pool(inner)[0] for name, inner in names.items()}
            last = {name: pool(inner)[-1] for name, inner in names.items()}
            return [nulls, first, last, {**first, next(iter(names)): None}]
    return POOLS[kind(type_)]


def array(raw: Sequence[Any], type_: pa.DataType) -> pa.Array:
    """Raw values as an array of a type."""
    return pa.array([fitted(value, type_) for value in raw], type_)


def fitted(value: Any, type_: pa.DataType) -> Any:
    """A raw value as near as a type can hold it, as pyarrow takes it; None where it cannot."""
    type_ = plain(type_)
    if value is None:
        return None
    match kind(type_):
        case "integer":
            return _integer(value, type_)
        case "decimal":
            return _decimal(value, type_)
        case "float":
            return _float(value, type_)
        case "text":
            return value if isinstance(value, str) else str(value)
        case "binary":
            width = type_.byte_width if pa.types.is_fixed_size_binary(type_) else None
            return value if width is None else value[:width].ljust(width, b"\0")
        case "date":
            days = value // DAY
            return days if pa.types.is_date32(type_) else days * DAY // UNIT["ms"]
        case "time" | "local" | "instant":
            ticks = value // UNIT[type_.unit]
            return ticks if -(2**63) <= ticks < 2**63 else None
        case "list":
            size = getattr(type_, "list_size", None)
            values = [fitted(element, type_.value_type) for element in value]
            return values if size is None else (values + [None] * size)[:size]
        case "map":
            pairs = {fitted(k, type_.key_type): fitted(v, type_.item_type) for k, v in value}
            return [(k, v) for k, v in pairs.items() if k is not None]
        case "struct":
            return {name: fitted(value[name], inner) for name, inner in fields(type_).items()}
        case "null":
            return None
    return value


def _integer(value: Any, type_: pa.DataType) -> int | None:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    bits = type_.bit_width
    low = -(2 ** (bits - 1)) if pa.types.is_signed_integer(type_) else 0
    return min(max(round(value), low), low + 2**bits - 1)


def _decimal(value: Any, type_: pa.DataType) -> Decimal | None:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    exact = Context(prec=1200)
    quantum = Decimal(1).scaleb(-type_.scale)
    rounded = Decimal(value).quantize(quantum, rounding=ROUND_HALF_EVEN, context=exact)
    most = Decimal(10**type_.precision - 1).scaleb(-type_.scale, context=exact)
    return min(max(rounded, -most), most)


def _float(value: Any, type_: pa.DataType) -> float:
    wide = float(value)
    form = {16: "e", 32: "f", 64: "d"}[type_.bit_width]
    try:
        return float(struct.unpack(form, struct.pack(form, wide))[0])
    except OverflowError:
        return math.copysign(math.inf, wide)
