from __future__ import annotations

import pytest

from reconcile.model.result import (
    ColumnResult,
    ComparisonResult,
    Counts,
    Proof,
    SchemaFinding,
    Verdict,
)
from reconcile.model.rules import FindingKind, Severity
from reconcile.quality.figures import FIXED_FIGURES, figure_problem, figures, share


def result(
    counts: Counts,
    *,
    columns: dict[str, ColumnResult] | None = None,
    schema: tuple[SchemaFinding, ...] = (),
) -> ComparisonResult:
    return ComparisonResult(
        verdict=Verdict.BREACHED,
        counts=counts,
        columns=columns or {},
        schema=schema,
        proof=Proof(by_row=counts.source_rows + counts.target_rows),
        engine="duckdb",
        strategy="join",
        seconds=0.1,
    )


COUNTS = Counts(
    source_rows=100,
    target_rows=80,
    matched=70,
    value_mismatch=5,
    missing_in_target=22,
    missing_in_source=1,
    duplicate_key_source=3,
    duplicate_key_target=4,
    repeated_keys=None,
)


def test_shares_are_of_the_larger_side():
    row = figures(result(COUNTS), window="2013-01-05")
    assert row["matched_share"] == 0.7
    assert row["value_mismatch_share"] == 0.05
    assert row["missing_in_target_share"] == 0.22
    assert row["missing_in_source_share"] == 0.01
    assert (row["duplicate_key"], row["duplicate_key_share"]) == (7, 0.07)
    assert row["discrepancies"] == 35
    assert (row["window"], row["verdict"]) == ("2013-01-05", "breached")


def test_what_is_not_knowable_is_none_and_nothing_else_is():
    columns = {"a": ColumnResult(True, 5, "exact"), "b": ColumnResult(False, 0, "exact")}
    row = figures(result(COUNTS, columns=columns), window="w")
    missing = {name for name, value in row.items() if value is None}
    assert missing == {"repeated_keys", "mismatched__b", "mismatched_share__b"}
    assert (row["mismatched__a"], row["mismatched_share__a"]) == (5, 0.05)


def test_nothing_against_nothing_is_wholly_matched():
    row = figures(result(Counts()), window="w")
    assert row["matched_share"] == 1.0
    assert row["value_mismatch_share"] == 0.0


def test_nothing_against_something_matches_nothing():
    row = figures(result(Counts(target_rows=3, missing_in_source=3)), window="w")
    assert (row["matched_share"], row["missing_in_source_share"]) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("part", "whole", "is_one"),
    [(10**18 - 1, 10**18, False), (10**18 + 1, 10**18, False), (10**18, 10**18, True)],
)
def test_a_share_is_one_only_when_it_is(part, whole, is_one):
    assert (share(part, whole) == 1.0) is is_one
    assert (share(part, whole) < 1.0) is (part < whole)


def test_one_row_in_a_quintillion_is_not_nothing():
    assert share(1, 10**18) > 0


def test_ignored_schema_findings_are_not_counted():
    kind = FindingKind.TYPE_CHANGED
    schema = tuple(SchemaFinding(kind, "a", "int32", "int64", s) for s in Severity)
    row = figures(result(COUNTS, schema=schema), window="w")
    assert (row["schema_findings"], row["failing_schema_findings"]) == (2, 1)


def test_no_column_name_collides_with_another_figure():
    names = ["share__a", "_share__a", "a", "mismatched__a", "", "window", "matched_share", "__a"]
    columns = {name: ColumnResult(True, 0, "exact") for name in names}
    row = figures(result(COUNTS, columns=columns), window="w")
    assert len(row) == len(FIXED_FIGURES) + 2 * len(names)


def test_every_figure_of_a_row_is_a_known_figure():
    columns = {"a": ColumnResult(True, 0, "exact")}
    row = figures(result(COUNTS, columns=columns), window="w")
    assert set(FIXED_FIGURES) < row.keys()
    assert [name for name in row if figure_problem(name, columns=frozenset({"a"}))] == []


@pytest.mark.parametrize("name", ["matched_shares", "mismatched__b", "mismatched_share__b", ""])
def test_an_unknown_figure_is_a_problem(name):
    assert figure_problem(name, columns=frozenset({"a"}))
