"""Rows for people and dead letters: SQL that writes values as JSON that keeps every digit.

Decimals and 64-bit integers are text, times are ISO 8601, binary is base64, NaN and the
infinities are text, a map is a list of its pairs.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from reconcile.comparison.domain import Domain, Form
from reconcile.comparison.parts import NOTHING_BOUND, Bound, part
from reconcile.comparison.sql_text import literal
from reconcile.comparison.types import Kind, element_of, fields_of, kind_of, plain


def row_json(columns: Sequence[tuple[str, str]]) -> str:
    """SQL of a row as a JSON object.

    One `concat`, since a chain of `||` copies a row once for each of its columns.

    Args:
        columns: Names, which are data, and the SQL of each value's JSON.
    """
    if not columns:
        return "'{}'"
    members = [
        f"{literal(_json_name(name) + ':')}, coalesce({value}, 'null')" for name, value in columns
    ]
    return "concat('{', " + ", ',', ".join(members) + ", '}')"


def _json_name(name: str) -> str:
    escaped = "".join(_ESCAPES.get(c, c) for c in name)
    return f'"{escaped}"'


_ESCAPES = {'"': '\\"', "\\": "\\\\", **{chr(i): f"\\u{i:04x}" for i in range(0x20)}}


def value_json(
    sql: str, arrow: pa.DataType, *, bound: Bound = NOTHING_BOUND, depth: int = 0
) -> str:
    """SQL of one value's JSON, NULL for NULL.

    Args:
        sql: The value as the engine reads it.
        arrow: Its type in the file at hand.
        bound: The columns that hold parts of it.
        depth: How many lists it lies in, for the names of lambda parameters.
    """
    arrow = plain(arrow)
    match kind_of(arrow):
        case Kind.NULL:
            return "CAST(NULL AS VARCHAR)"
        case Kind.BOOLEAN:
            return f"CAST({sql} AS VARCHAR)"
        case Kind.INTEGER:
            return _integer_json(sql, wide=arrow.bit_width == 64)
        case Kind.FLOAT:
            return f"reconcile_float_json({sql})"
        case Kind.TEXT:
            return f"CAST(to_json({sql}) AS VARCHAR)"
        case Kind.DECIMAL:
            return _decimal_json(sql)
        case Kind.BINARY:
            return f"('\"' || base64({sql}) || '\"')"
        case Kind.LOCAL | Kind.INSTANT:
            return _timestamp_json(sql)
        case Kind.LIST:
            return _list_json(sql, arrow, depth)
        case Kind.MAP:
            return _map_json(sql, arrow, depth)
        case Kind.STRUCT:
            fields = [
                (name, value_json(part(sql, i, bound), field, bound=bound, depth=depth))
                for i, (name, field) in enumerate(fields_of(arrow), start=1)
            ]
            return f"(CASE WHEN {sql} IS NOT NULL THEN {row_json(fields)} END)"
    return f"('\"' || CAST({sql} AS VARCHAR) || '\"')"


def _integer_json(sql: str, *, wide: bool) -> str:
    return f"('\"' || CAST({sql} AS VARCHAR) || '\"')" if wide else f"CAST({sql} AS VARCHAR)"


def _decimal_json(sql: str) -> str:
    return f"('\"' || reconcile_decimal({sql}) || '\"')"


def _timestamp_json(sql: str) -> str:
    spelled = f"replace(replace(CAST({sql} AS VARCHAR), ' ', 'T'), '+00', '+00:00')"
    return f"('\"' || {spelled} || '\"')"


def _list_json(sql: str, arrow: pa.DataType, depth: int) -> str:
    item = f"e{depth}"
    value = value_json(item, element_of(arrow), depth=depth + 1)
    items = f"list_transform({sql}, lambda {item}: coalesce({value}, 'null'))"
    return f"('[' || array_to_string({items}, ',') || ']')"


def _map_json(sql: str, arrow: pa.DataType, depth: int) -> str:
    item = f"e{depth}"
    key = value_json(part(item, 1), arrow.key_type, depth=depth + 1)
    value = value_json(part(item, 2), arrow.item_type, depth=depth + 1)
    pair = f"'[' || coalesce({key}, 'null') || ',' || coalesce({value}, 'null') || ']'"
    return f"('[' || array_to_string(list_transform({sql}, lambda {item}: {pair}), ',') || ']')"


def key_json(sql: str, domain: Domain) -> str:
    """SQL of a canonical match key value's JSON, the same whichever side the row is of."""
    if domain.form in (Form.CAST_TEXT, Form.JSON_TEXT):
        return f"CAST(to_json(substr({sql}, 2)) AS VARCHAR)"
    if domain.form is Form.NANOSECONDS and domain.kind is Kind.LOCAL:
        return f"('\"' || reconcile_iso({sql}, '') || '\"')"
    if domain.form is Form.NANOSECONDS and domain.kind is Kind.INSTANT:
        return f"('\"' || reconcile_iso({sql}, '+00:00') || '\"')"
    if domain.form is Form.ZONED_TEXT:
        iso = f"reconcile_iso(TRY_CAST({sql} AS HUGEINT), '+00:00')"
        return f"CAST(to_json(coalesce({iso}, {sql})) AS VARCHAR)"
    if domain.form is Form.NESTED_TEXT or domain.kind is Kind.TEXT:
        return f"CAST(to_json({sql}) AS VARCHAR)"
    match domain.kind:
        case Kind.BOOLEAN:
            return f"CAST({sql} AS VARCHAR)"
        case Kind.INTEGER:
            return _integer_json(sql, wide=domain.sql in ("BIGINT", "UBIGINT", "HUGEINT"))
        case Kind.FLOAT if domain.form is Form.AS_IS:
            return f"reconcile_float_json({sql})"
        case Kind.DECIMAL:
            return _decimal_json(sql)
        case Kind.BINARY:
            return f"('\"' || base64({sql}) || '\"')"
        case Kind.LOCAL | Kind.INSTANT:
            return _timestamp_json(sql)
    return f"('\"' || CAST({sql} AS VARCHAR) || '\"')"
