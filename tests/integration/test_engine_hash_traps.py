"""Values that the engine's own hash() takes for one another, and that must not match here."""

from decimal import Decimal
from uuid import UUID

import pyarrow as pa
import pytest

import reconcile

_STRUCT = pa.struct([("a", pa.int32())])
_WIDE = pa.decimal128(38, 2)


@pytest.mark.parametrize(
    ("arrow", "source", "target"),
    [
        pytest.param(_WIDE, Decimal("0.00"), Decimal("-0.01"), id="decimal 0.00 and -0.01"),
        pytest.param(pa.decimal128(38, 0), Decimal(0), Decimal(2**64 + 1), id="0 and 2^64+1"),
        pytest.param(pa.decimal128(38, 30), Decimal("0"), Decimal("-1e-30"), id="scale 30"),
        pytest.param(_STRUCT, None, {"a": None}, id="no struct and a struct of NULL"),
        pytest.param(pa.list_(pa.int64()), [], None, id="an empty list and no list"),
        pytest.param(pa.list_(pa.int64()), [], [None], id="an empty list and a list of NULL"),
        pytest.param(
            pa.list_(pa.list_(pa.int64())), [[1], []], [[1], None], id="nested empty and NULL"
        ),
        pytest.param(
            pa.uuid(),
            UUID(int=(7 << 64) | 9).bytes,
            UUID(int=((9 ^ (1 << 63)) << 64) | (7 ^ (1 << 63))).bytes,
            id="uuids with halves exchanged",
        ),
        pytest.param(pa.string(), "", None, id="empty text and NULL"),
    ],
)
def test_values_with_one_hash_are_two_values(arrow, source, target):
    def side(value: object) -> pa.Table:
        return pa.table({"id": [1], "value": pa.array([value], arrow)})

    answer = reconcile.compare(side(source), side(target), ["id"], threads=1)
    assert answer.counts.value_mismatch == 1
    assert reconcile.compare(side(source), side(source), ["id"], threads=1).counts.matched == 1


def test_hugeint_zero_is_not_minus_one():
    source = pa.table({"id": [1], "value": pa.array([0], pa.uint64())})
    target = pa.table({"id": [1], "value": pa.array([-1], pa.int64())})
    assert reconcile.compare(source, target, ["id"], threads=1).counts.value_mismatch == 1


def test_a_thousand_rows_under_one_key_on_each_side_are_two_thousand_rows_of_work():
    rows = 30_000
    source = pa.table({"id": [7] * rows, "value": list(range(rows))})
    target = pa.table({"id": [7] * rows, "value": list(range(rows - 1, -1, -1))})
    answer = reconcile.compare(source, target, ["id"], threads=1, memory="2GB")
    assert (answer.counts.matched, answer.counts.repeated_keys) == (rows, 1)
