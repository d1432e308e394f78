"""Canonical values: SQL that writes a column in its common domain.

Equality of canonical values is equality as `semantics.md` section 4 defines it, and so is
equality of their hashes, except with the probability that two 64-bit hashes meet. Two traps of
the engine's `hash()` shape this module: 128-bit numbers hash as the XOR of their halves, so that
0 and -1 meet; and a NULL struct, a struct of NULLs, an empty list and `[NULL]` all hash alike.
So 128-bit values are hashed through their text and nested values are compared as text.
"""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from reconcile.comparison.casts import cast_text
from reconcile.comparison.domain import Domain, Form
from reconcile.comparison.parts import NOTHING_BOUND, Bound, part
from reconcile.comparison.sql_text import literal
from reconcile.comparison.times import nanoseconds
from reconcile.comparison.types import Kind, element_of, fields_of, kind_of, plain


def canonical(
    sql: str,
    arrow: pa.DataType,
    domain: Domain,
    *,
    unordered: bool = False,
    bound: Bound = NOTHING_BOUND,
) -> str:
    """SQL of a column's value in its domain; NULL stays NULL.

    Args:
        sql: The column, after `map` and `normalize`, in the engine's type for `arrow`.
        arrow: Its type in the file at hand.
        domain: The common domain.
        unordered: Whether lists are bags.
        bound: The columns that hold parts of it.
    """
    if kind_of(arrow) is Kind.NULL:
        return f"CAST(NULL AS {domain.sql})"
    match domain.form:
        case Form.AS_IS:
            return f"CAST({sql} AS {domain.sql})"
        case Form.NUMBER_TEXT:
            return number_text(sql, arrow)
        case Form.NANOSECONDS:
            return nanoseconds(sql, arrow)
        case Form.NESTED_TEXT:
            return _nested_text(sql, arrow, domain, unordered=unordered, bound=bound, depth=0)
        case Form.ZONED_TEXT:
            return _zoned_text(sql, arrow, domain.zone or "UTC")
        case Form.CAST_TEXT:
            return cast_text(sql, arrow, domain.cast, domain.zone)
        case Form.JSON_TEXT:
            return f"reconcile_json({sql})"


def hashable(sql: str, domain: Domain) -> str:
    """What of a canonical value goes into the row hash."""
    wide = domain.sql in ("HUGEINT", "UUID")
    if domain.sql.startswith("DECIMAL("):
        wide = int(domain.sql[8:].split(",")[0]) > 18
    if not wide:
        return sql
    if domain.sql == "UUID":
        return f"CAST({sql} AS VARCHAR)"
    narrow = "BIGINT"
    if domain.sql != "HUGEINT":
        narrow = f"DECIMAL(18,{min(18, int(domain.sql[:-1].split(',')[1]))})"
        if int(domain.sql[:-1].split(",")[1]) > 18:
            return f"CAST({sql} AS VARCHAR)"
    return (
        f"TRY_CAST({sql} AS {narrow}), "
        f"CASE WHEN TRY_CAST({sql} AS {narrow}) IS NULL THEN CAST({sql} AS VARCHAR) END"
    )


def number_text(sql: str, arrow: pa.DataType) -> str:
    """The exact decimal spelling of a number of any type."""
    match kind_of(arrow):
        case Kind.INTEGER:
            return f"CAST({sql} AS VARCHAR)"
        case Kind.DECIMAL:
            return f"reconcile_decimal_text({sql})"
        case _:
            return f"reconcile_float_number(CAST({sql} AS DOUBLE))"


def _zoned_text(sql: str, arrow: pa.DataType, zone: str) -> str:
    count = nanoseconds(sql, arrow)
    if kind_of(arrow) is Kind.INSTANT:
        return f"CAST({count} AS VARCHAR)"
    return f"reconcile_zoned(CAST({count} AS VARCHAR), {literal(zone)})"


def _leaf_text(sql: str, arrow: pa.DataType, domain: Domain) -> str:
    """An injective text of one part of a nested value, valid JSON where it holds numbers."""
    value = canonical(sql, arrow, domain)
    if domain.form is Form.NUMBER_TEXT:
        return f"('\"' || {value} || '\"')"
    if domain.kind is Kind.FLOAT:
        return f"reconcile_float_text({value})"
    if domain.kind is Kind.TEXT:
        return f"CAST(to_json({value}) AS VARCHAR)"
    if domain.kind is Kind.BINARY:
        return f"hex({value})"
    if domain.kind is Kind.DECIMAL:
        return f"reconcile_decimal({value})"
    return f"CAST({value} AS VARCHAR)"


def _nested_text(
    sql: str, arrow: pa.DataType, domain: Domain, *, unordered: bool, bound: Bound, depth: int
) -> str:
    arrow, elements = plain(arrow), dict(domain.elements)

    def text_of(value: str, of: pa.DataType, name: str) -> str:
        inner = elements[name]
        if inner.form is Form.NESTED_TEXT and kind_of(of) is not Kind.NULL:
            text = _nested_text(value, of, inner, unordered=unordered, bound=bound, depth=depth + 1)
        else:
            text = _leaf_text(value, of, inner)
        return f"coalesce({text}, 'null')"

    item = f"e{depth}"
    match domain.kind:
        case Kind.LIST:
            body = text_of(item, element_of(arrow), "element")
            items = f"list_transform({sql}, lambda {item}: {body})"
            return _bracketed(f"list_sort({items})" if unordered else items, "[", "]")
        case Kind.MAP:
            key = text_of(part(item, 1), arrow.key_type, "key")
            value = text_of(part(item, 2), arrow.item_type, "item")
            pairs = f"list_transform({sql}, lambda {item}: {key} || ':' || {value})"
            return _bracketed(f"list_sort(list_distinct({pairs}))", "<", ">")
        case _:
            return _struct_text(sql, arrow, text_of, bound)


def _bracketed(items: str, opening: str, closing: str) -> str:
    return f"('{opening}' || array_to_string({items}, ',') || '{closing}')"


def _struct_text(
    sql: str, arrow: pa.DataType, text_of: Callable[[str, pa.DataType, str], str], bound: Bound
) -> str:
    positions = {name: i for i, (name, _) in enumerate(fields_of(arrow), start=1)}
    types = dict(fields_of(arrow))
    fields = [
        text_of(part(sql, positions[name], bound), types[name], name) for name in sorted(types)
    ]
    body = ", ',', ".join(fields) if fields else "''"
    return f"(CASE WHEN {sql} IS NOT NULL THEN concat('{{', {body}, '}}') END)"
