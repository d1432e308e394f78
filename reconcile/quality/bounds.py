"""Arguments in the terms of the column they are held against.

Great Expectations keeps every bound as a float and every set as it was written. Held against
exact columns that misjudges the edges: Decimal("1.10") is below the float 1.1, and the text
"2013-01-02" is no date. Here a bound becomes the float that separates the column's values just
as the exact bound does, and set members become values of the column's type. What cannot be said
without loss is refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal, InvalidOperation
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from reconcile.errors import BadInput
from reconcile.model.expectation import Expectation
from reconcile.quality.catalogue import columns_of

_VALUE_BOUNDS = frozenset(
    {
        "expect_column_values_to_be_between",
        "expect_column_max_to_be_between",
        "expect_column_min_to_be_between",
        "expect_column_sum_to_be_between",
    }
)
_INEXACT_BY_NATURE = frozenset(
    {
        "expect_column_mean_to_be_between",
        "expect_column_median_to_be_between",
        "expect_column_stdev_to_be_between",
        "expect_column_value_z_scores_to_be_less_than",
        "expect_column_values_to_not_be_outliers",
    }
)
_WIDE = Context(prec=100)


def in_floats(expectation: Expectation) -> bool:
    """Whether the expectation is a statistic, computed in floats whatever the column's type."""
    return expectation.type in _INEXACT_BY_NATURE


def typed_arguments(expectation: Expectation, schema: pa.Schema) -> dict[str, Any]:
    """The arguments, bounds and sets put in the terms of the column.

    Raises:
        BadInput: A bound or a member of a set cannot be held against the column without loss.
    """
    given = dict(expectation.arguments)
    types = [_plain(schema.field(name).type) for name in columns_of(expectation)]
    if len(types) != 1:
        _refuse_untyped_pairs(expectation, types)
        return given
    if expectation.type in _VALUE_BOUNDS:
        given |= {
            name: _bound(given[name], types[0], up=_kept_above(name, given))
            for name in ("min_value", "max_value")
            if given.get(name) is not None
        }
    if isinstance(given.get("value_set"), list | tuple):
        given["value_set"] = [_member(value, types[0]) for value in given["value_set"]]
    return given


def summable(column: pa.ChunkedArray) -> bool:
    """Whether Great Expectations sums this column exactly.

    It sends decimals through floats, one by one, and lets 64-bit sums wrap around.
    """
    kind = column.type
    if pa.types.is_decimal(kind):
        return bool(column.equals(column.cast(pa.float64()).cast(kind, safe=False)))
    if pa.types.is_integer(kind):
        total = pc.sum(column.cast(pa.decimal128(20, 0))).as_py() or 0
        low, high = (-(2**63), 2**63) if pa.types.is_signed_integer(kind) else (0, 2**64)
        return bool(low <= total < high)
    return True


def _kept_above(name: str, given: Mapping[str, Any]) -> bool:
    """Whether a value equal to the bound lies on the bound's upper side of the cut."""
    return bool(given.get("strict_max")) if name == "max_value" else not given.get("strict_min")


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _bound(value: Any, kind: pa.DataType, *, up: bool) -> Any:
    if pa.types.is_temporal(kind):
        return _member(value, kind)
    if pa.types.is_decimal(kind):
        return _cut(value, Decimal(1).scaleb(-kind.scale), up=up)
    if pa.types.is_integer(kind):
        return _cut(value, Decimal(1), up=up)
    if pa.types.is_float32(kind):
        return pa.scalar(float(value), pa.float32()).as_py()
    return value


def _cut(value: Any, step: Decimal, *, up: bool) -> float:
    """The float that parts the multiples of `step` just as `value` does.

    `up`: multiples equal to the value belong above the cut. The value is first moved to the
    next multiple on the side that changes no judgement, then to the nearest float beside it:
    below it when the multiple belongs above, else above it.
    """
    exact = _decimal(value)
    steps = _WIDE.divide(exact, step).to_integral_value(ROUND_CEILING if up else ROUND_FLOOR)
    multiple = _WIDE.multiply(steps, step)
    nearest = float(multiple)
    if (Decimal(nearest) > multiple) if up else (Decimal(nearest) < multiple):
        nearest = math.nextafter(nearest, -math.inf if up else math.inf)
    if abs(_WIDE.subtract(Decimal(nearest), multiple)) >= step:
        raise BadInput(
            "a bound needs more digits than Great Expectations keeps",
            found=str(value),
            expected="at most 15 significant digits",
        )
    return nearest


def _decimal(value: Any) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if isinstance(value, bool) or not number.is_finite():
        raise BadInput("a bound on a numeric column is not a finite number", found=repr(value))
    return number


def _member(value: Any, kind: pa.DataType) -> Any:
    """A member of a set (or a temporal bound) as a value of the column's type."""
    convert = _converter(kind)
    if value is None or convert is None:
        return value
    try:
        return convert(value)
    except (ValueError, InvalidOperation, TypeError):
        raise BadInput(
            f"a value cannot be held against a column of type {kind}", found=repr(value)
        ) from None


def _converter(kind: pa.DataType) -> Callable[[Any], Any] | None:
    if pa.types.is_decimal(kind):
        return lambda value: Decimal(str(value))
    if pa.types.is_date(kind):
        return _date
    if pa.types.is_timestamp(kind):
        return lambda value: _instant(value, zoned=kind.tz is not None)
    return None


def _date(value: Any) -> date:
    if isinstance(value, str):
        return date.fromisoformat(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise ValueError(value)


def _instant(value: Any, *, zoned: bool) -> datetime:
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)  # noqa: DTZ001 - zone checked below
    if not isinstance(value, datetime) or (value.tzinfo is not None) is not zoned:
        raise ValueError(value)
    return value


def _refuse_untyped_pairs(expectation: Expectation, types: list[pa.DataType]) -> None:
    """Sets of pairs and sums of a row are compared as written: exact types would never match."""
    literal = {"value_pairs_set", "sum_total"} & expectation.arguments.keys()
    if literal and any(pa.types.is_decimal(t) or pa.types.is_temporal(t) for t in types):
        raise BadInput(
            f"{expectation.type} cannot hold {literal.pop()} against decimals or times",
            found=", ".join(str(t) for t in types),
        )
