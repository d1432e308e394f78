"""The `cast` rule: SQL that writes a value as the type asked for, or as what cannot be cast.

A canonical cast value is `v` and the value's spelling. What cannot be cast is `x` and the text it
is, or `y` and the spelling of what is no text: so one side's failure never equals the other's
value, both sides' same text are equal, and a dataset whose values cannot be cast equals itself.
Fewer digits round half to even, coarser time units truncate: that is what was asked for.
"""

from __future__ import annotations

import re

import pyarrow as pa

from reconcile.comparison.sql_text import literal
from reconcile.comparison.times import NANOSECONDS_PER, nanoseconds
from reconcile.comparison.types import Kind, kind_of, plain

CAST, UNCAST_TEXT, UNCAST_OTHER = "v", "x", "y"
"""What a canonical cast value begins with."""

_SCALARS = {
    "string": pa.string(),
    "bool": pa.bool_(),
    "boolean": pa.bool_(),
    "float": pa.float32(),
    "double": pa.float64(),
    "float32": pa.float32(),
    "float64": pa.float64(),
    "date": pa.date32(),
    "time": pa.time64("us"),
    **{
        f"{sign}int{width}": getattr(pa, f"{sign}int{width}")()
        for sign in ("", "u")
        for width in (8, 16, 32, 64)
    },
}
_DECIMAL = re.compile(r"decimal(?:128)?\(\s*(\d+)\s*,\s*(\d+)\s*\)")
_TIMESTAMP = re.compile(r"timestamp\[\s*(s|ms|us|ns)\s*(?:,\s*(?:tz\s*=\s*)?([^\]\s]+)\s*)?\]")

_CASTABLE: dict[Kind, frozenset[Kind]] = {
    Kind.TEXT: frozenset({Kind.TEXT, Kind.INTEGER, Kind.BOOLEAN, Kind.DATE}),
    Kind.BOOLEAN: frozenset({Kind.TEXT, Kind.BOOLEAN, Kind.INTEGER}),
    Kind.INTEGER: frozenset({Kind.TEXT, Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT, Kind.BOOLEAN}),
    Kind.DECIMAL: frozenset({Kind.TEXT, Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT}),
    Kind.FLOAT: frozenset({Kind.TEXT, Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT}),
    Kind.DATE: frozenset({Kind.TEXT, Kind.DATE, Kind.LOCAL, Kind.INSTANT}),
    Kind.TIME: frozenset({Kind.TEXT, Kind.TIME}),
    Kind.LOCAL: frozenset({Kind.TEXT, Kind.DATE, Kind.LOCAL, Kind.INSTANT}),
    Kind.INSTANT: frozenset({Kind.TEXT, Kind.DATE, Kind.LOCAL, Kind.INSTANT}),
}


def parse_cast(text: str) -> pa.DataType | None:
    """The type a `cast` rule names, or None where there is no such type."""
    if text in _SCALARS:
        return _SCALARS[text]
    if match := _DECIMAL.fullmatch(text):
        precision, scale = int(match[1]), int(match[2])
        return (
            pa.decimal128(precision, scale) if scale <= precision and 1 <= precision <= 38 else None
        )
    if match := _TIMESTAMP.fullmatch(text):
        return pa.timestamp(match[1], match[2])
    return None


def castable(arrow: pa.DataType, target: pa.DataType) -> bool:
    """Whether values of one type can be cast to another at all."""
    return kind_of(arrow) is Kind.NULL or kind_of(arrow) in _CASTABLE[kind_of(target)]


def cast_text(sql: str, arrow: pa.DataType, target: pa.DataType | None, zone: str | None) -> str:
    """SQL of the canonical cast value.

    Args:
        sql: The value.
        arrow: Its type in the file at hand.
        target: The type asked for.
        zone: Zone of the data's times without one, where the dataset assumes one.
    """
    value = _value(sql, arrow, plain(target), zone)
    mark = UNCAST_TEXT if kind_of(arrow) is Kind.TEXT else UNCAST_OTHER
    return (
        f"(CASE WHEN {sql} IS NOT NULL "
        f"THEN coalesce('{CAST}' || {value}, '{mark}' || CAST({sql} AS VARCHAR)) END)"
    )


def _value(sql: str, arrow: pa.DataType, target: pa.DataType, zone: str | None) -> str:
    """SQL of the value's spelling as the target type, NULL where it cannot be cast."""
    source = kind_of(arrow)
    match kind_of(target):
        case Kind.BOOLEAN:
            return _boolean(sql, source)
        case Kind.INTEGER:
            return _integer(sql, arrow, _engine_integer(target))
        case Kind.DECIMAL:
            return _decimal(sql, arrow, target.precision, target.scale)
        case Kind.FLOAT:
            return _float(sql, arrow, "FLOAT" if target.bit_width == 32 else "DOUBLE")
        case Kind.DATE:
            return _date(sql, arrow, zone)
        case Kind.TIME:
            return f"CAST(TRY_CAST({sql} AS TIME) AS VARCHAR)"
        case _:
            return _timestamp(sql, arrow, target, zone)


