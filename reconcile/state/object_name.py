"""Names of objects in the database: text that a person can read, and never another name."""

from __future__ import annotations

import re

from sqlalchemy import Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

# A disk's names may be no Unicode (lone surrogates here), and a cloud's may hold NUL.
_UNSTORABLE = re.compile("[\\\\\0\ud800-\udfff]")
_ESCAPE = re.compile(r"\\u([0-9a-f]{4})")


class ObjectName(TypeDecorator[str]):
    """Text, in which a backslash and what no database holds stand as `\\uXXXX`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """From a name to what the column holds."""
        if value is None:
            return None
        return _UNSTORABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """From what the column holds to the name."""
        if value is None:
            return None
        return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), value)
