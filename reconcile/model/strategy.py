"""How equality is proven."""

from __future__ import annotations

from enum import StrEnum

from reconcile.errors import BadInput

ENGINES = ("duckdb",)


class Strategy(StrEnum):
    """What a comparison tries before it reads rows, and how it reads them; the answer is one."""

    AUTO = "auto"
    """The cheapest proof that holds: checksums, then fingerprints, then the rows."""
    CHECKSUM = "checksum"
    """Objects with the same bytes are not read; the rows of the others are joined."""
    FINGERPRINT = "fingerprint"
    """Folders whose rows have a known fingerprint are not read; of the others a sketch is made."""
    SKETCH = "sketch"
    """All rows are read into a sketch, which tells those that differ."""
    JOIN = "join"
    """All rows are read and joined, which also tells how many keys repeat."""


def checked_strategy(name: str) -> Strategy:
    """The strategy of that name.

    Raises:
        BadInput: There is no such strategy.
    """
    if name not in set(Strategy):
        raise BadInput(f"there is no strategy {name!r}", expected=", ".join(Strategy))
    return Strategy(name)


def check_engine(engine: str) -> None:
    """Refuses an engine that is not built.

    Raises:
        BadInput: It is not among `ENGINES`.
    """
    if engine not in ENGINES:
        raise BadInput(f"engine {engine!r} is not built yet", expected=" or ".join(ENGINES))
