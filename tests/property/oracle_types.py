"""Types: which kind a type is, which kinds have a common meaning, and how a type is spelt.

Part of the oracle: plain Python after `semantics.md`, deliberately slow and obvious.
"""

from __future__ import annotations

import re

import pyarrow as pa

from reconcile.errors import BadInput

NUMBERS = frozenset({"integer", "decimal", "float"})
MOMENTS = frozenset({"date", "local", "instant"})

_PREDICATES = (
    ("null", pa.types.is_null),
    ("bool", pa.types.is_boolean),
    ("integer", pa.types.is_integer),
    ("decimal", pa.types.is_decimal),
    ("float", pa.types.is_floating),
    ("text", pa.types.is_string),
    ("text", pa.types.is_large_string),
    ("text", pa.types.is_string_view),
    ("binary", pa.types.is_binary),
    ("binary", pa.types.is_large_binary),
    ("binary", pa.types.is_binary_view),
    ("binary", pa.types.is_fixed_size_binary),
    ("date", pa.types.is_date),
    ("time", pa.types.is_time),
    ("map", pa.types.is_map),
    ("struct", pa.types.is_struct),
    ("list", pa.types.is_list),
    ("list", pa.types.is_large_list),
    ("list", pa.types.is_fixed_size_list),
    ("list", pa.types.is_list_view),
    ("list", pa.types.is_large_list_view),
)


def plain(type_: pa.DataType) -> pa.DataType:
    """The type without its dictionary encoding."""
    return plain(type_.value_type) if pa.types.is_dictionary(type_) else type_


def kind(type_: pa.DataType) -> str:
    """The one word that says what a type means."""
    type_ = plain(type_)
    if isinstance(type_, pa.UuidType):
        return "uuid"
    if pa.types.is_timestamp(type_):
        return "instant" if type_.tz else "local"
    return next((word for word, holds in _PREDICATES if holds(type_)), "other")


def fields(type_: pa.DataType) -> dict[str, pa.DataType]:
    return {field.name: field.type for field in plain(type_)}


def comparable(source: pa.DataType, target: pa.DataType, *, zone: str | None) -> bool:
    """Whether two types have a common meaning (sections 2 and 4)."""
    kinds = {kind(source), kind(target)}
    source, target = plain(source), plain(target)
    if "null" in kinds or kinds <= NUMBERS:
        return True
    if kinds <= MOMENTS:
        return zone is not None or len(kinds) == 1 or "instant" not in kinds
    if len(kinds) > 1 or "other" in kinds:
        return False
    match kind(source):
        case "struct":
            ours, theirs = fields(source), fields(target)
            return ours.keys() == theirs.keys() and all(
                comparable(ours[name], theirs[name], zone=zone) for name in ours
            )
        case "list":
            return comparable(source.value_type, target.value_type, zone=zone)
        case "map":
            return comparable(source.key_type, target.key_type, zone=zone) and comparable(
                source.item_type, target.item_type, zone=zone
            )
    return True


def type_changed(source: pa.DataType, target: pa.DataType) -> bool:
    """Another logical type, width, sign or decimal scale (section 6)."""
    source, target = plain(source), plain(target)
    if kind(source) != kind(target):
        return True
    match kind(source):
        case "integer" | "float":
            return bool(source != target)
        case "decimal":
            return bool(source.scale != target.scale)
        case "struct":
            ours, theirs = fields(source), fields(target)
            return ours.keys() != theirs.keys() or any(
                type_changed(ours[name], theirs[name]) for name in ours
            )
        case "list":
            return type_changed(source.value_type, target.value_type)
        case "map":
            return type_changed(source.key_type, target.key_type) or type_changed(
                source.item_type, target.item_type
            )
    return False


def widest(one: pa.DataType, other: pa.DataType, *, column: str) -> pa.DataType:
    """The widest common type of two files of one side (section 6).

    Raises:
        BadInput: No type holds the values of both without loss.
    """
    one, other = plain(one), plain(other)
    ranked = sorted((one, other), key=lambda type_: _RANK.get(kind(type_), 9))
    kinds = tuple(kind(type_) for type_ in ranked)
    if one == other or kinds[0] == "null":
        return ranked[1]
    match kinds:
        case ("integer", "integer"):
            return _widest_integer(*ranked)
        case ("float", "float"):
            return max(ranked, key=lambda type_: type_.bit_width)
        case ("integer", "float"):
            digits = {16: 11, 32: 24, 64: 53}
            for wide in (pa.float16(), pa.float32(), pa.float64()):
                if (
                    wide.bit_width >= ranked[1].bit_width
                    and _magnitude_bits(ranked[0]) <= digits[wide.bit_width]
                ):
                    return wide
        case ("integer", "decimal") | ("decimal", "decimal"):
            scale = max(_scale(type_) for type_ in ranked)
            precision = scale + max(_whole_digits(type_) for type_ in ranked)
            if precision <= 76:
                return (
                    pa.decimal128(precision, scale)
                    if precision <= 38
                    else pa.decimal256(precision, scale)
                )
        case ("text", "text"):
            return pa.string()
        case ("binary", "binary"):
            return pa.binary()
        case ("date", "date"):
            return pa.date32()
        case ("time", "time"):
            return max(ranked, key=lambda type_: UNITS[type_.unit])
        case ("date", "local"):
            return ranked[1]
        case ("local", "local") | ("instant", "instant"):
            return max(ranked, key=lambda type_: UNITS[type_.unit])
        case ("list", "list"):
            return pa.list_(widest(one.value_type, other.value_type, column=column))
        case ("map", "map"):
            return pa.map_(
                widest(one.key_type, other.key_type, column=column),
                widest(one.item_type, other.item_type, column=column),
            )
        case ("struct", "struct") if fields(one).keys() == fields(other).keys():
            theirs = fields(other)
            return pa.struct(
                [
                    (name, widest(type_, theirs[name], column=column))
                    for name, type_ in fields(one).items()
                ]
            )
    raise BadInput(
        f"the files of one side have no common type for column {column!r}",
        found=f"{one} and {other}",
        expected="types of which one holds the other",
    )


