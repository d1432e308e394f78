"""A size in bytes as people spell it: `2GB`, `512MiB`."""

from __future__ import annotations

import re
from decimal import Decimal

from reconcile.errors import BadInput

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:([KMGT])(I?))?B", re.IGNORECASE | re.ASCII)
_PREFIXES = " KMGT"


def size_of(text: str, *, of: str = "this") -> int:
    """The bytes that a size says, such as `2GB` or `512MiB`.

    Args:
        text: What somebody wrote.
        of: What it is the size of, as an error calls it.

    Raises:
        BadInput: It is none.
    """
    parts = _SIZE.fullmatch(text.strip())
    if parts is None:
        raise BadInput(f"{of} is not a size", found=repr(text), expected="2GB, 512MB …")
    number, prefix, binary = parts.groups()
    power = _PREFIXES.index((prefix or " ").upper())
    return int(Decimal(number) * (1024 if binary else 1000) ** power)


def size_text(size: int) -> str:
    """The shortest spelling that says so many bytes exactly: `16MiB`, `200MB`, `7B`."""
    for power in reversed(range(1, len(_PREFIXES))):
        for base, binary in ((1024, "i"), (1000, "")):
            number, rest = divmod(size, base**power)
            if number and not rest:
                return f"{number}{_PREFIXES[power]}{binary}B"
    return f"{size}B"
