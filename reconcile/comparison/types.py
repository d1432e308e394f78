"""Column types: what kind of value an Arrow type holds, and which types belong together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from functools import reduce

import pyarrow as pa
import pyarrow.types as pt


class Kind(Enum):
    """Kinds of value. Two kinds either have a common meaning or are not comparable."""

    NULL = "null"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"
    TEXT = "text"
    BINARY = "binary"
    UUID = "uuid"
    DATE = "date"
    TIME = "time of day"
    LOCAL = "timestamp without a zone"
    INSTANT = "timestamp with a zone"
    DURATION = "duration"
    STRUCT = "struct"
    LIST = "list"
    MAP = "map"
    OTHER = "other"


NUMBERS = frozenset({Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT})
TEMPORAL = frozenset({Kind.DATE, Kind.TIME, Kind.LOCAL, Kind.INSTANT, Kind.DURATION})
NESTED = frozenset({Kind.STRUCT, Kind.LIST, Kind.MAP})

_KINDS: tuple[tuple[Kind, Callable[[pa.DataType], bool]], ...] = (
    (Kind.NULL, pt.is_null),
    (Kind.BOOLEAN, pt.is_boolean),
    (Kind.INTEGER, pt.is_integer),
    (Kind.DECIMAL, pt.is_decimal),
    (Kind.FLOAT, pt.is_floating),
    (Kind.TEXT, lambda t: pt.is_string(t) or pt.is_large_string(t) or pt.is_string_view(t)),
    (
        Kind.BINARY,
        lambda t: (
            pt.is_binary(t)
            or pt.is_large_binary(t)
            or pt.is_fixed_size_binary(t)
            or pt.is_binary_view(t)
        ),
    ),
    (Kind.DATE, pt.is_date),
    (Kind.TIME, pt.is_time),
    (Kind.LOCAL, lambda t: pt.is_timestamp(t) and t.tz is None),
    (Kind.INSTANT, lambda t: pt.is_timestamp(t) and t.tz is not None),
    (Kind.DURATION, pt.is_duration),
    (Kind.STRUCT, pt.is_struct),
    (Kind.MAP, pt.is_map),
    (
        Kind.LIST,
        lambda t: (
            pt.is_list(t)
            or pt.is_large_list(t)
            or pt.is_fixed_size_list(t)
            or pt.is_list_view(t)
            or pt.is_large_list_view(t)
        ),
    ),
)


def plain(arrow: pa.DataType) -> pa.DataType:
    """The type of the values, without dictionary or run-end encoding or extension wrapping.

    UUID keeps its extension type, since it is a kind of its own; JSON is text.
    """
    if pt.is_dictionary(arrow) or pt.is_run_end_encoded(arrow):
        return plain(arrow.value_type)
    if isinstance(arrow, pa.BaseExtensionType) and not isinstance(arrow, pa.UuidType):
        return plain(arrow.storage_type)
    return arrow


def kind_of(arrow: pa.DataType) -> Kind:
    """The kind of value a type holds."""
    arrow = plain(arrow)
    if isinstance(arrow, pa.UuidType):
        return Kind.UUID
    return next((kind for kind, holds in _KINDS if holds(arrow)), Kind.OTHER)


def type_name(arrow: pa.DataType) -> str:
    """The type as findings and errors spell it: Arrow's name of the value type."""
    return str(plain(arrow))


def fields_of(arrow: pa.DataType) -> tuple[tuple[str, pa.DataType], ...]:
    """A struct's fields in the order of the file."""
    arrow = plain(arrow)
    return tuple((arrow.field(i).name, arrow.field(i).type) for i in range(arrow.num_fields))


def element_of(arrow: pa.DataType) -> pa.DataType:
    """A list's element type."""
    return plain(arrow).value_type


def holds_floats(arrow: pa.DataType) -> bool:
    """Whether floating-point numbers can be in values of a type, at any depth."""
    arrow = plain(arrow)
    parts = (arrow.field(i).type for i in range(arrow.num_fields))
    return kind_of(arrow) is Kind.FLOAT or any(map(holds_floats, parts))


def digits_of(arrow: pa.DataType) -> tuple[int, int]:
    """Precision and scale that hold every value of an integer or decimal type."""
    arrow = plain(arrow)
    if pt.is_decimal(arrow):
        return arrow.precision, arrow.scale
    by_width = {8: 3, 16: 5, 32: 10, 64: 20 if pt.is_unsigned_integer(arrow) else 19}
    return by_width[arrow.bit_width], 0


_UNITS = ("s", "ms", "us", "ns")


def finest_unit(units: Sequence[str]) -> str:
    """The finest of some time units."""
    return max(units, key=_UNITS.index)


