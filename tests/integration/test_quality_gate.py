"""The gate over real Great Expectations; one process pays its import, once."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reconcile.errors import BadConfiguration, BadInput
from reconcile.model.expectation import (
    Expectation,
    ExpectationSeverity,
    ExpectationSubject,
    Outcome,
)
from reconcile.quality.gate import KEY_COLUMN, MOST_KEYS, validate

pytestmark = pytest.mark.xdist_group("great_expectations")

RESULT, SOURCE, TARGET = ExpectationSubject
AT = datetime(2013, 1, 6, 5, tzinfo=UTC)
FIGURES = {"source_rows": 5, "matched_share": 0.98, "repeated_keys": None, "verdict": "matched"}


def expect(subject, name, *, identity="", **arguments) -> Expectation:
    identity = identity or f"{subject}:{name}:{sorted(arguments.items())}"
    critical = ExpectationSeverity.CRITICAL
    return Expectation(identity, subject, f"expect_{name}", arguments, critical)


def keyed(**columns) -> pa.Table:
    rows = len(next(iter(columns.values())))
    return pa.table({**columns, KEY_COLUMN: [f"[{n}]" for n in range(rows)]})


def run(*expectations, rows=None, folder=None):
    return validate(
        expectations=expectations,
        figures=FIGURES,
        rows=rows or {},
        run_name="run-1",
        at=AT,
        artifacts_folder=folder,
    )


def only(*expectations, rows=None):
    (result,) = run(*expectations, rows=rows).results
    return result


def test_each_outcome_in_the_order_of_the_expectations():
    rows = {SOURCE: keyed(tail=["N1", None, "N3"], amount=["a", "b", "c"])}
    results = run(
        expect(SOURCE, "column_max_to_be_between", column="amount", min_value=1),
        expect(RESULT, "column_values_to_be_between", column="matched_share", min_value=0.9),
        expect(SOURCE, "column_values_to_not_be_null", column="tail"),
        expect(RESULT, "column_values_to_be_between", column="repeated_keys", max_value=0),
        expect(TARGET, "column_values_to_not_be_null", column="tail"),
        expect(SOURCE, "column_values_to_not_be_null", column="gone"),
        expect(RESULT, "column_values_to_be_in_set", column="verdict", value_set=["breached"]),
        expect(SOURCE, "table_row_count_to_equal", value=3),
        expect(SOURCE, "column_to_exist", column="gone"),
        expect(SOURCE, "column_values_to_be_in_set", column="tail", value_set=["N1"], mostly=0.5),
        rows=rows,
    ).results
    assert [(r.outcome.value, r.unexpected_rows, r.failing_keys) for r in results] == [
        ("errored", None, ()),
        ("passed", None, ()),
        ("failed", 1, ("[1]",)),
        ("not_evaluated", None, ()),
        ("not_evaluated", None, ()),
        ("errored", None, ()),
        ("failed", None, ()),
        ("passed", None, ()),
        ("failed", None, ()),
        ("passed", 1, ()),
    ]
    assert "not supported between" in results[0].reason
    assert results[1].observed == "matched_share = 0.98"
    assert results[2].observed == "1 of 3 rows unexpected"
    assert results[3].reason == "repeated_keys is not known for this comparison"
    assert results[4].reason == "the rows of the target were not read"
    assert results[5].reason == "unknown column 'gone'"


def test_rows_that_break_the_same_contract_on_both_sides_fail_on_both_with_their_keys():
    contract = {"column": "seats", "min_value": 1}
    results = run(
        expect(SOURCE, "column_values_to_be_between", **contract),
        expect(TARGET, "column_values_to_be_between", **contract),
        rows={SOURCE: keyed(seats=[3, 0, None, -2]), TARGET: keyed(seats=[0, 4, 5, 6])},
    ).results
    assert [r.outcome for r in results] == [Outcome.FAILED, Outcome.FAILED]
    assert [r.failing_keys for r in results] == [("[1]", "[3]"), ("[0]",)]


def test_failing_keys_come_from_every_slice_and_are_capped_with_an_exact_total():
    rows = 120_000
    few = keyed(n=[-1 if n in (7, 60_000, 119_999) else n for n in range(rows)])
    many = keyed(n=[n % 2 for n in range(rows)])
    above = {"column": "n", "min_value": 0, "max_value": rows}
    first, second = run(
        expect(SOURCE, "column_values_to_be_between", **above),
        expect(TARGET, "column_values_to_be_unique", column="n"),
        rows={SOURCE: few, TARGET: many},
    ).results
    assert (first.unexpected_rows, first.failing_keys) == (3, ("[7]", "[60000]", "[119999]"))
    assert second.unexpected_rows == rows
    assert len(set(second.failing_keys)) == MOST_KEYS


def test_a_value_repeated_across_slices_is_found_on_both_ends():
    values = list(range(60_000))
    values[59_999] = 0
    found = only(
        expect(SOURCE, "column_values_to_be_unique", column="n"), rows={SOURCE: keyed(n=values)}
    )
    assert (found.unexpected_rows, found.failing_keys) == (2, ("[0]", "[59999]"))


def test_failing_rows_that_cannot_be_named_are_an_error_and_not_a_silent_loss(
    monkeypatch: pytest.MonkeyPatch,
):
    from reconcile.quality.session import Session

    monkeypatch.setattr(Session, "failing_keys", lambda *_, **__: ("[0]",))
    found = only(
        expect(SOURCE, "column_values_to_be_null", column="a"), rows={SOURCE: keyed(a=[1, 2])}
    )
    assert (found.outcome, found.unexpected_rows) == (Outcome.ERRORED, 2)
    assert "the slices gave 1 keys" in found.reason


def test_repeats_of_compound_keys_with_nulls_are_found_across_slices():
    rows = 50_001
    first = [n // 2 for n in range(rows - 1)] + [None]
    second = ["a" if n in (10, 11) else str(n) for n in range(rows - 1)] + [None]
    found = only(
        expect(SOURCE, "compound_columns_to_be_unique", column_list=["first", "second"]),
        rows={SOURCE: keyed(first=first, second=second)},
    )
    assert (found.unexpected_rows, found.failing_keys) == (2, ("[10]", "[11]"))


DAY, NOON = date(2013, 1, 5), datetime(2013, 1, 5, 12)  # noqa: DTZ001
COLUMNS = {
    "int": pa.array([1, 2, None, 2**53 + 1], pa.int64()),
    "unsigned": pa.array([1, 2, None, 2**64 - 1], pa.uint64()),
    "float": pa.array([0.1, float("nan"), None, 2.5], pa.float64()),
    "single": pa.array([0.1, 2.5, None, 3.0], pa.float32()),
    "decimal": pa.array([Decimal("1.10"), Decimal("2.00"), None, Decimal("3.33")]),
    "text": pa.array(["a", "", None, "é"]),
    "coded": pa.array(["a", "", None, "é"]).dictionary_encode(),
    "flag": pa.array([True, False, None, True]),
    "day": pa.array([DAY, date(2013, 1, 6), None, date(9999, 12, 31)]),
    "local": pa.array([NOON, datetime(1, 1, 1), None, datetime(9999, 12, 31)]),  # noqa: DTZ001
    "instant": pa.array(
        [NOON.replace(tzinfo=UTC), AT, None, datetime(9999, 12, 31, tzinfo=UTC)],
        pa.timestamp("us", "UTC"),
    ),
    "empty": pa.nulls(4),
}
BETWEEN, IN_SET, DISTINCT = (
    "column_values_to_be_between",
    "column_values_to_be_in_set",
    "column_distinct_values_to_be_in_set",
)
JUDGED = [
    ("int", BETWEEN, {"min_value": 2, "max_value": 2**53 + 2}, [0]),
    ("int", IN_SET, {"value_set": [1, 2]}, [3]),
    ("unsigned", BETWEEN, {"max_value": 2**63}, [3]),
    ("float", BETWEEN, {"min_value": 0.1, "max_value": 2}, [1, 3]),
    ("float", "column_values_to_not_be_null", {}, [2]),
    ("single", BETWEEN, {"max_value": 0.1}, [1, 3]),
    ("decimal", BETWEEN, {"min_value": 1.1, "max_value": "3.33"}, []),
    ("decimal", BETWEEN, {"min_value": 1.1, "strict_min": True}, [0]),
    ("decimal", IN_SET, {"value_set": [1.1, 2]}, [3]),
    ("decimal", DISTINCT, {"value_set": [1.1, "2.00", 3.33]}, True),
    ("decimal", "column_sum_to_be_between", {"min_value": "6.43", "max_value": 6.43}, True),
    ("decimal", "column_mean_to_be_between", {"min_value": 2.14, "max_value": 2.15}, True),
    ("decimal", "column_max_to_be_between", {"min_value": 3.33, "max_value": 3.33}, True),
    ("text", IN_SET, {"value_set": ["a", ""]}, [3]),
    ("text", "column_value_lengths_to_equal", {"value": 1}, [1]),
    ("text", "column_values_to_match_regex", {"regex": "^a"}, [1, 3]),
    ("coded", IN_SET, {"value_set": ["a", ""]}, [3]),
    ("coded", DISTINCT, {"value_set": ["a", "", "é"]}, True),
    ("flag", IN_SET, {"value_set": [True]}, [1]),
    ("day", BETWEEN, {"min_value": "2013-01-05", "max_value": "2013-01-06"}, [3]),
    ("day", IN_SET, {"value_set": ["2013-01-05", "9999-12-31"]}, [1]),
    ("day", DISTINCT, {"value_set": ["2013-01-05"]}, False),
    ("day", DISTINCT, {"value_set": ["2013-01-05", "2013-01-06", "9999-12-31"]}, True),
    ("local", BETWEEN, {"min_value": "2013-01-05"}, [1]),
    ("local", IN_SET, {"value_set": ["2013-01-05T12:00:00"]}, [1, 3]),
    ("instant", BETWEEN, {"max_value": "2013-01-06T00:00:00-05:00"}, [3]),
    ("instant", DISTINCT, {"value_set": ["2013-01-05T12:00Z"]}, False),
    ("empty", "column_values_to_be_null", {}, []),
    ("text", "column_values_to_be_unique", {}, []),
]


@pytest.fixture(scope="module")
def judged():
    expectations = [
        expect(SOURCE, name, identity=str(n), column=column, **arguments)
        for n, (column, name, arguments, _) in enumerate(JUDGED)
    ]
    return run(*expectations, rows={SOURCE: keyed(**COLUMNS)}).results


@pytest.mark.parametrize("case", range(len(JUDGED)), ids=lambda n: f"{JUDGED[n][0]} {JUDGED[n][1]}")
def test_arrow_values_are_judged_as_what_they_are(judged, case):
    expected, result = JUDGED[case][3], judged[case]
    assert result.reason == ""
    if isinstance(expected, bool):
        assert (result.outcome is Outcome.PASSED) is expected, result.observed
    else:
        assert result.failing_keys == tuple(f"[{n}]" for n in expected)
        assert (result.outcome is Outcome.PASSED) is (not expected)


@pytest.mark.parametrize(
    ("column", "name", "arguments", "reason"),
    [
        ("int", BETWEEN, {"max_value": 2**53 + 1}, "more digits"),
        ("unsigned", "column_sum_to_be_between", {"max_value": 9}, "without loss"),
        ("instant", BETWEEN, {"min_value": "2013-01-05"}, "cannot be held against"),
        ("int", BETWEEN, {"min_value": 1, "row_condition": "x"}, "'row_condition' is not supp"),
        ("int", BETWEEN, {"min_value": 1, "mostly": 7}, "'mostly'"),
        ("text", "column_values_to_match_like_pattern", {"like_pattern": "a%"}, "SQL database"),
    ],
)
def test_what_cannot_be_judged_exactly_is_errored_and_nothing_else_is(
    column, name, arguments, reason
):
    rows = keyed(**COLUMNS | {"unsigned": pa.array([2**63] * 4, pa.uint64())})
    refused, other = run(
        expect(SOURCE, name, column=column, **arguments),
        expect(SOURCE, "table_row_count_to_equal", value=4),
        rows={SOURCE: rows},
    ).results
    assert refused.outcome is Outcome.ERRORED
    assert reason in refused.reason
    assert other.outcome is Outcome.PASSED


def test_rows_are_read_from_a_file_and_only_the_columns_that_are_needed(tmp_path: Path):
    file = tmp_path / "day=5" / "rows.parquet"
    file.parent.mkdir()
    pq.write_table(keyed(a=[1, 2], b=[[1], [2]]), file)
    found = only(
        expect(SOURCE, "compound_columns_to_be_unique", column_list=["a", KEY_COLUMN]),
        rows={SOURCE: file},
    )
    assert found.outcome is Outcome.PASSED


def test_no_rows_break_no_row_expectation():
    empty = keyed(a=pa.array([], pa.int64()))
    found = only(expect(SOURCE, "column_values_to_not_be_null", column="a"), rows={SOURCE: empty})
    assert (found.outcome, found.unexpected_rows) == (Outcome.PASSED, 0)


def test_rows_without_keys_are_refused():
    with pytest.raises(BadInput, match=KEY_COLUMN):
        run(
            expect(SOURCE, "column_values_to_not_be_null", column="a"),
            rows={SOURCE: pa.table({"a": [1]})},
        )


def test_two_expectations_with_one_id_are_refused():
    one = expect(RESULT, BETWEEN, identity="x", column="matched_share", min_value=0)
    with pytest.raises(BadConfiguration, match="id 'x'"):
        run(one, one)


def test_everything_is_written_to_the_artifacts_and_nothing_beside_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    working = tmp_path / "working"
    working.mkdir()
    monkeypatch.chdir(working)
    # A complete cloud environment makes Great Expectations refuse to start unless it is ignored.
    for name in ("BASE_URL", "ACCESS_TOKEN", "ORGANIZATION_ID", "WORKSPACE_ID"):
        monkeypatch.setenv(f"GX_CLOUD_{name}", "http://127.0.0.1:9")
    outcome = run(
        expect(SOURCE, IN_SET, column="day", value_set=[DAY]),
        expect(RESULT, BETWEEN, column="matched_share", min_value=0.99),
        rows={SOURCE: keyed(**COLUMNS)},
        folder=tmp_path / "artifacts",
    )
    written = json.loads((tmp_path / "artifacts" / "validation.json").read_text())
    assert written == outcome.document
    assert [r["outcome"] for r in written["results"]] == ["failed", "failed"]
    assert written["results"][0]["failing_keys"] == ["[1]", "[3]"]
    assert written["results"][0]["arguments"] == {"column": "day", "value_set": ["2013-01-05"]}
    docs = tmp_path / "artifacts" / "data_docs"
    assert "run-1" in (docs / "index.html").read_text()
    assert list(docs.glob("validations/**/*.html"))
    assert list(working.iterdir()) == []
    assert capfd.readouterr() == ("", "")
