"""Names and values as SQL text. Identifiers and prepared pieces only; data are parameters."""

from __future__ import annotations


def literal(text: str) -> str:
    """A text constant, quoted."""
    return "'" + text.replace("'", "''") + "'"
