"""The `compare:` block of a dataset, which is also what a rules file holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from reconcile.config.entry import Entry, Finding, refuse
from reconcile.config.values import (
    CastName,
    Count,
    Names,
    Nanoseconds,
    Number,
    Share,
    Text,
    ValueMap,
    Zone,
)
from reconcile.model.discrepancy import Kind
from reconcile.model.rules import (
    DEFAULT_SEVERITIES,
    ColumnRule,
    CompareRules,
    FindingKind,
    Normalization,
    Severity,
    Threshold,
)

MATCH_KEY = "the columns that say two rows are the same row, such as [id]"


class ColumnEntry(Entry):
    """How one column is compared."""

    absolute: Number | None = None
    relative: Number | None = None
    within: Nanoseconds | None = None
    normalize: list[Annotated[Normalization, Field(strict=False)]] = Field(default_factory=list)
    cast: CastName | None = None
    unordered: bool = False
    as_: Literal["json"] | None = Field(None, alias="as")
    map: ValueMap = Field(default_factory=dict)

    def findings(self) -> Iterator[Finding]:
        """Rules that exclude each other."""
        numeric = [word for word in ("absolute", "relative") if getattr(self, word) is not None]
        tolerances = [*numeric, *(["within"] if self.within is not None else [])]
        if numeric and self.within is not None:
            found = f"`within` together with {_ticked(numeric)}"
            yield Finding(("within",), found, "a tolerance for times or one for numbers, not both")
        if self.unordered and tolerances:
            found = f"`unordered` together with {_ticked(tolerances)}"
            yield Finding(("unordered",), found, "`unordered` or a tolerance, not both")

    def rule(self) -> ColumnRule:
        """The rule it says."""
        return ColumnRule(
            absolute=self.absolute,
            relative=self.relative,
            within=self.within,
            normalize=tuple(self.normalize),
            cast=self.cast,
            unordered=self.unordered,
            as_json=self.as_ is not None,
            map=dict(self.map),
        )


class ColumnsEntry(Entry):
    """Which columns are compared, under which names, and how."""

    exclude: list[Text] = Field(default_factory=list)
    rename: dict[Text, Text] = Field(default_factory=dict)
    rules: dict[Text, ColumnEntry] = Field(default_factory=dict)

    def findings(self) -> Iterator[Finding]:
        """Two target columns under one name."""
        for source, count in Counter(self.rename.values()).items():
            if count > 1:
                targets = [t for t, s in self.rename.items() if s == source]
                found = f"{_ticked(targets)} all renamed to {source!r}"
                yield Finding(("rename", targets[-1]), found, "another name for each column")


class ThresholdEntry(Entry):
    """A limit on one kind of discrepancy."""

    rows: Count | None = None
    share: Share | None = None

    def findings(self) -> Iterator[Finding]:
        """A limit that limits nothing."""
        if self.rows is None and self.share is None:
            yield Finding((), "no limit", "`rows`, `share` or both")


class ThresholdsEntry(Entry):
    """The limits, by kind of discrepancy."""

    value_mismatch: ThresholdEntry | None = None
    missing_in_target: ThresholdEntry | None = None
    missing_in_source: ThresholdEntry | None = None
    duplicate_key: ThresholdEntry | None = None

    def thresholds(self) -> dict[Kind, Threshold]:
        """Those that are given."""
        given = {kind: getattr(self, kind.value) for kind in Kind}
        return {k: Threshold(rows=t.rows, share=t.share) for k, t in given.items() if t is not None}


_SeverityWord = Annotated[Severity, Field(strict=False)]


class SchemaEntry(Entry):
    """What each kind of schema finding does to the verdict."""

    missing_in_target: _SeverityWord = DEFAULT_SEVERITIES[FindingKind.MISSING_IN_TARGET]
    missing_in_source: _SeverityWord = DEFAULT_SEVERITIES[FindingKind.MISSING_IN_SOURCE]
    type_changed: _SeverityWord = DEFAULT_SEVERITIES[FindingKind.TYPE_CHANGED]
    not_comparable: _SeverityWord = DEFAULT_SEVERITIES[FindingKind.NOT_COMPARABLE]

    def severities(self) -> dict[FindingKind, Severity]:
        """All four."""
        return {kind: getattr(self, kind.value) for kind in FindingKind}


class CompareEntry(Entry):
    """Everything that directs a comparison."""

    match_key: Names = Field(description=MATCH_KEY)
    columns: ColumnsEntry = ColumnsEntry()
    assume_timezone: Zone | None = None
    schema_: SchemaEntry = Field(SchemaEntry(), alias="schema")
    thresholds: ThresholdsEntry = ThresholdsEntry()

    @field_validator("match_key")
    @classmethod
    def _names_each_column_once(cls, match_key: list[str]) -> list[str]:
        first = {name: position for position, name in reversed(list(enumerate(match_key)))}
        refuse(
            Finding((position,), f"the column {name!r} again", "every column once")
            for position, name in enumerate(match_key)
            if first[name] < position
        )
        return match_key

    @field_validator("columns")
    @classmethod
    def _leaves_the_match_key_usable(
        cls, columns: ColumnsEntry, info: ValidationInfo
    ) -> ColumnsEntry:
        refuse(_on_match_key(columns, info.data.get("match_key", [])))
        return columns

    def rules(self) -> CompareRules:
        """The rules it says."""
        return CompareRules(
            match_key=tuple(self.match_key),
            exclude=tuple(self.columns.exclude),
            rename=dict(self.columns.rename),
            columns={name: entry.rule() for name, entry in self.columns.rules.items()},
            assume_timezone=self.assume_timezone,
            severities=self.schema_.severities(),
            thresholds=self.thresholds.thresholds(),
        )


def _on_match_key(columns: ColumnsEntry, match_key: list[str]) -> Iterator[Finding]:
    renamed_away = set(columns.rename) - set(columns.rename.values())
    excluded = {name: position for position, name in reversed(list(enumerate(columns.exclude)))}
    for name in match_key:
        if name in excluded:
            where = ("exclude", excluded[name])
            yield Finding(where, f"the match key column {name!r}", "columns outside the match key")
        if name in renamed_away:
            found = f"the match key column {name!r} renamed to {columns.rename[name]!r}"
            yield Finding(("rename", name), found, "a match key in the source's column names")
        if name in columns.rules and columns.rules[name].rule().has_tolerance:
            found = f"a tolerance on the match key column {name!r}"
            yield Finding(("rules", name), found, "keys that match exactly: normalize, cast or map")


def _ticked(words: list[str]) -> str:
    return " and ".join(f"`{word}`" for word in words)
