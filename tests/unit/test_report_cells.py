from typing import Any

import pytest

from reconcile.model.discrepancy import Kind, Side
from reconcile.report.cells import Cell, Pair, example_row
from reconcile.report.content import Example

from .report_samples import lone, mismatch


def only_pair(source: Any, target: Any) -> tuple[Cell, Cell]:
    (pair,) = example_row(mismatch(dest=(source, target)), ("flight_date", "flight")).differing
    assert pair.source is not None
    assert pair.target is not None
    return pair.source, pair.target


@pytest.mark.parametrize(
    ("source", "target", "marked"),
    [
        pytest.param("N14228", "N14288", ("2", "8"), id="the digit that differs"),
        pytest.param("IAH", "IAH ", ("", "␣"), id="a trailing space"),
        pytest.param("aaa", "aa", ("a", ""), id="repeated letters are not counted twice"),
        pytest.param("11.0", None, ("11.0", "NULL"), id="a value against NULL"),
        pytest.param("", None, ("empty text", "NULL"), id="empty text against NULL"),
        pytest.param("NULL", None, ('"NULL"', "NULL"), id="the text NULL against NULL"),
        pytest.param("\u00e9", "e\u0301", ("⟨U+00E9⟩", "e⟨U+0301⟩"), id="look-alikes spelt out"),
        pytest.param("KM", "\u212aM", ("K", "⟨U+212A⟩"), id="compatibility look-alikes"),
    ],
)
def test_what_differs_is_marked(source: Any, target: Any, marked: tuple[str, str]) -> None:
    one, other = only_pair(source, target)
    assert (one.marked, other.marked) == marked


def test_null_empty_and_absent_are_told_apart() -> None:
    one, other = only_pair(None, "")
    assert (one.style, other.style) == ("null", "empty")
    example = Example(Kind.VALUE_MISMATCH, Side.BOTH, "{}", ("dest",), '{"dest": 1}', "{}")
    (pair,) = example_row(example, ()).differing
    assert pair.target == Cell("no such column", style="absent")


def test_a_difference_far_inside_a_long_value_is_in_what_is_shown() -> None:
    one, other = only_pair("a" * 5000 + "X" + "a" * 5000, "a" * 5000 + "Y" + "a" * 5000)
    assert (one.marked, other.marked) == ("X", "Y")
    assert len(one.text) < 200
    assert one.note == "10,001 characters, marked from 5,001"


def test_every_digit_of_a_number_is_kept() -> None:
    text = '{"a": 1.10, "b": 12345678901234567890, "c": [0.10, {"d": 1e400}], "e": NaN}'
    example = Example(Kind.MISSING_IN_TARGET, Side.SOURCE, '["x"]', (), text, None)
    shown = {p.column: p.source.text for p in example_row(example, ("k",)).others if p.source}
    assert shown == {
        "a": "1.10",
        "b": "12345678901234567890",
        "c": '[0.10, {"d": 1e400}]',
        "e": "NaN",
    }


def test_the_key_stands_apart_from_the_other_columns() -> None:
    row = example_row(lone(Kind.MISSING_IN_TARGET, Side.SOURCE, dest="IAH"), ())
    assert row.key_text == "flight_date 2013-01-05, flight 1545"
    assert row.others == (Pair("dest", Cell("", "", "IAH"), None),)


@pytest.mark.parametrize("key", ["not json", '["one of two"]', "3"])
def test_a_key_of_another_shape_is_shown_as_it_is(key: str) -> None:
    example = Example(Kind.MISSING_IN_TARGET, Side.SOURCE, key, (), "cut off {", None)
    row = example_row(example, ("flight_date", "flight"))
    assert row.key_text == key
    assert [pair.source.text for pair in row.others if pair.source] == ["cut off {"]


@pytest.mark.parametrize("depth", [500, 100_000])
def test_deep_nesting_does_not_stop_the_report(depth: int) -> None:
    text = '{"a": ' + "[" * depth + "]" * depth + "}"
    example = Example(Kind.MISSING_IN_TARGET, Side.SOURCE, "[1]", (), text, None)
    (pair,) = example_row(example, ("k",)).others
    assert pair.source is not None
    assert len(pair.source.text) < 200
