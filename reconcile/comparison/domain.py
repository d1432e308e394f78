"""The common domain of two columns: the one form in which both sides' values are compared.

A domain is chosen from every type a column has on either side, so that files that drift and
sides that differ meet in a form that loses nothing: equality of the forms is equality of the
values, for any pair of types that has a common meaning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import pyarrow as pa
import pyarrow.types as pt

from reconcile.comparison.types import (
    NESTED,
    NUMBERS,
    Kind,
    digits_of,
    element_of,
    fields_of,
    kind_of,
    plain,
)


class Form(Enum):
    """How a canonical value is written."""

    AS_IS = "as is"
    """The engine's own type `sql`; casting to it widens and loses nothing."""
    NUMBER_TEXT = "number text"
    """The exact decimal spelling, for numbers that share no engine type."""
    NANOSECONDS = "nanoseconds"
    """Whole nanoseconds as a 128-bit integer, for times of mixed units."""
    NESTED_TEXT = "nested text"
    """An injective text of a list, struct or map, since its hash and equality are not."""
    ZONED_TEXT = "zoned text"
    """Nanoseconds as text, or the local time that does not exist, for assumed zones."""
    CAST_TEXT = "cast text"
    """The value cast as asked for, or what cannot be, each with a mark before it."""
    JSON_TEXT = "json text"
    """A document in one canonical spelling, or the text that is none."""


@dataclass(frozen=True)
class Domain:
    """Where two columns meet.

    Attributes:
        form: How values are written.
        kind: What kind of value they are, which decides what tolerances can work on.
        sql: The engine type of the canonical column.
        elements: Domains of a nested type's parts, by field name, or `element`, `key`, `item`.
        zone: The zone assumed for times without one.
        cast: The type both sides are compared as, under a `cast` rule.
    """

    form: Form
    kind: Kind
    sql: str
    elements: tuple[tuple[str, Domain], ...] = ()
    zone: str | None = None
    cast: pa.DataType | None = None


def common_domain(types: Sequence[pa.DataType], zone: str | None) -> Domain | None:
    """The domain in which values of all these types can be compared, or None.

    Args:
        types: Every type the column has, on both sides.
        zone: The dataset's `assume_timezone`.
    """
    present = [plain(arrow) for arrow in types if kind_of(arrow) is not Kind.NULL]
    if not present:
        return Domain(Form.AS_IS, Kind.NULL, "INTEGER")
    kinds = {kind_of(arrow) for arrow in present}
    if kinds <= NUMBERS:
        return _number_domain(present)
    if kinds <= {Kind.DATE, Kind.LOCAL, Kind.INSTANT} and len(kinds) > 1:
        return _mixed_time_domain(kinds, zone)
    if len(kinds) > 1:
        return None
    kind = kinds.pop()
    if kind in NESTED:
        return _nested_domain(kind, present, zone)
    return _simple_domain(kind, present)


_SIMPLE = {
    Kind.BOOLEAN: "BOOLEAN",
    Kind.TEXT: "VARCHAR",
    Kind.BINARY: "BLOB",
    Kind.UUID: "UUID",
    Kind.DATE: "DATE",
}
_TIMES = {Kind.TIME: "TIME", Kind.LOCAL: "TIMESTAMP", Kind.INSTANT: "TIMESTAMPTZ"}


def _simple_domain(kind: Kind, types: Sequence[pa.DataType]) -> Domain | None:
    if kind in _SIMPLE:
        return Domain(Form.AS_IS, kind, _SIMPLE[kind])
    if kind is Kind.DURATION:
        return Domain(Form.NANOSECONDS, kind, "HUGEINT")
    if kind not in _TIMES:
        return None
    nanoseconds = {arrow.unit == "ns" for arrow in types}
    if len(nanoseconds) > 1:
        return Domain(Form.NANOSECONDS, kind, "HUGEINT")
    return Domain(Form.AS_IS, kind, _TIMES[kind] + ("_NS" if True in nanoseconds else ""))


def _mixed_time_domain(kinds: set[Kind], zone: str | None) -> Domain | None:
    if Kind.INSTANT not in kinds:
        return Domain(Form.NANOSECONDS, Kind.LOCAL, "HUGEINT")
    if zone is None:
        return None
    return Domain(Form.ZONED_TEXT, Kind.INSTANT, "VARCHAR", zone=zone)


def _number_domain(types: Sequence[pa.DataType]) -> Domain:
    kinds = {kind_of(arrow) for arrow in types}
    if kinds == {Kind.FLOAT}:
        single = all(arrow.bit_width <= 32 for arrow in types)
        return Domain(Form.AS_IS, Kind.FLOAT, "FLOAT" if single else "DOUBLE")
    if Kind.FLOAT in kinds:
        return Domain(Form.NUMBER_TEXT, Kind.FLOAT, "VARCHAR")
    if kinds == {Kind.INTEGER}:
        return Domain(Form.AS_IS, Kind.INTEGER, _integer_type(types))
    digits = [digits_of(arrow) for arrow in types]
    scale = max(scale for _, scale in digits)
    precision = max(precision - scale for precision, scale in digits) + scale
    if precision <= 38 and all(not pt.is_decimal(t) or t.precision <= 38 for t in types):
        return Domain(Form.AS_IS, Kind.DECIMAL, f"DECIMAL({precision},{scale})")
    return Domain(Form.NUMBER_TEXT, Kind.DECIMAL, "VARCHAR")


def _integer_type(types: Sequence[pa.DataType]) -> str:
    signed = [t.bit_width for t in types if pt.is_signed_integer(t)]
    unsigned = [t.bit_width for t in types if pt.is_unsigned_integer(t)]
    if not signed:
        return {8: "UTINYINT", 16: "USMALLINT", 32: "UINTEGER", 64: "UBIGINT"}[max(unsigned)]
    width = max([*signed, *(2 * width for width in unsigned)])
    names = {8: "TINYINT", 16: "SMALLINT", 32: "INTEGER", 64: "BIGINT", 128: "HUGEINT"}
    return names[width]


def _nested_domain(kind: Kind, types: Sequence[pa.DataType], zone: str | None) -> Domain | None:
    parts: list[tuple[str, Sequence[pa.DataType]]]
    if kind is Kind.LIST:
        parts = [("element", [element_of(t) for t in types])]
    elif kind is Kind.MAP:
        parts = [("key", [t.key_type for t in types]), ("item", [t.item_type for t in types])]
    else:
        fields = [dict(fields_of(t)) for t in types]
        repeated = any(len(fields_of(t)) != len(f) for t, f in zip(types, fields, strict=True))
        if repeated or any(f.keys() != fields[0].keys() for f in fields):
            return None
        parts = [(name, [f[name] for f in fields]) for name in sorted(fields[0])]
    elements = [(name, common_domain(part, zone)) for name, part in parts]
    if any(domain is None for _, domain in elements):
        return None
    known = tuple((name, domain) for name, domain in elements if domain is not None)
    return Domain(Form.NESTED_TEXT, kind, "VARCHAR", elements=known)
