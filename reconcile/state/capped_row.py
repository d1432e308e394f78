"""Rows as dead letters keep them: a very long value is told, not kept."""

from __future__ import annotations

import hashlib
import json
from typing import Any

MAX_VALUE_BYTES = 4096
_PREFIX_CHARACTERS = 256
_MAX_BYTES_OF_A_CHARACTER = 4


def capped_row(row: str | None) -> str | None:
    """The JSON row with each value over 4 KB as `{"prefix", "length", "sha256"}`.

    Length (in bytes) and SHA-256 are those of a text value itself, and of the JSON text of a
    list or object. A row that is no JSON object counts as one value.
    """
    if row is None or len(row) * _MAX_BYTES_OF_A_CHARACTER <= MAX_VALUE_BYTES:
        return row
    if len(row.encode()) <= MAX_VALUE_BYTES:
        return row
    try:
        members = json.loads(row)
    except ValueError:
        members = None
    if not isinstance(members, dict):
        return _json(_capped(row))
    return _json({name: _capped(value) for name, value in members.items()})


def _capped(value: Any) -> Any:
    text = value if isinstance(value, str) else _json(value)
    content = text.encode()
    if len(content) <= MAX_VALUE_BYTES:
        return value
    return {
        "prefix": text[:_PREFIX_CHARACTERS],
        "length": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
