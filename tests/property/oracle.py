"""The oracle: what a comparison must answer, in plain Python, slow and obvious.

It follows `semantics.md` to the letter and shares no code with the engine, so that the two can
argue. It reads whole tables into dictionaries and counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from reconcile.errors import BadInput
from reconcile.model.discrepancy import Kind, Side
from reconcile.model.result import Counts, SchemaFinding, Verdict
from reconcile.model.rules import CompareRules, FindingKind, Severity
from tests.property.oracle_files import File, Rows, renamed, united
from tests.property.oracle_rules import Column, check_names, check_rule, is_uncastable
from tests.property.oracle_types import comparable, type_changed
from tests.property.oracle_values import Nothing, equal

Key = tuple[Any, ...]
Row = tuple[Any, ...]


@dataclass(frozen=True)
class ColumnVerdict:
    """One column that both sides have and that is not part of the key."""

    compared: bool
    mismatched: int


@dataclass(frozen=True)
class Answer:
    """What the engine must say. `discrepancies` is a multiset of (kind, side, canonical key)."""

    counts: Counts
    columns: Mapping[str, ColumnVerdict]
    schema: frozenset[SchemaFinding]
    verdict: Verdict
    discrepancies: Counter[tuple[Kind, Side, Key]]


@dataclass
class _Tally:
    """What was found so far, key by key."""

    matched: int = 0
    repeated_keys: int = 0
    mismatched: Counter[str] = field(default_factory=Counter)
    discrepancies: Counter[tuple[Kind, Side, Key]] = field(default_factory=Counter)

    def add(self, kind: Kind, side: Side, key: Key, times: int = 1) -> None:
        if times:
            self.discrepancies[kind, side, key] += times

    def total(self, kind: Kind, side: Side) -> int:
        return sum(n for (k, s, _), n in self.discrepancies.items() if (k, s) == (kind, side))


def compare(source: Sequence[File], target: Sequence[File], rules: CompareRules) -> Answer:
    """Compares two sides.

    Raises:
        BadInput: The files or the rules make no sense.
    """
    ours = united(source)
    theirs = renamed(united(target), rules.rename, set(ours.types))
    check_names(rules, set(ours.types), set(theirs.types))
    shared = _shared_columns(ours, theirs, rules)
    keys = [shared[name] for name in rules.match_key]
    values = [column for name, column in shared.items() if name not in rules.match_key]
    for column in shared.values():
        check_rule(column, is_key=column in keys)
    for column in keys:
        _need_comparable_key(column)
    compared = [column for column in values if _is_comparable(column)]

    source_rows = _by_key(ours, keys, compared, of_target=False)
    target_rows = _by_key(theirs, keys, compared, of_target=True)
    tally = _Tally()
    for key in {**source_rows, **target_rows}:
        _judge_key(key, source_rows.get(key, []), target_rows.get(key, []), compared, tally)

    counts = _counts(tally, source_rows, target_rows)
    findings = _findings(ours, theirs, shared, rules)
    return Answer(
        counts=counts,
        columns={c.name: ColumnVerdict(c in compared, tally.mismatched[c.name]) for c in values},
        schema=findings,
        verdict=_verdict(counts, findings, rules),
        discrepancies=tally.discrepancies,
    )


def _shared_columns(ours: Rows, theirs: Rows, rules: CompareRules) -> dict[str, Column]:
    return {
        name: Column(name, type_, theirs.types[name], rules.rule(name), rules.assume_timezone)
        for name, type_ in ours.types.items()
        if name in theirs.types and name not in rules.exclude
    }


def _is_comparable(column: Column) -> bool:
    return comparable(*column.compared_as, zone=column.zone)


def _need_comparable_key(column: Column) -> None:
    if not _is_comparable(column):
        raise BadInput(
            f"the sides' types of key column {column.name!r} have no common meaning",
            found=f"{column.source} and {column.target}",
            expected="comparable types, or a `cast` rule",
        )


def _by_key(
    side: Rows, keys: list[Column], compared: list[Column], *, of_target: bool
) -> dict[Key, list[Row]]:
    """The comparison forms of a side's rows, by key.

    Raises:
        BadInput: A key value cannot be cast.
    """
    rows: dict[Key, list[Row]] = {}
    for row in side.rows:
        key = tuple(c.comparison_form(row[c.name], of_target=of_target) for c in keys)
        for column, form in zip(keys, key, strict=True):
            uncastable = is_uncastable(form) or isinstance(form, Nothing)
            if column.rule.cast is not None and uncastable:
                raise BadInput(f"a value of key column {column.name!r} cannot be cast")
        values = tuple(c.comparison_form(row[c.name], of_target=of_target) for c in compared)
        rows.setdefault(key, []).append(values)
    return rows


def _judge_key(
    key: Key, source: list[Row], target: list[Row], compared: list[Column], tally: _Tally
) -> None:
    """Section 3, and the plain case of one row on each side."""
    tally.repeated_keys += len(source) > 1 or len(target) > 1
    if not target:
        tally.add(Kind.MISSING_IN_TARGET, Side.SOURCE, key, len(source))
        return
    if not source:
        tally.add(Kind.MISSING_IN_SOURCE, Side.TARGET, key, len(target))
        return
    if len(source) > 1 or len(target) > 1:
        left, right = Counter(source), Counter(target)
        cancelled = left & right
        tally.matched += cancelled.total()
        source = list((left - cancelled).elements())
        target = list((right - cancelled).elements())
    if len(source) == len(target) == 1:
        _judge_pair(key, source[0], target[0], compared, tally)
        return
    tally.add(Kind.DUPLICATE_KEY, Side.SOURCE, key, len(source))
    tally.add(Kind.DUPLICATE_KEY, Side.TARGET, key, len(target))


def _judge_pair(key: Key, source: Row, target: Row, compared: list[Column], tally: _Tally) -> None:
    unequal = [
        column.name
        for column, s, t in zip(compared, source, target, strict=True)
        if not equal(s, t, column.rule)
    ]
    if not unequal:
        tally.matched += 1
        return
    tally.mismatched.update(unequal)
    tally.add(Kind.VALUE_MISMATCH, Side.BOTH, key)


def _counts(
    tally: _Tally, source: Mapping[Key, list[Row]], target: Mapping[Key, list[Row]]
) -> Counts:
    counts = Counts(
        source_rows=sum(len(rows) for rows in source.values()),
        target_rows=sum(len(rows) for rows in target.values()),
        matched=tally.matched,
        value_mismatch=tally.total(Kind.VALUE_MISMATCH, Side.BOTH),
        missing_in_target=tally.total(Kind.MISSING_IN_TARGET, Side.SOURCE),
        missing_in_source=tally.total(Kind.MISSING_IN_SOURCE, Side.TARGET),
        duplicate_key_source=tally.total(Kind.DUPLICATE_KEY, Side.SOURCE),
        duplicate_key_target=tally.total(Kind.DUPLICATE_KEY, Side.TARGET),
        null_key_rows_source=_null_key_rows(source),
        null_key_rows_target=_null_key_rows(target),
        repeated_keys=tally.repeated_keys,
    )
    assert counts.balanced, "the oracle's own accounts do not balance"
    return counts


def _null_key_rows(rows: Mapping[Key, list[Row]]) -> int:
    return sum(len(of_key) for key, of_key in rows.items() if None in key)


def _findings(
    ours: Rows, theirs: Rows, shared: Mapping[str, Column], rules: CompareRules
) -> frozenset[SchemaFinding]:
    found: list[tuple[FindingKind, str, str | None, str | None]] = []
    for name, type_ in ours.types.items():
        if name not in theirs.types and name not in rules.exclude:
            found.append((FindingKind.MISSING_IN_TARGET, name, str(type_), None))
    for name, type_ in theirs.types.items():
        if name not in ours.types and name not in rules.exclude:
            found.append((FindingKind.MISSING_IN_SOURCE, name, None, str(type_)))
    for name, column in shared.items():
        types = str(column.source), str(column.target)
        if not _is_comparable(column):
            found.append((FindingKind.NOT_COMPARABLE, name, *types))
        elif type_changed(column.source, column.target):
            found.append((FindingKind.TYPE_CHANGED, name, *types))
    return frozenset(
        SchemaFinding(kind, name, source, target, rules.severities[kind])
        for kind, name, source, target in found
    )


def _verdict(counts: Counts, findings: frozenset[SchemaFinding], rules: CompareRules) -> Verdict:
    if any(finding.severity is Severity.FAIL for finding in findings):
        return Verdict.BREACHED
    if counts.discrepancies == 0:
        return Verdict.MATCHED
    if (counts.source_rows == 0) != (counts.target_rows == 0):
        return Verdict.BREACHED
    within = all(_within_threshold(counts, kind, rules) for kind in Kind)
    return Verdict.WITHIN_THRESHOLD if within else Verdict.BREACHED


def _within_threshold(counts: Counts, kind: Kind, rules: CompareRules) -> bool:
    found = counts.of(kind)
    threshold = rules.thresholds.get(kind)
    if found == 0 or threshold is None:
        return found == 0
    if threshold.rows is not None and found > threshold.rows:
        return False
    return threshold.share is None or Fraction(found, counts.larger_side) <= Fraction(
        threshold.share
    )
