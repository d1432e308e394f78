"""All ways of comparing against each other and against the oracle, on any question."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings

from reconcile.engines import duckdb_engine, joining
from tests.property.engine_alone import Part, found
from tests.property.every_way import asked, by_values
from tests.property.strategies import Question, pairs_of_tables, questions
from tests.property.test_engine_agrees_with_oracle import (
    WRITING,
    agree_on_files,
    agree_on_tables,
)

few = settings(max_examples=max(20, settings().max_examples // 8))


@few
@given(questions(), WRITING)
def test_every_way_agrees_with_the_oracle_on_files(
    question: Question, writing: dict[str, object]
) -> None:
    with asked():
        agree_on_files(question, writing, "join")


@few
@given(pairs_of_tables())
def test_every_way_agrees_with_the_oracle_on_tables(pair: tuple) -> None:  # type: ignore[type-arg]
    with asked():
        agree_on_tables(pair, "join")


@few
@given(pairs_of_tables())
def test_few_rows_by_the_sketch_are_the_first_of_all(pair: tuple) -> None:  # type: ignore[type-arg]
    with asked():
        agree_on_tables(pair, "sketch")


def wide(rows: int, columns: int, **changed: int) -> pa.Table:
    made = {f"v{nth}": [0] * rows for nth in range(columns)}
    made.update({name: [value] * rows for name, value in changed.items()})
    return pa.table({"id": range(rows), **made})


@pytest.mark.parametrize("column", [0, 61, 62, 123, 124, 149])
def test_a_column_is_marked_whatever_its_place(column: int, tmp_path: Path) -> None:
    """One number marks 62 columns; here are three numbers of them."""
    source, target = wide(3, 150), wide(3, 150, **{f"v{column}": 1})
    with by_values():
        answer = found([Part(source)], [Part(target)], tmp_path, strategy="join")
    assert answer.counts.value_mismatch == 3
    assert answer.mismatched == {f"v{column}": 3}


@pytest.mark.parametrize(
    ("differing", "shuffled", "many"),
    [(0.5, False, True), (0.5, True, True), (0.0, True, False), (0.005, False, False)],
)
def test_a_sample_tells_whether_many_rows_differ(
    differing: float,
    shuffled: bool,
    many: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = 20_000
    source = pa.table({"id": range(rows), "v": [0] * rows})
    target = pa.table(
        {"id": range(rows), "v": [int(n % 1000 < 1000 * differing) for n in range(rows)]}
    )
    if shuffled:
        target = target.take([n * 7919 % rows for n in range(rows)])
    seen: list[bool] = []

    def watched(prepared: object) -> bool:
        seen.append(joining.likely_many(prepared))  # type: ignore[arg-type]
        return seen[-1]

    monkeypatch.setattr(duckdb_engine, "_SMALL", 0)
    monkeypatch.setattr(duckdb_engine, "likely_many", watched)
    monkeypatch.setattr(joining, "_SAMPLED", 4_000)
    answer = found([Part(source)], [Part(target)], tmp_path, strategy="auto")
    assert seen == [many]
    assert answer.strategy == ("join" if many else "sketch")
    assert answer.counts.value_mismatch == rows * differing


def test_many_rows_that_no_sample_told_are_compared_by_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[str] = []
    join_values = duckdb_engine.join_values
    monkeypatch.setattr(
        duckdb_engine,
        "join_values",
        lambda *given, **options: used.append("values") or join_values(*given, **options),
    )
    monkeypatch.setattr(duckdb_engine, "_FEW_KEYS", 99)
    for rows, expected in ((99, []), (100, ["values"])):
        source, target = wide(rows, 1), wide(rows, 1, v0=1)
        answer = found([Part(source)], [Part(target)], tmp_path / str(rows), strategy="join")
        assert (answer.counts.value_mismatch, used) == (rows, expected)


def test_where_one_side_has_many_more_rows_no_sketch_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duckdb_engine, "_SMALL", 0)
    for missing, strategy in ((19, "sketch"), (21, "join")):
        sides = [Part(wide(1000, 1))], [Part(wide(1000 - missing, 1))]
        answer = found(*sides, tmp_path / strategy, strategy="sketch")
        assert answer.strategy == strategy
        assert (answer.counts.missing_in_target, answer.counts.matched) == (missing, 1000 - missing)
