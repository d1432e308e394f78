"""The types a column can be cast to, by name."""

from __future__ import annotations

import re

from reconcile.errors import BadInput
from reconcile.history.calendar import zone

_PLAIN = frozenset(
    ["string", "bool", "float32", "float64", "date", "time"]
    + [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]
)
_DECIMAL = re.compile(r"decimal\(\s*([0-9]{1,2})\s*,\s*([0-9]{1,2})\s*\)", re.ASCII)
_TIMESTAMP = re.compile(r"timestamp\[\s*(s|ms|us|ns)\s*(?:,\s*([^\]\s]+)\s*)?\]")
EXAMPLES = (
    "string, bool, int8 to int64, uint8 to uint64, float32, float64, decimal(18,2), date, time, "
    "timestamp[us] or timestamp[us, UTC]"
)


def cast_name(text: str) -> str:
    """A type's name, spelt in the one way that the comparison knows: `timestamp[us, UTC]`.

    Raises:
        BadInput: There is no such type.
    """
    if text in _PLAIN:
        return text
    if found := _DECIMAL.fullmatch(text):
        precision, scale = int(found.group(1)), int(found.group(2))
        if 1 <= precision <= 38 and scale <= precision:
            return f"decimal({precision},{scale})"
        raise BadInput(
            "no such decimal",
            found=repr(text),
            expected="decimal(p,s) with p from 1 to 38 and s from 0 to p",
        )
    if found := _TIMESTAMP.fullmatch(text):
        unit, timezone = found.groups()
        if timezone is None:
            return f"timestamp[{unit}]"
        zone(timezone)
        return f"timestamp[{unit}, {timezone}]"
    if text.startswith("decimal(") and not text.endswith(")"):
        quoted = '"decimal(18,2)" in quotes: inside { } a comma ends a value'
        raise BadInput("half a type", found=repr(text), expected=quoted)
    raise BadInput("unknown type", found=repr(text), expected=EXAMPLES)
