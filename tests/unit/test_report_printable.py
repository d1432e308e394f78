import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.report.printable import (
    columns_wide,
    fitted,
    shortened,
    spelt_out_characters,
    visible,
    wrapped,
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("a\nb\x1b[31m", "a⟨U+000A⟩b⟨U+001B⟩[31m", id="controls"),
        pytest.param("invoice\u202egnp.exe", "invoice⟨U+202E⟩gnp.exe", id="right-to-left override"),
        pytest.param("a\u200bb\ufeff", "a⟨U+200B⟩b⟨U+FEFF⟩", id="zero width"),
        pytest.param("a\u00a0b", "a⟨U+00A0⟩b", id="no-break space"),
        pytest.param(" IAH  ", "␣IAH␣␣", id="spaces at the ends"),
        pytest.param("   ", "␣␣␣", id="nothing but spaces"),
        pytest.param("\ud800", "⟨U+D800⟩", id="lone surrogate"),
        pytest.param("São Paulo ✈ 東京", "São Paulo ✈ 東京", id="what can be seen stays"),
    ],
)
def test_what_cannot_be_seen_is_spelt_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text())
def test_visible_text_can_be_encoded_and_holds_nothing_hidden(text: str) -> None:
    shown = visible(text)
    shown.encode()
    assert all(c == " " or unicodedata.category(c)[0] not in "CZ" for c in shown)


@given(st.text(), st.text())
def test_different_texts_stay_different_when_spelt_out(one: str, other: str) -> None:
    assert (spelt_out_characters(one) == spelt_out_characters(other)) == (one == other)


def test_a_shortened_text_says_its_length() -> None:
    assert shortened("x" * 2000, limit=3) == "xxx… (2,000 characters)"
    assert shortened("xxx", limit=3) == "xxx"


@given(st.text(alphabet="ab 東e\u0301"), st.integers(2, 20))
def test_lines_never_exceed_their_width_and_lose_nothing(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert all(columns_wide(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert columns_wide(fitted(text, width)) <= width
