"""Sizes as people spell them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.errors import BadInput
from reconcile.model.size import size_of, size_text


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("2GB", 2 * 10**9),
        ("512 mb", 512 * 10**6),
        ("1.5GiB", 3 * 2**29),
        ("7B", 7),
        ("3kB", 3_000),
        ("1TiB", 2**40),
    ],
)
def test_a_size_is_read(text: str, size: int) -> None:
    assert size_of(text) == size


@pytest.mark.parametrize("text", ["", "2", "GB", "-1GB", "80%", "1 iB", "2GB more", "٣GB"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="the memory is not a size"):
        size_of(text, of="the memory")


@pytest.mark.parametrize(
    ("size", "text"),
    [(16 * 2**20, "16MiB"), (200 * 10**6, "200MB"), (1025, "1025B"), (0, "0B"), (2**50, "1024TiB")],
)
def test_a_size_is_spelt_short(size: int, text: str) -> None:
    assert size_text(size) == text


@given(st.integers(0, 2**60) | st.integers(0, 2**20).map(lambda n: n * 1000))
def test_a_size_that_is_spelt_is_read_again(size: int) -> None:
    assert size_of(size_text(size)) == size
