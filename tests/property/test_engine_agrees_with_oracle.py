"""The engine and the oracle are asked the same questions and must give the same answers."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from reconcile.errors import BadInput
from tests.property import oracle
from tests.property.agreement import disagreements, engine_answer, write_side
from tests.property.oracle_files import File
from tests.property.oracle_values import decoded
from tests.property.strategies import Question, pairs_of_tables, questions

WRITING = st.fixed_dictionaries(
    {
        "row_group_size": st.sampled_from([1, 2, 1000]),
        "compression": st.sampled_from(["snappy", "zstd", "none"]),
        "data_page_version": st.sampled_from(["1.0", "2.0"]),
        "use_dictionary": st.booleans(),
    }
)


few = settings(max_examples=max(20, settings().max_examples // 5))


def _assert_agree(
    source: Path | pa.Table, target: Path | pa.Table, question: Question, strategy: str = "join"
) -> None:
    note(_told(question))
    try:
        expected = oracle.compare(question.source, question.target, question.rules)
    except BadInput as refusal:
        note(f"the oracle refuses: {refusal}")
        with pytest.raises(BadInput):
            engine_answer(source, target, question.rules, strategy)
        return
    answer = engine_answer(source, target, question.rules, strategy)
    assert disagreements(answer, expected) == []


def _told(question: Question) -> str:
    sides = {"source": question.source, "target": question.target}
    lines = [
        f"{word} {file.path}: {[(f.name, str(f.type)) for f in file.table.schema]}"
        f" {_rows(file.table)}"
        for word, files in sides.items()
        for file in files
    ]
    return "\n".join([*lines, str(question.rules)])


def _rows(table: pa.Table) -> list[list[object]]:
    return [[decoded(column[i]) for column in table.columns] for i in range(table.num_rows)]


@given(questions(), WRITING)
def test_engine_agrees_with_oracle_on_files(question: Question, writing: dict[str, object]) -> None:
    agree_on_files(question, writing, "join")


def agree_on_files(question: Question, writing: dict[str, object], strategy: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = write_side(question.source, Path(folder, "source"), **writing)
        target = write_side(question.target, Path(folder, "target"))
        _assert_agree(source, target, question, strategy)


@given(pairs_of_tables())
def test_engine_agrees_with_oracle_on_tables(pair: tuple) -> None:  # type: ignore[type-arg]
    agree_on_tables(pair, "join")


def agree_on_tables(pair: tuple, strategy: str) -> None:  # type: ignore[type-arg]
    source, target, rules = pair
    ours, theirs = source.table(), target.table()
    _assert_agree(ours, theirs, Question((File(ours),), (File(theirs),), rules), strategy)


@few
@given(questions(), WRITING)
def test_the_sketch_agrees_with_oracle_on_files(
    question: Question, writing: dict[str, object]
) -> None:
    agree_on_files(question, writing, "sketch")


@few
@given(pairs_of_tables())
def test_the_sketch_agrees_with_oracle_on_tables(pair: tuple) -> None:  # type: ignore[type-arg]
    agree_on_tables(pair, "sketch")


@settings(max_examples=20)
@given(questions(allow_map=False))
def test_both_refuse_a_key_that_no_side_has(question: Question) -> None:
    nowhere = replace(question, rules=replace(question.rules, match_key=("no such column",)))
    with tempfile.TemporaryDirectory() as folder:
        source = write_side(nowhere.source, Path(folder, "source"))
        with pytest.raises(BadInput):
            oracle.compare(nowhere.source, nowhere.source, nowhere.rules)
        with pytest.raises(BadInput, match="no such column"):
            engine_answer(source, source, nowhere.rules)
