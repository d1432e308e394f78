"""Normalised text, canonical JSON, and numbers read exactly."""

from decimal import Decimal

import pytest

from reconcile.comparison.numbers import close, lists_close, rounded
from reconcile.comparison.text import canonical_json, normalized
from reconcile.model.rules import Normalization


@pytest.mark.parametrize(
    ("text", "steps", "expected"),
    [
        ("\u3000 a\xa0", [Normalization.TRIM], "a"),
        ("\u200ba", [Normalization.TRIM], "\u200ba"),
        ("\x1ca", [Normalization.TRIM], "\x1ca"),
        ("a  b \t c", [Normalization.COLLAPSE_SPACES], "a b \t c"),
        ("Straße", [Normalization.CASEFOLD], "strasse"),
        ("e\u0301", [Normalization.NFC], "é"),
        ("ﬁ", [Normalization.NFKC], "fi"),
        ("  ", [Normalization.TRIM, Normalization.EMPTY_AS_NULL], None),
        ("  ", [Normalization.EMPTY_AS_NULL, Normalization.TRIM], ""),
    ],
)
def test_steps_apply_in_order(text, steps, expected):
    assert normalized(text, steps) == expected


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ('{"a": 1, "b": 2}', '{"b":2.0,"a":1e0}', True),
        ("[1, 2]", "[2, 1]", False),
        ("1.10", "1.1", True),
        ("-0", "0", True),
        ("9007199254740993", "9007199254740992", False),
        ("1e400", "1e401", False),
        ("null", '"null"', False),
        ("{", "{ ", False),
        ("NaN", "NaN", True),
        ('{"a":1,"a":2}', '{"a":2}', False),
        ("", "null", False),
    ],
)
def test_json_compares_as_documents_and_else_as_text(left, right, same):
    assert (canonical_json(left) == canonical_json(right)) is same


@pytest.mark.parametrize(
    ("text", "precision", "scale", "expected"),
    [
        ("2.5", 38, 0, "2"),
        ("3.5", 38, 0, "4"),
        ("1.005", 18, 2, "1.00"),
        (" 12 ", 5, 0, "12"),
        ("-0.4", 5, 0, "0"),
        ("1e3", 5, 0, "1000"),
        ("100", 2, 0, None),
        ("1_000", 9, 0, None),
        ("0x10", 9, 0, None),
        ("nan", 9, 0, None),
        ("", 9, 0, None),
    ],
)
def test_text_rounds_half_to_even(text, precision, scale, expected):
    assert rounded(text, precision, scale) == expected


def test_closeness_is_exact_and_symmetric():
    assert close("100.00", "100.01", Decimal("0.01"), Decimal(0))
    assert not close("100.00", "100.0100000001", Decimal("0.01"), Decimal(0))
    assert close("100", "110", Decimal(0), Decimal("0.095")) == close(
        "110", "100", Decimal(0), Decimal("0.095")
    )
    assert not close("~inf", "~1e308", Decimal("1e309"), Decimal(0))


def test_lists_are_close_element_by_element():
    assert lists_close("[1.0,null]", "[1.05,null]", Decimal("0.1"), Decimal(0), floats=True)
    assert not lists_close("[1.0]", "[1.0,1.0]", Decimal(1), Decimal(0), floats=True)
    assert not lists_close("[null]", "[1.0]", Decimal(9), Decimal(0), floats=True)
