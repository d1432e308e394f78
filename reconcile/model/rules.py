"""The rules of one comparison, as a dataset's `compare:` block gives them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from reconcile.model.discrepancy import Kind


class Normalization(StrEnum):
    """One step of a column's `normalize` rule, applied in the order given."""

    TRIM = "trim"
    COLLAPSE_SPACES = "collapse_spaces"
    CASEFOLD = "casefold"
    NFC = "nfc"
    NFKC = "nfkc"
    EMPTY_AS_NULL = "empty_as_null"


class Severity(StrEnum):
    """What a schema finding does to the verdict."""

    FAIL = "fail"
    NOTE = "note"
    IGNORE = "ignore"


class FindingKind(StrEnum):
    """One disagreement about columns."""

    MISSING_IN_TARGET = "missing_in_target"
    MISSING_IN_SOURCE = "missing_in_source"
    TYPE_CHANGED = "type_changed"
    NOT_COMPARABLE = "not_comparable"


DEFAULT_SEVERITIES: Mapping[FindingKind, Severity] = MappingProxyType(
    {
        FindingKind.MISSING_IN_TARGET: Severity.FAIL,
        FindingKind.MISSING_IN_SOURCE: Severity.FAIL,
        FindingKind.TYPE_CHANGED: Severity.NOTE,
        FindingKind.NOT_COMPARABLE: Severity.FAIL,
    }
)


@dataclass(frozen=True)
class ColumnRule:
    """How one column is compared.

    Attributes:
        absolute: Allowed absolute difference of two numbers.
        relative: Allowed difference as a share of the larger magnitude.
        within: Allowed difference of two dates or times, in nanoseconds.
        normalize: Text steps, applied in order to both sides.
        cast: Name of the type both sides are compared as.
        unordered: Lists compare as bags.
        as_json: Text holding JSON compares as a document.
        map: Target value to source value, as spelt in the data.
    """

    absolute: Decimal | None = None
    relative: Decimal | None = None
    within: int | None = None
    normalize: tuple[Normalization, ...] = ()
    cast: str | None = None
    unordered: bool = False
    as_json: bool = False
    map: Mapping[str, str | None] = field(default_factory=dict)

    @property
    def has_tolerance(self) -> bool:
        """Whether unequal values may still be accepted."""
        return self.absolute is not None or self.relative is not None or self.within is not None

    def describe(self) -> str:
        """The rule in a few words, as reports show it; `exact` when there is none."""
        words = []
        if self.map:
            words.append(f"map {len(self.map)} values")
        if self.normalize:
            words.append("normalize " + ", ".join(self.normalize))
        if self.cast is not None:
            words.append(f"cast {self.cast}")
        if self.as_json:
            words.append("as json")
        if self.unordered:
            words.append("unordered")
        if self.absolute is not None:
            words.append(f"absolute {self.absolute}".lower())
        if self.relative is not None:
            words.append(f"relative {self.relative}".lower())
        if self.within is not None:
            words.append(f"within {duration_text(self.within)}")
        return ", ".join(words) or "exact"


DURATION_UNITS = (
    ("h", 3_600_000_000_000),
    ("min", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
)
"""Units that durations are spelt in, the largest first, in nanoseconds."""


def duration_text(nanoseconds: int) -> str:
    """A duration in the largest unit that holds it whole: `1s`, `500ms`, `2min`."""
    for unit, size in DURATION_UNITS:
        if nanoseconds and nanoseconds % size == 0:
            return f"{nanoseconds // size}{unit}"
    return "0s"


@dataclass(frozen=True)
class Threshold:
    """A limit on one kind of discrepancy; all that is given must hold, limits included.

    Attributes:
        rows: The most rows allowed.
        share: The largest share of the larger side's rows allowed, 0 to 1.
    """

    rows: int | None = None
    share: Decimal | None = None


@dataclass(frozen=True)
class CompareRules:
    """Everything that may relax or direct a comparison; the default relaxes nothing.

    All column names are the source's, after `rename` (target name to source name).
    """

    match_key: tuple[str, ...]
    exclude: tuple[str, ...] = ()
    rename: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, ColumnRule] = field(default_factory=dict)
    assume_timezone: str | None = None
    severities: Mapping[FindingKind, Severity] = field(default_factory=lambda: DEFAULT_SEVERITIES)
    thresholds: Mapping[Kind, Threshold] = field(default_factory=dict)

    def rule(self, column: str) -> ColumnRule:
        """The rule of a column; the exact one when none was given."""
        return self.columns.get(column, ColumnRule())