def changed(source: pa.DataType, target: pa.DataType) -> bool:
    """Whether two types differ enough for a `type_changed` finding (`semantics.md` section 6).

    Another logical type, width, sign or scale does; another kind of string, dictionary encoding,
    time unit, zone label, list layout or decimal precision does not.
    """
    source, target = plain(source), plain(target)
    kind = kind_of(source)
    if kind is not kind_of(target):
        return True
    match kind:
        case Kind.INTEGER | Kind.FLOAT:
            return bool(source != target)
        case Kind.DECIMAL:
            return bool(source.scale != target.scale)
        case Kind.LIST:
            return changed(element_of(source), element_of(target))
        case Kind.MAP:
            return changed(source.key_type, target.key_type) or changed(
                source.item_type, target.item_type
            )
        case Kind.STRUCT:
            theirs = dict(fields_of(target))
            ours = dict(fields_of(source))
            return ours.keys() != theirs.keys() or any(
                changed(ours[name], theirs[name]) for name in ours
            )
        case Kind.OTHER:
            return bool(source != target)
    return False


def widest(types: Sequence[pa.DataType]) -> pa.DataType | None:
    """The widest common type of one column's files; None when there is none."""

    def step(left: pa.DataType | None, right: pa.DataType) -> pa.DataType | None:
        return None if left is None else _wider(left, plain(right))

    return reduce(step, types[1:], plain(types[0]))


def _wider(left: pa.DataType, right: pa.DataType) -> pa.DataType | None:
    kinds = {kind_of(left), kind_of(right)}
    if left == right or kind_of(right) is Kind.NULL:
        return left
    if kind_of(left) is Kind.NULL:
        return right
    if kinds <= NUMBERS:
        return _wider_number(left, right)
    if kinds == {Kind.DATE, Kind.LOCAL}:
        return left if kind_of(left) is Kind.LOCAL else right
    if len(kinds) > 1:
        return None
    match kinds.pop():
        case Kind.TEXT:
            return pa.string()
        case Kind.BINARY:
            return pa.binary()
        case Kind.DATE:
            return pa.date32()
        case Kind.TIME:
            unit = finest_unit([left.unit, right.unit])
            return pa.time64(unit) if unit in ("us", "ns") else pa.time32(unit)
        case Kind.LOCAL | Kind.INSTANT:
            return pa.timestamp(finest_unit([left.unit, right.unit]), left.tz)
        case Kind.DURATION:
            return pa.duration(finest_unit([left.unit, right.unit]))
        case Kind.LIST:
            element = _wider(plain(element_of(left)), plain(element_of(right)))
            return None if element is None else pa.list_(element)
        case Kind.MAP:
            key = _wider(plain(left.key_type), plain(right.key_type))
            item = _wider(plain(left.item_type), plain(right.item_type))
            return None if key is None or item is None else pa.map_(key, item)
        case Kind.STRUCT:
            return _wider_struct(left, right)
    return None


def _wider_struct(left: pa.DataType, right: pa.DataType) -> pa.DataType | None:
    ours, theirs = dict(fields_of(left)), dict(fields_of(right))
    if ours.keys() != theirs.keys():
        return None
    fields = {name: _wider(plain(ours[name]), plain(theirs[name])) for name in ours}
    if None in fields.values():
        return None
    return pa.struct(list(fields.items()))


def _wider_number(left: pa.DataType, right: pa.DataType) -> pa.DataType:
    kinds = {kind_of(left), kind_of(right)}
    if Kind.FLOAT in kinds:
        both_float = kinds == {Kind.FLOAT}
        return max(left, right, key=lambda t: t.bit_width) if both_float else pa.float64()
    if Kind.DECIMAL not in kinds:
        return _wider_integer(left, right)
    (left_digits, left_scale), (right_digits, right_scale) = digits_of(left), digits_of(right)
    scale = max(left_scale, right_scale)
    precision = max(left_digits - left_scale, right_digits - right_scale) + scale
    if precision <= 38:
        return pa.decimal128(precision, scale)
    return pa.decimal256(min(precision, 76), scale)


def _wider_integer(left: pa.DataType, right: pa.DataType) -> pa.DataType:
    signed = [t for t in (left, right) if pt.is_signed_integer(t)]
    unsigned = [t for t in (left, right) if pt.is_unsigned_integer(t)]
    if not unsigned or not signed:
        return max(left, right, key=lambda t: t.bit_width)
    if signed[0].bit_width > unsigned[0].bit_width:
        return signed[0]
    if unsigned[0].bit_width == 64:
        return pa.decimal128(20, 0)
    return {8: pa.int16(), 16: pa.int32(), 32: pa.int64()}[unsigned[0].bit_width]
