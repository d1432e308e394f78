"""However equality is proven, and whatever is remembered, the answer is the oracle's."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from reconcile.errors import BadInput
from reconcile.jobs.comparing import Compared, compare_rows
from reconcile.jobs.knowledge import NOTHING, Knowledge
from reconcile.jobs.resources import Resources
from reconcile.model.rules import CompareRules
from reconcile.model.strategy import Strategy
from reconcile.state.database import State
from reconcile.stores.listing import Listing, data_objects
from reconcile.stores.memory import MemoryStore
from tests.property import oracle
from tests.property.oracle_files import File
from tests.property.strategies import Question, questions

few = settings(max_examples=max(20, settings().max_examples // 6))


@pytest.fixture(scope="module")
def knowledge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Knowledge]:
    """One database for all examples: every store has an address of its own."""
    with State.open(f"sqlite:///{tmp_path_factory.mktemp('state')}/state.db") as state:
        yield Knowledge(state, lambda: datetime.now(UTC))


def written(files: Sequence[File], store: MemoryStore | None = None) -> MemoryStore:
    """A store that lies elsewhere, with exactly these files; those that are there stay."""
    store = store or MemoryStore()
    content = {}
    for file in files:
        buffer = io.BytesIO()
        pq.write_table(file.table, buffer)
        content[file.path] = buffer.getvalue()
    for info in list(store.list()):
        if info.name not in content:
            store.delete(info.name)
    for name, data in content.items():
        if name not in {info.name for info in store.list()} or store.get(name) != data:
            store.put(name, data)
    return store


def listed(store: MemoryStore, *, vouched: bool) -> Listing:
    """Its objects as a service lists them: without checksums, or with what it vouches for."""
    objects = data_objects(store.list(), below="")
    if not vouched:
        objects = tuple(replace(info, checksums={}) for info in objects)
    return Listing(store, objects, "")


def compared(
    stores: Sequence[MemoryStore],
    rules: CompareRules,
    strategy: Strategy,
    knowledge: Knowledge,
    *,
    vouched: bool = False,
) -> Compared:
    with tempfile.TemporaryDirectory() as folder:
        source, target = (listed(store, vouched=vouched) for store in stores)
        return compare_rows(
            source,
            target,
            rules,
            discrepancies=Path(folder, "discrepancies.parquet"),
            resources=Resources(4 * 2**30, 1, Path(folder)),
            strategy=strategy,
            knowledge=knowledge,
        )


def assert_right(answer: Compared, expected: oracle.Answer) -> None:
    """The oracle's counts, as far as what was read can tell them."""
    result = answer.result
    for name, count in vars(result.counts).items():
        if count is None:
            assert name.startswith(("null_key_rows", "repeated_keys"))
            assert result.proof.by_checksum or name == "repeated_keys"
        else:
            assert (name, count) == (name, vars(expected.counts)[name])
    assert result.verdict == expected.verdict
    mismatched = {name: column.mismatched for name, column in result.columns.items()}
    for name, column in expected.columns.items():
        assert mismatched.get(name, 0) == column.mismatched
    rows = result.counts.source_rows + result.counts.target_rows
    assert sum(vars(result.proof).values()) == rows


def asked(question: Question) -> oracle.Answer:
    note(str(question.rules))
    return oracle.compare(question.source, question.target, question.rules)


@few
@given(questions(), st.sampled_from(list(Strategy)), st.booleans())
def test_the_second_answer_is_the_first(
    knowledge: Knowledge, question: Question, strategy: Strategy, vouched: bool
) -> None:
    stores = written(question.source), written(question.target)
    try:
        expected = asked(question)
    except BadInput:
        for _ in range(2):
            with pytest.raises(BadInput):
                compared(stores, question.rules, strategy, knowledge, vouched=vouched)
        return
    for memory in (NOTHING, knowledge, knowledge):
        answer = compared(stores, question.rules, strategy, memory, vouched=vouched)
        assert_right(answer, expected)


@few
@given(questions(allow_map=False), st.sampled_from([Strategy.AUTO, Strategy.CHECKSUM]))
def test_a_side_against_its_own_bytes(
    knowledge: Knowledge, question: Question, strategy: Strategy
) -> None:
    alone = replace(question, target=question.source)
    try:
        expected = asked(alone)
    except BadInput:
        return
    stores = written(alone.source), written(alone.target)
    assert_right(compared(stores, alone.rules, strategy, knowledge, vouched=True), expected)


@few
@given(
    questions(),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=2),
    st.sampled_from([Strategy.AUTO, Strategy.CHECKSUM, Strategy.FINGERPRINT]),
)
def test_what_changes_is_never_taken_for_what_was_known(
    knowledge: Knowledge, question: Question, changes: list[tuple[int, int]], strategy: Strategy
) -> None:
    """Files are copied across, replaced by others and removed, between one answer and the next."""
    stores = written(question.source), written(question.target)
    with suppress(BadInput):
        compared(stores, question.rules, strategy, knowledge)
    for at, by in changes:
        question = _changed(question, at, by)
        written(question.source, stores[0])
        written(question.target, stores[1])
        try:
            expected = asked(question)
        except BadInput:
            with pytest.raises(BadInput):
                compared(stores, question.rules, strategy, knowledge)
            continue
        for _ in range(2):
            assert_right(compared(stores, question.rules, strategy, knowledge), expected)


def _changed(question: Question, at: int, by: int) -> Question:
    """One of the target's files becomes one of the source's, or goes where it is not the last."""
    source, target = list(question.source), list(question.target)
    at %= len(target)
    if by == 3 and len(target) > 1:
        del target[at]
    else:
        other: Any = source[by % len(source)]
        target[at] = replace(other, path=target[at].path)
    return replace(question, target=tuple(target))
