"""Text: the `normalize` steps, and JSON documents in one canonical spelling."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from reconcile.model.rules import Normalization

WHITE_SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""The characters of Unicode's White_Space property."""

_STEPS: Mapping[Normalization, Callable[[str], str]] = {
    Normalization.TRIM: lambda text: text.strip(WHITE_SPACE),
    Normalization.COLLAPSE_SPACES: lambda text: re.sub(" +", " ", text),
    Normalization.CASEFOLD: str.casefold,
    Normalization.NFC: lambda text: unicodedata.normalize("NFC", text),
    Normalization.NFKC: lambda text: unicodedata.normalize("NFKC", text),
}


def normalized(text: str, steps: Sequence[Normalization]) -> str | None:
    """A text after the given steps, in order; None where `empty_as_null` made it NULL."""
    for step in steps:
        if step is Normalization.EMPTY_AS_NULL:
            if not text:
                return None
        else:
            text = _STEPS[step](text)
    return text


def canonical_json(text: str) -> str:
    """A JSON document in one spelling: keys sorted, numbers by value; else the text itself.

    Documents begin with `j`, texts that are none with `t`, so that the two never meet. Keys that
    an object repeats are kept, in their order.
    """
    try:
        document = json.loads(
            text,
            parse_float=Decimal,
            parse_int=Decimal,
            parse_constant=_refuse,
            object_pairs_hook=_Pairs,
        )
        return "j" + _spelled(document)
    except (ValueError, RecursionError, ArithmeticError):
        return "t" + text


class _Pairs(list[tuple[str, Any]]):
    """An object's members as they stand in the text."""


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def _spelled(value: Any) -> str:
    if isinstance(value, _Pairs):
        members = sorted(value, key=lambda member: member[0])
        return "{" + ",".join(f"{json.dumps(k)}:{_spelled(v)}" for k, v in members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_spelled, value)) + "]"
    if isinstance(value, Decimal):
        return _number(value)
    return json.dumps(value)


def _number(value: Decimal) -> str:
    """Digits and exponent without trailing zeros, so that huge exponents stay short."""
    sign, digits, exponent = value.as_tuple()
    kept = "".join(map(str, digits)).lstrip("0")
    if not kept:
        return "0"
    short = kept.rstrip("0")
    return f"{'-' if sign else ''}{short}e{int(exponent) + len(kept) - len(short)}"