def _engine_integer(target: pa.DataType) -> str:
    names = {8: "TINYINT", 16: "SMALLINT", 32: "INTEGER", 64: "BIGINT"}
    return ("U" if str(target).startswith("u") else "") + names[target.bit_width]


def _boolean(sql: str, source: Kind) -> str:
    if source is Kind.BOOLEAN:
        return f"CAST({sql} AS VARCHAR)"
    if source is Kind.INTEGER:
        return f"(CASE {sql} WHEN 0 THEN 'false' WHEN 1 THEN 'true' END)"
    text = f"lower(trim({sql}))"
    return f"(CASE WHEN {text} IN ('true', 'false') THEN {text} END)"


def _is_text(arrow: pa.DataType) -> bool:
    """Text, and decimals too wide for the engine, which it is handed as text."""
    arrow = plain(arrow)
    wide = kind_of(arrow) is Kind.DECIMAL and arrow.precision > 38
    return wide or kind_of(arrow) is Kind.TEXT


def _integer(sql: str, arrow: pa.DataType, engine: str) -> str:
    if _is_text(arrow):
        return (
            f"(CASE WHEN regexp_full_match({sql}, '[+-]?[0-9]{{1,17}}') "
            f"THEN CAST(TRY_CAST({sql} AS {engine}) AS VARCHAR) "
            f"ELSE CAST(TRY_CAST(reconcile_rounded({sql}, 38, 0) AS {engine}) AS VARCHAR) END)"
        )
    rounded = sql
    if kind_of(arrow) in (Kind.DECIMAL, Kind.FLOAT):
        rounded = f"round_even({sql}, 0)"
    return f"CAST(TRY_CAST({rounded} AS {engine}) AS VARCHAR)"


def _decimal(sql: str, arrow: pa.DataType, precision: int, scale: int) -> str:
    engine = f"DECIMAL({precision},{scale})"
    if _is_text(arrow):
        return f"reconcile_rounded({sql}, {precision}, {scale})"
    rounded = sql
    if kind_of(arrow) is Kind.FLOAT:
        rounded = (
            f"(CASE WHEN isfinite({sql}) THEN printf('%.{scale}f', CAST({sql} AS DOUBLE)) END)"
        )
    elif kind_of(arrow) is Kind.DECIMAL and plain(arrow).scale > scale:
        rounded = f"round_even({sql}, {scale})"
    return f"reconcile_decimal(TRY_CAST({rounded} AS {engine}))"


def _float(sql: str, arrow: pa.DataType, engine: str) -> str:
    if _is_text(arrow):
        number = (
            f"(CASE WHEN regexp_full_match(lower(trim({sql})), "
            r"'[+-]?(nan|inf|infinity|([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?)') "
            f"THEN TRY_CAST(trim({sql}) AS {engine}) END)"
        )
    elif kind_of(arrow) is Kind.DECIMAL:
        number = f"TRY_CAST(CAST({sql} AS VARCHAR) AS {engine})"
    else:
        number = f"TRY_CAST({sql} AS {engine})"
    return f"reconcile_float_text({number})"


def _date(sql: str, arrow: pa.DataType, zone: str | None) -> str:
    match kind_of(arrow):
        case Kind.TEXT:
            return (
                f"(CASE WHEN regexp_full_match({sql}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}') "
                f"THEN CAST(TRY_CAST({sql} AS DATE) AS VARCHAR) ELSE reconcile_date({sql}) END)"
            )
        case Kind.INSTANT:
            local = f"timezone({literal(zone or 'UTC')}, {sql})"
            return f"CAST(CAST({local} AS DATE) AS VARCHAR)"
        case _:
            return f"CAST(CAST({sql} AS DATE) AS VARCHAR)"


def _timestamp(sql: str, arrow: pa.DataType, target: pa.DataType, zone: str | None) -> str:
    source = kind_of(arrow)
    if source is Kind.TEXT:
        goal = "''" if target.tz is None else literal(target.tz)
        count = f"CAST(reconcile_time({sql}, {goal}) AS HUGEINT)"
    elif source is Kind.INSTANT and target.tz is None:
        local = f"timezone({literal(zone or 'UTC')}, {sql})"
        count = nanoseconds(local, plain(arrow))
    elif source is not Kind.INSTANT and target.tz is not None:
        local = nanoseconds(sql, plain(arrow))
        count = (
            f"TRY_CAST(reconcile_zoned(CAST({local} AS VARCHAR), {literal(target.tz)}) AS HUGEINT)"
        )
    else:
        count = nanoseconds(sql, plain(arrow))
    return f"CAST(reconcile_floor({count}, {NANOSECONDS_PER[target.unit]}) AS VARCHAR)"
