"""Laws that hold of every comparison; the oracle must obey them as well as the engine."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from reconcile.model.result import Counts
from reconcile.model.rules import ColumnRule, CompareRules
from tests.property import oracle
from tests.property.agreement import engine_answer, swapped_counts, write_side
from tests.property.oracle_files import File
from tests.property.strategies import Question, Side, pairs_of_tables, questions


@dataclass(frozen=True)
class Said:
    """What was answered, from whichever of the two it comes."""

    counts: Counts
    mismatched: Mapping[str, int]
    findings: frozenset[tuple[str, str]]
    verdict: str


Judge = Callable[[Sequence[File], Sequence[File], CompareRules], Said]


def _said(answer: Any) -> Said:
    return Said(
        counts=answer.counts,
        mismatched={name: c.mismatched for name, c in answer.columns.items() if c.compared},
        findings=frozenset((finding.kind.value, finding.column) for finding in answer.schema),
        verdict=answer.verdict.value,
    )


def _oracle(source: Sequence[File], target: Sequence[File], rules: CompareRules) -> Said:
    return _said(oracle.compare(source, target, rules))


def _engine(
    source: Sequence[File],
    target: Sequence[File],
    rules: CompareRules,
    strategy: str = "join",
) -> Said:
    with tempfile.TemporaryDirectory() as folder:
        ours = write_side(source, Path(folder, "source"))
        theirs = write_side(target, Path(folder, "target"))
        return _said(engine_answer(ours, theirs, rules, strategy))


def _sketch(source: Sequence[File], target: Sequence[File], rules: CompareRules) -> Said:
    return _engine(source, target, rules, "sketch")


of_both = pytest.mark.parametrize("judge", [_oracle, _engine], ids=["oracle", "engine"])
of_every_way = pytest.mark.parametrize(
    "judge", [_oracle, _engine, _sketch], ids=["oracle", "engine", "sketch"]
)
some = settings(max_examples=settings().max_examples // 7)

_ALWAYS_CASTS = {None, "string", "float64", "date", "timestamp[us]", "timestamp[ms]"}


def _without_failing_casts(rule: ColumnRule) -> ColumnRule:
    """A number that fits its cast on neither side is no match, so such casts are left out."""
    return rule if rule.cast in _ALWAYS_CASTS else replace(rule, cast=None)


@of_every_way
@some
@given(question=questions(allow_map=False))
def test_nothing_differs_from_itself(judge: Judge, question: Question) -> None:
    rules = question.rules
    columns = {name: _without_failing_casts(rule) for name, rule in rules.columns.items()}
    said = judge(question.source, question.source, replace(rules, columns=columns))
    assert said.counts.matched == said.counts.source_rows == said.counts.target_rows
    assert said.counts.discrepancies == 0
    assert (said.findings, said.verdict) == (frozenset(), "matched")


@of_every_way
@some
@given(question=questions(allow_map=False))
def test_exchanging_the_sides_exchanges_the_counts(judge: Judge, question: Question) -> None:
    there = judge(question.source, question.target, question.rules)
    back = judge(question.target, question.source, question.rules)
    exchanged = {
        "missing_in_target": "missing_in_source",
        "missing_in_source": "missing_in_target",
    }
    assert vars(back.counts) == swapped_counts(vars(there.counts))
    assert back.mismatched == there.mismatched
    assert back.findings == {(exchanged.get(k, k), column) for k, column in there.findings}


@of_both
@some
@given(question=questions())
def test_a_wider_tolerance_never_finds_more(judge: Judge, question: Question) -> None:
    rules = question.rules
    wider = {name: _wider(rule) for name, rule in rules.columns.items()}
    narrow = judge(question.source, question.target, rules)
    wide = judge(question.source, question.target, replace(rules, columns=wider))
    assert wide.counts.discrepancies <= narrow.counts.discrepancies
    assert all(wide.mismatched[name] <= narrow.mismatched[name] for name in narrow.mismatched)


def _wider(rule: ColumnRule) -> ColumnRule:
    return replace(
        rule,
        absolute=None if rule.absolute is None else rule.absolute * 4 + 1,
        relative=None if rule.relative is None else rule.relative * 2,
        within=None if rule.within is None else rule.within * 3600,
    )


@of_both
@some
@given(question=questions())
def test_the_accounts_balance(judge: Judge, question: Question) -> None:
    said = judge(question.source, question.target, question.rules)
    assert said.counts.balanced
    assert said.counts.source_rows == sum(file.table.num_rows for file in question.source)
    assert said.counts.target_rows == sum(file.table.num_rows for file in question.target)
    assert sum(said.mismatched.values()) >= said.counts.value_mismatch


@of_both
@some
@given(pair=pairs_of_tables())
def test_order_and_cutting_into_files_change_nothing(
    judge: Judge, pair: tuple[Side, Side, CompareRules]
) -> None:
    source, target, rules = pair
    whole = judge([File(source.table())], [File(target.table())], rules)
    assert judge(_shredded(source), _shredded(target), rules) == whole


def _shredded(side: Side) -> list[File]:
    """One file per row, rows and columns in reverse, and one file without rows."""
    pieces = [[], *([row] for row in reversed(side.rows))]
    names = list(reversed(side.types))
    return [
        File(side.table(rows).select(names), f"part-{number}.parquet")
        for number, rows in enumerate(pieces)
    ]
