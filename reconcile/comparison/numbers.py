"""Numbers from text, exactly: rounding for casts, closeness for tolerances."""

from __future__ import annotations

import json
import re
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from fractions import Fraction

_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?\s*", re.ASCII)
_WIDE = Context(prec=12_000, rounding=ROUND_HALF_EVEN)

FLOAT_MARK = "~"
"""Begins a number spelt as the shortest text of a float64, not as its exact decimal value."""


def rounded(text: str, precision: int, scale: int) -> str | None:
    """A number's text as `decimal(precision, scale)`, rounding half to even.

    None where the text is no number or has too many digits before the point.
    """
    if _NUMBER.fullmatch(text) is None:
        return None
    try:
        value = Decimal(text.strip()).quantize(Decimal(1).scaleb(-scale), context=_WIDE)
    except InvalidOperation:
        return None
    if abs(value) >= Decimal(10) ** (precision - scale):
        return None
    return format(value if value else abs(value), "f")


def exact(text: str) -> Fraction | None:
    """The exact value a canonical number text spells; None for NaN and the infinities."""
    floating = text.startswith(FLOAT_MARK)
    try:
        return Fraction(float(text[1:])) if floating else Fraction(Decimal(text))
    except (ValueError, OverflowError, InvalidOperation):
        return None


def close(source: str, target: str, absolute: Decimal, relative: Decimal) -> bool:
    """Whether two numbers are within a tolerance, computed exactly.

    `abs(s - t) <= max(absolute, relative * max(abs(s), abs(t)))`; never true of NaN or infinity.
    """
    left, right = exact(source), exact(target)
    if left is None or right is None:
        return False
    allowed = max(Fraction(absolute), Fraction(relative) * max(abs(left), abs(right)))
    return abs(left - right) <= allowed


def lists_close(
    source: str, target: str, absolute: Decimal, relative: Decimal, *, floats: bool
) -> bool:
    """Whether two lists of numbers, as canonical nested text, are close element by element."""

    def same(left: object, right: object) -> bool:
        if isinstance(left, list) and isinstance(right, list):
            return len(left) == len(right) and all(map(same, left, right))
        if isinstance(left, str) and isinstance(right, str):
            mark = FLOAT_MARK if floats else ""
            return left == right or close(mark + left, mark + right, absolute, relative)
        return left is None and right is None

    return same(_parsed(source), _parsed(target))


def _parsed(text: str) -> object:
    return json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
