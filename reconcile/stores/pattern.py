"""Globs over object names: `*`, `?` and `[...]` within a part, `**` over parts."""

from __future__ import annotations

import re

from reconcile.errors import BadInput
from reconcile.model.location import is_pattern

_PIECES = re.compile(r"\*+|\?|\[!?\]?[^\]]*\]|.", re.DOTALL)


def fixed_folder(pattern: str) -> str:
    """The folder that a pattern's first plain parts name; empty when the first is a pattern."""
    plain = []
    for part in pattern.split("/")[:-1]:
        if is_pattern(part):
            break
        plain.append(part)
    return "/".join(plain)


def compiled(pattern: str) -> re.Pattern[str]:
    """What matches the names a pattern means.

    A name matches when it, or a folder above it, does: `flight_date=2013-01-*` means the objects
    in those folders.

    Raises:
        BadInput: A range in brackets runs backwards.
    """
    parts = pattern.split("/")
    text = ""
    for part in parts[:-1]:
        text += "(?:[^/]+/)*" if part == "**" else _part(part) + "/"
    text += ".+" if parts[-1] == "**" else _part(parts[-1])
    try:
        return re.compile(rf"(?:{text})(?:/.*)?\Z", re.DOTALL)
    except re.error as error:
        raise BadInput(f"{pattern!r} is no valid pattern", found=error.msg) from error


def _part(part: str) -> str:
    return "".join(_piece(piece) for piece in _PIECES.findall(part))


def _piece(piece: str) -> str:
    if piece.startswith("*"):
        return "[^/]*"
    if piece == "?":
        return "[^/]"
    if piece.startswith("[") and len(piece) > 1:
        body = piece[1:-1]
        negated = body.startswith("!")
        escaped = re.sub(r"([\\\[\]^&~|])", r"\\\1", body[negated:])
        return f"[^/{escaped}]" if negated else f"(?!/)[{escaped}]"
    return re.escape(piece)
