"""What a caller hands over in memory: compared as it is, and left as it was."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from reconcile.model.rules import ColumnRule, CompareRules, Normalization
from tests.property.agreement import engine_answer

RULES = CompareRules(
    match_key=("Id",), columns={"Name": ColumnRule(normalize=(Normalization.CASEFOLD,))}
)


def test_the_callers_frame_is_not_changed() -> None:
    source = pd.DataFrame({"Id": [2, 1], "Name": ["A", "b"]}, index=[7, 5])
    target = pd.DataFrame({"Name": ["B", "x"], "Id": [1, 2]})
    before = source.copy(deep=True), target.copy(deep=True)
    answer = engine_answer(source, target, RULES)
    assert (answer.counts.matched, answer.counts.value_mismatch) == (1, 1)
    pd.testing.assert_frame_equal(source, before[0])
    pd.testing.assert_frame_equal(target, before[1])


def test_a_frame_and_a_table_are_two_ways_to_say_one_thing() -> None:
    frame = pd.DataFrame({"Id": [1, 2], "Name": ["a", "b"]})
    table = pa.table({"Id": pa.array([2, 1]), "Name": pa.array(["B", "A"])})
    assert engine_answer(frame, table, RULES).counts.matched == 2


def test_a_thousand_rows_under_one_key_are_two_thousand_rows_of_work() -> None:
    rows = 1000
    source = pa.table({"k": [1] * rows, "v": list(range(rows))})
    target = pa.table({"k": [1] * rows, "v": [rows - n for n in range(rows)]})
    counts = engine_answer(source, target, CompareRules(match_key=("k",))).counts
    assert (counts.matched, counts.value_mismatch, counts.repeated_keys) == (rows - 1, 1, 1)
