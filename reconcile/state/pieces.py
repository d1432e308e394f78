"""Pieces: many values cut so that a statement's IN list takes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

_MOST = 2_000
"""Well below what either database takes as parameters of one statement."""


def pieces(values: Iterable[T]) -> Iterator[list[T]]:
    """The values in lists of at most 2,000, in their order."""
    rest = iter(values)
    while some := list(islice(rest, _MOST)):
        yield some
