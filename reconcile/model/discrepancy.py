"""A discrepancy: one disagreement about a row."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What is wrong with a row."""

    VALUE_MISMATCH = "value_mismatch"
    MISSING_IN_TARGET = "missing_in_target"
    MISSING_IN_SOURCE = "missing_in_source"
    DUPLICATE_KEY = "duplicate_key"


class Side(StrEnum):
    """Where a row or a file lies; the source is the reference."""

    SOURCE = "source"
    TARGET = "target"
    BOTH = "both"


class Kept(StrEnum):
    """Which discrepant rows a comparison keeps; it counts all of them in any case."""

    EVERY = "every"
    EXAMPLES = "examples"
    """The first of each kind, as many as a report shows: cheaper where many rows differ."""
    NONE = "none"