UNITS = {"s": 0, "ms": 1, "us": 2, "ns": 3}
_RANK = {"null": 0, "integer": 1, "decimal": 2, "float": 3, "date": 4, "local": 5}


def _magnitude_bits(integer: pa.DataType) -> int:
    return int(integer.bit_width) - (1 if pa.types.is_signed_integer(integer) else 0)


def _widest_integer(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    if pa.types.is_signed_integer(one) == pa.types.is_signed_integer(other):
        return max(one, other, key=lambda type_: type_.bit_width)
    bits = max(_magnitude_bits(one), _magnitude_bits(other))
    for wide in (pa.int8(), pa.int16(), pa.int32(), pa.int64()):
        if wide.bit_width - 1 >= bits:
            return wide
    return pa.decimal128(20, 0)


def _scale(type_: pa.DataType) -> int:
    return int(type_.scale) if kind(type_) == "decimal" else 0


def _whole_digits(type_: pa.DataType) -> int:
    if kind(type_) == "decimal":
        return int(type_.precision - type_.scale)
    return len(str(2 ** _magnitude_bits(type_)))


_SIMPLE = {
    "null": pa.null(), "bool": pa.bool_(), "boolean": pa.bool_(),
    "int8": pa.int8(), "int16": pa.int16(), "int32": pa.int32(), "int64": pa.int64(),
    "uint8": pa.uint8(), "uint16": pa.uint16(), "uint32": pa.uint32(), "uint64": pa.uint64(),
    "float16": pa.float16(), "halffloat": pa.float16(), "float32": pa.float32(),
    "float": pa.float32(), "float64": pa.float64(), "double": pa.float64(),
    "string": pa.string(), "utf8": pa.string(), "large_string": pa.large_string(),
    "string_view": pa.string_view(), "binary": pa.binary(), "large_binary": pa.large_binary(),
    "binary_view": pa.binary_view(), "date": pa.date32(), "date32": pa.date32(),
    "date64": pa.date64(), "uuid": pa.uuid(),
}  # fmt: skip


def parse_type(text: str) -> pa.DataType:
    """Reads `int64`, `decimal(18,2)`, `timestamp[us, UTC]`, `list<int32>`, `struct<a: date>` ….

    Raises:
        BadInput: It is not the name of a type.
    """
    text = text.strip()
    if text in _SIMPLE:
        return _SIMPLE[text]
    found = re.fullmatch(r"(\w+)\s*[\[(<](.*)[\])>]", text, re.DOTALL)
    if found:
        name, inside = found.groups()
        try:
            return _parametric(name, _split(inside))
        except (ValueError, IndexError, KeyError, pa.ArrowException):
            pass
    raise BadInput(f"{text!r} is not a type", expected="an Arrow type name such as int64")


def _split(text: str) -> list[str]:
    """Splits at the commas that are not inside brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "[(<") - (letter in "])>")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


def _parametric(name: str, inside: list[str]) -> pa.DataType:
    match name:
        case "decimal" | "decimal128" | "decimal256":
            precision = int(inside[0])
            scale = int(inside[1]) if len(inside) > 1 else 0
            wide = precision > 38 or name == "decimal256"
            return (pa.decimal256 if wide else pa.decimal128)(precision, scale)
        case "timestamp":
            zone = inside[1].removeprefix("tz=") if len(inside) > 1 else None
            return pa.timestamp(inside[0], zone)
        case "time32":
            return pa.time32(inside[0])
        case "time64":
            return pa.time64(inside[0])
        case "fixed_size_binary":
            return pa.binary(int(inside[0]))
        case "dictionary":
            return pa.dictionary(pa.int32(), parse_type(inside[0]))
        case "list":
            return pa.list_(parse_type(inside[0]))
        case "large_list":
            return pa.large_list(parse_type(inside[0]))
        case "fixed_size_list":
            return pa.list_(parse_type(inside[0]), int(inside[1]))
        case "map":
            return pa.map_(parse_type(inside[0]), parse_type(inside[1]))
        case "struct":
            pairs = [part.split(":", 1) for part in inside]
            return pa.struct([(field.strip(), parse_type(type_)) for field, type_ in pairs])
    raise KeyError(name)
