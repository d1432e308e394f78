"""Runs every YAML case: hand-written expectations against the oracle, and against the engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from reconcile.config.rules import rules_from_mapping
from reconcile.errors import BadInput
from reconcile.model.result import Counts
from reconcile.model.rules import Severity
from tests.property import oracle
from tests.property.agreement import disagreements, engine_answer, knowable, write_side
from tests.property.every_way import asked
from tests.sql.case import Case, all_cases

CASES = list(all_cases(Path(__file__).parent / "compare"))

DERIVED = ("(swapped)", "with itself)")
SAME_WHICHEVER_WAY = ("values/", "rules/", "schema/")


def _some(cases: Iterable[Case]) -> Iterator[Case]:
    """Cases as written; a quarter of those about what is the same whichever way is taken."""
    written = [case for case in cases if not case.id.endswith(DERIVED)]
    for number, case in enumerate(written):
        if number % 4 == 0 or not case.id.startswith(SAME_WHICHEVER_WAY):
            yield case


of_every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
of_some_cases = pytest.mark.parametrize("case", list(_some(CASES)), ids=lambda case: case.id)


def _check(
    case: Case,
    counts: Any,
    columns: Mapping[str, Any],
    schema: Any,
    verdict: str,
    *,
    strategy: str = "join",
) -> None:
    assert case.counts is not None
    found = dict(vars(counts))
    if case.id.endswith("with itself)"):
        for name in ("repeated_keys", "null_key_rows_source", "null_key_rows_target"):
            found[name] = 0
    assert found == vars(knowable(Counts(**case.counts), strategy))
    for name, mismatched in case.columns.items():
        column = columns[name]
        assert (column.mismatched if column.compared else None) == mismatched, name
    listed = {f"{f.kind.value} {f.column}" for f in schema if f.severity is not Severity.IGNORE}
    assert listed == case.schema
    assert verdict == case.verdict


@of_every_case
def test_the_oracle_says_what_the_case_expects(case: Case) -> None:
    if case.error is not None:
        with pytest.raises(BadInput):
            oracle.compare(case.source, case.target, rules_from_mapping(case.rules))
        return
    answer = oracle.compare(case.source, case.target, rules_from_mapping(case.rules))
    _check(case, answer.counts, answer.columns, answer.schema, answer.verdict)


@of_every_case
def test_the_join_says_what_the_case_expects(case: Case, tmp_path: Path) -> None:
    _ask(case, tmp_path, "join")


@of_some_cases
def test_the_sketch_says_what_the_case_expects(case: Case, tmp_path: Path) -> None:
    _ask(case, tmp_path, "sketch")


@of_some_cases
def test_every_way_says_what_the_case_expects(case: Case, tmp_path: Path) -> None:
    with asked():
        _ask(case, tmp_path, "join")


def _ask(case: Case, tmp_path: Path, strategy: str) -> None:
    options = {"use_deprecated_int96_timestamps": True} if case.int96 else {}
    source = write_side(case.source, tmp_path / "source", **options)
    target = write_side(case.target, tmp_path / "target", **options)
    if case.error is not None:
        with pytest.raises(BadInput) as caught:
            engine_answer(source, target, case.rules, strategy)
        assert case.error in str(caught.value)
        return
    comparison = engine_answer(source, target, case.rules, strategy)
    _check(
        case,
        comparison.counts,
        comparison.columns,
        comparison.schema,
        comparison.verdict.value,
        strategy=strategy,
    )
    answer = oracle.compare(case.source, case.target, rules_from_mapping(case.rules))
    assert disagreements(comparison, answer) == []
