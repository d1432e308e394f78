"""Results as plain values, ready for `json.dumps`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from reconcile.report.json_document import instant_of


def plain(value: Any) -> Any:
    """A value made of dataclasses, mappings and sequences, as JSON has it.

    Instants are ISO 8601 in UTC, spans of time are seconds, enumerations their values.
    """
    match value:
        case None | bool() | int() | float():
            return value
        case Enum():
            return plain(value.value)
        case str():
            return value
        case datetime():
            return instant_of(value)
        case timedelta():
            return value.total_seconds()
        case Mapping():
            return {str(plain(key)): plain(one) for key, one in value.items()}
        case Set():
            return [plain(one) for one in sorted(value)]
        case Sequence():
            return [plain(one) for one in value]
    if is_dataclass(value):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    return str(value)
