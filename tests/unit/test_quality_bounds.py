from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.errors import BadInput
from reconcile.model.expectation import Expectation, ExpectationSeverity, ExpectationSubject
from reconcile.quality.bounds import summable, typed_arguments


def between(**arguments) -> Expectation:
    return Expectation(
        "x",
        ExpectationSubject.SOURCE,
        "expect_column_values_to_be_between",
        {"column": "c", **arguments},
        ExpectationSeverity.CRITICAL,
    )


def typed(kind: pa.DataType, **arguments):
    return typed_arguments(between(**arguments), pa.schema([("c", kind)]))


@given(
    value=st.decimals(min_value=-(10**9), max_value=10**9, places=2),
    bound=st.decimals(min_value=-(10**9), max_value=10**9, places=3),
    offset=st.sampled_from([None, Decimal(0), Decimal("0.01"), Decimal("-0.01")]),
)
def test_a_decimal_bound_judges_as_the_exact_bound_would(value, bound, offset):
    bound = bound if offset is None else value + offset
    kind = pa.decimal128(18, 2)
    text = str(bound)
    assert (value >= typed(kind, min_value=text)["min_value"]) is (value >= bound)
    assert (value > typed(kind, min_value=text, strict_min=True)["min_value"]) is (value > bound)
    assert (value <= typed(kind, max_value=text)["max_value"]) is (value <= bound)
    assert (value < typed(kind, max_value=text, strict_max=True)["max_value"]) is (value < bound)


@given(value=st.integers(-(2**53), 2**53), bound=st.integers(-(2**53), 2**53))
def test_an_integer_bound_judges_as_the_exact_bound_would(value, bound):
    assert (value >= typed(pa.int64(), min_value=bound)["min_value"]) is (value >= bound)
    assert (value <= typed(pa.int64(), max_value=bound)["max_value"]) is (value <= bound)


def test_a_bound_that_no_float_can_part_is_refused():
    with pytest.raises(BadInput, match="more digits"):
        typed(pa.int64(), max_value=2**53 + 1)


@pytest.mark.parametrize("value", ["many", True, "NaN"])
def test_a_bound_that_is_no_number_is_refused(value):
    with pytest.raises(BadInput, match="not a finite number"):
        typed(pa.int64(), min_value=value)


def test_a_float_bound_on_a_float32_column_is_taken_in_float32():
    assert typed(pa.float32(), max_value=0.1)["max_value"] >= pa.scalar(0.1, pa.float32()).as_py()


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        (pa.date32(), "2013-01-05", date(2013, 1, 5)),
        (pa.date32(), date(2013, 1, 5), date(2013, 1, 5)),
        (pa.timestamp("us"), "2013-01-05", datetime(2013, 1, 5)),  # noqa: DTZ001
        (pa.timestamp("us"), date(2013, 1, 5), datetime(2013, 1, 5)),  # noqa: DTZ001
        (pa.timestamp("ns", "UTC"), "2013-01-05T00:00Z", datetime(2013, 1, 5, tzinfo=UTC)),
        (pa.decimal128(9, 2), 1.1, Decimal("1.1")),
        (pa.string(), "a", "a"),
        (pa.dictionary(pa.int32(), pa.date32()), "2013-01-05", date(2013, 1, 5)),
    ],
    ids=str,
)
def test_members_of_a_set_take_the_type_of_the_column(kind, given, expected):
    members = typed(kind, value_set=[given, None])["value_set"]
    assert members == [expected, None]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (pa.date32(), "soon"),
        (pa.date32(), 5),
        (pa.timestamp("us", "UTC"), "2013-01-05"),
        (pa.timestamp("us"), "2013-01-05T00:00Z"),
        (pa.decimal128(9, 2), "x"),
    ],
    ids=str,
)
def test_members_that_cannot_be_of_the_type_are_refused(kind, value):
    with pytest.raises(BadInput, match="cannot be held against"):
        typed(kind, value_set=[value])


@pytest.mark.parametrize(
    ("values", "kind", "exact"),
    [
        (["1.10", None, "2.00"], pa.decimal128(38, 2), True),
        (["123456789012345678.91"], pa.decimal128(38, 2), False),
        ([2**62, 2**62], pa.int64(), False),
        ([2**62, None], pa.int64(), True),
        ([2**63, 2**63 - 1], pa.uint64(), True),
        ([2**63, 2**63], pa.uint64(), False),
        ([], pa.int64(), True),
        ([0.1], pa.float64(), True),
    ],
)
def test_only_sums_that_lose_nothing_are_summable(values, kind, exact):
    if pa.types.is_decimal(kind):
        values = [None if v is None else Decimal(v) for v in values]
    assert summable(pa.chunked_array([pa.array(values, kind)])) is exact
