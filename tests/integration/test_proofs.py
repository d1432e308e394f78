"""What is read, and what is not: by what earlier comparisons learnt, and by the bytes alone."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reconcile.errors import Changed, Transient
from reconcile.jobs import batches
from reconcile.jobs.comparing import Compared, compare_rows
from reconcile.jobs.knowledge import NOTHING, Knowledge, remembered
from reconcile.jobs.reading import Export
from reconcile.jobs.resources import Resources
from reconcile.model.discrepancy import Side
from reconcile.model.objects import ObjectInfo
from reconcile.model.result import Proof
from reconcile.model.rules import ColumnRule, CompareRules
from reconcile.model.strategy import Strategy
from reconcile.state.database import State
from reconcile.statements import render
from reconcile.stores.listing import Listing, data_objects
from reconcile.stores.local import LocalStore
from reconcile.stores.memory import MemoryStore
from reconcile.stores.spool import Spool, Stopped

DAYS = tuple(f"day={day}" for day in range(1, 6))
BY_DAY = CompareRules(match_key=("day", "id"))
BY_ID = CompareRules(match_key=("id",))


class Remote(MemoryStore):
    """A store that lies elsewhere, lists no checksums, and remembers what was asked of it."""

    def __init__(self, files: Mapping[str, pa.Table], *, vouches: bool = False) -> None:
        super().__init__()
        self._vouches = vouches
        self.fetched: list[str] = []
        self.headed: list[str] = []
        self.in_part: list[str] = []
        self.write(files)

    def write(self, files: Mapping[str, pa.Table]) -> None:
        for name, table in files.items():
            buffer = io.BytesIO()
            pq.write_table(table, buffer)
            self.put(name, buffer.getvalue())

    def listing(self) -> Listing:
        self.fetched, self.headed, self.in_part = [], [], []
        objects = (replace(info, checksums={}) for info in self.list())
        return Listing(self, data_objects(objects, below=""), "")

    def head(self, name: str) -> ObjectInfo:
        self.headed.append(name)
        info = super().head(name)
        return info if self._vouches else replace(info, checksums={})

    def get(self, name: str, **options: Any) -> bytes:
        if "start" in options:
            self.in_part.append(name)
        return super().get(name, **options)

    def get_to_file(self, pinned: ObjectInfo, destination: Path) -> Mapping[str, str]:
        self.fetched.append(pinned.name)
        return super().get_to_file(pinned, destination)


def rows(*ids: int, v: int = 0) -> pa.Table:
    return pa.table({"id": list(ids), "v": [v] * len(ids)})


def days(number: int = 1, *, file: str = "part.parquet") -> dict[str, pa.Table]:
    """A file a day; days share no id."""
    return {
        f"{day}/{file}": rows(*range(100 * at, 100 * at + 20), v=number)
        for at, day in enumerate(DAYS)
    }


@pytest.fixture
def knowledge(tmp_path: Path) -> Iterator[Knowledge]:
    with State.open(f"sqlite:///{tmp_path}/state.db") as state:
        yield Knowledge(state, lambda: datetime.now(UTC))


class Asking:
    """Asks for comparisons in one folder."""

    def __init__(self, folder: Path, knowledge: Knowledge) -> None:
        self.folder, self.knowledge = folder, knowledge

    def __call__(
        self,
        source: Listing | Remote,
        target: Listing | Remote,
        rules: CompareRules = BY_DAY,
        *,
        strategy: Strategy = Strategy.AUTO,
        exports: Sequence[Export] = (),
        knowledge: Knowledge | None = None,
    ) -> Compared:
        return compare_rows(
            source.listing() if isinstance(source, Remote) else source,
            target.listing() if isinstance(target, Remote) else target,
            rules,
            discrepancies=self.discrepancies,
            resources=Resources(4 * 2**30, 1, self.folder),
            strategy=strategy,
            exports=exports,
            knowledge=self.knowledge if knowledge is None else knowledge,
        )

    @property
    def discrepancies(self) -> Path:
        return self.folder / "discrepancies.parquet"


@pytest.fixture
def ask(tmp_path: Path, knowledge: Knowledge) -> Asking:
    return Asking(tmp_path, knowledge)


def test_what_did_not_change_is_not_read_again(ask: Asking) -> None:
    source, target = Remote(days()), Remote(days())
    first = ask(source, target)
    assert first.result.proof == Proof(by_row=200)
    assert first.result.counts.repeated_keys == 0
    assert sorted(source.fetched) == sorted(days())
    again = ask(source, target)
    assert again.result.proof == Proof(by_checksum=200)
    assert not source.fetched + target.fetched + source.headed + target.headed + target.in_part
    assert again.result.strategy == "checksum"
    assert again.result.counts == replace(first.result.counts, repeated_keys=None)
    assert pq.read_table(ask.discrepancies).num_rows == 0


@pytest.mark.parametrize("rules", [BY_DAY, BY_ID], ids=["folder in the key", "folder not"])
def test_only_the_changed_partition_is_read(ask: Asking, rules: CompareRules) -> None:
    source, target = Remote(days()), Remote(days())
    ask(source, target, rules)
    target.write({"day=3/part.parquet": rows(*range(200, 219), 999, v=1)})
    source.write({"day=3/part.parquet": rows(*range(200, 219), 999, v=2)})
    changed = ask(source, target, rules)
    assert (source.fetched, target.fetched) == (["day=3/part.parquet"],) * 2
    assert changed.result.proof == Proof(by_checksum=160, by_row=40)
    assert changed.result.counts.value_mismatch == 20
    assert changed.result.counts.matched == 80


def test_other_bytes_of_the_same_rows_are_known_by_their_fingerprint(ask: Asking) -> None:
    halves = {
        f"{name}-{half}": table.slice(10 * half, 10)
        for name, table in days().items()
        for half in (1, 0)
    }
    source, target = Remote(days()), Remote(halves)
    first = ask(source, target)
    assert first.result.proof == Proof(by_row=200)
    again = ask(source, target)
    assert again.result.proof == Proof(by_fingerprint=200)
    assert again.result.counts.null_key_rows_source == 0
    assert not source.fetched + target.fetched
    target.write({"day=2/part.parquet-0": rows(*range(100, 110), v=7)})
    changed = ask(source, target)
    assert changed.result.proof == Proof(by_fingerprint=160, by_row=40)
    assert changed.result.counts.value_mismatch == 10


def test_fingerprints_of_other_rules_are_not_used(ask: Asking) -> None:
    source, target = Remote(days()), Remote(days(file="other.parquet"))
    target.write({"day=1/other.parquet": rows(*range(20), v=2)})
    lax = replace(BY_DAY, exclude=("v",))
    fingerprint = Strategy.FINGERPRINT
    assert ask(source, target, lax, strategy=fingerprint).result.counts.matched == 100
    known = ask(source, target, lax, strategy=fingerprint)
    assert known.result.proof == Proof(by_fingerprint=200)
    strict = ask(source, target, BY_DAY, strategy=fingerprint)
    assert strict.result.proof == Proof(by_row=200)
    assert strict.result.counts.value_mismatch == 20


def test_a_key_among_what_was_left_out_is_no_missing_key(ask: Asking) -> None:
    """1 lies twice in the source, in two files: one copy has no partner, and is a duplicate."""
    same, only = rows(1, 2), rows(1, v=9)
    source = Remote({"a.parquet": same, "b.parquet": only})
    target = Remote({"a.parquet": same})
    ask(source, target, BY_ID)
    again = ask(source, target, BY_ID)
    assert again.result.counts.duplicate_key_source == 1
    assert again.result.counts.missing_in_target == 0
    assert again.result.proof == Proof(by_row=5)


def test_no_row_is_read_where_services_vouch_for_the_bytes(ask: Asking) -> None:
    source, target = Remote(days(), vouches=True), Remote(days(), vouches=True)
    answer = ask(source, target, knowledge=NOTHING)
    assert answer.result.proof == Proof(by_checksum=200)
    assert answer.result.counts.null_key_rows_source is None
    assert not source.fetched + target.fetched
    assert len(source.headed) == len(source.in_part) == len(DAYS)


def test_a_service_that_vouches_for_nothing_is_asked_once(ask: Asking) -> None:
    source, target = Remote(days()), Remote(days())
    ask(source, target, knowledge=NOTHING)
    assert len(source.headed) + len(target.headed) <= 2


def test_same_bytes_prove_nothing_where_a_rule_rewrites_one_side(ask: Asking) -> None:
    table = pa.table({"id": [1], "city": ["NEW YORK"]})
    source, target = Remote({"a": table}, vouches=True), Remote({"a": table}, vouches=True)
    rules = CompareRules(("id",), columns={"city": ColumnRule(map={"NEW YORK": "NYC"})})
    for strategy in (Strategy.CHECKSUM, Strategy.AUTO):
        assert ask(source, target, rules, strategy=strategy).result.counts.value_mismatch == 1


@pytest.mark.parametrize("rules", [BY_ID, BY_DAY], ids=["folder not in the key", "folder in it"])
def test_same_bytes_prove_nothing_where_a_folder_elsewhere_spells_a_column_of_theirs(
    ask: Asking, rules: CompareRules
) -> None:
    """The source's folder wins over the column of all its files; the target has no folder."""
    table = pa.table({"id": [1, 2], "day": [7, 8]})
    more = pa.table({"id": [3]})
    source = Remote({"a.parquet": table, "day=7/b.parquet": more}, vouches=True)
    target = Remote(
        {"a.parquet": table, "c.parquet": pa.table({"id": [3], "day": [7]})}, vouches=True
    )
    joined = ask(source, target, rules, strategy=Strategy.JOIN).result
    for strategy in (Strategy.AUTO, Strategy.CHECKSUM):
        found = ask(source, target, rules, strategy=strategy).result
        assert (found.counts, found.verdict) == (joined.counts, joined.verdict)
        assert found.proof.by_checksum == 0


def test_an_object_that_changed_is_not_the_one_that_was_known(ask: Asking) -> None:
    source, target = Remote(days()), Remote(days())
    ask(source, target)
    same_size = rows(*range(200, 220), v=2)
    target.write({"day=3/part.parquet": same_size})
    assert ask(source, target).result.counts.value_mismatch == 20


def test_objects_without_a_tag_are_not_remembered(ask: Asking) -> None:
    class Tagless(Remote):
        def listing(self) -> Listing:
            found = super().listing()
            return replace(found, objects=tuple(replace(i, etag="") for i in found.objects))

        def head(self, name: str) -> ObjectInfo:
            return replace(super().head(name), etag="")

        def get(self, name: str, **options: Any) -> bytes:
            return super().get(name, **{**options, "if_match": None})

    source, target = Tagless(days()), Tagless(days())
    for _ in range(2):
        assert ask(source, target).result.proof == Proof(by_row=200)
    target.write({"day=3/part.parquet": rows(*range(200, 220), v=2)})
    assert ask(source, target).result.counts.value_mismatch == 20


def test_why_fetching_ended_is_told_to_all_who_wait(tmp_path: Path) -> None:
    listing = Remote(days()).listing()
    with Spool(tmp_path) as spool:
        spool.stop(Changed("it is another one"))
        spool.stop(Transient("later"))
        with pytest.raises(Changed, match="another one"):
            spool.fetch(listing)
    with Spool(tmp_path) as spool:
        spool.stop(KeyboardInterrupt())
        with pytest.raises(Stopped):
            spool.fetch(listing)


def test_files_on_this_disk_are_known_by_their_bytes_alone(ask: Asking, tmp_path: Path) -> None:
    for side in ("source", "target"):
        for name, table in days().items():
            (tmp_path / side / name).parent.mkdir(parents=True)
            pq.write_table(table, tmp_path / side / name)

    def listing(side: str) -> Listing:
        store = LocalStore(tmp_path / side)
        return Listing(store, tuple(store.list()), "")

    sides = listing("source"), listing("target")
    # Few bytes are read at once, which tells more.
    assert ask(*sides).result.proof == Proof(by_row=200)
    for _ in range(2):
        proven = ask(*sides, strategy=Strategy.CHECKSUM)
        assert proven.result.proof == Proof(by_checksum=200)
    assert ask(*sides, strategy=Strategy.FINGERPRINT).result.proof == Proof(by_row=200)
    assert not ask.knowledge.with_facts(sides[0])[1]


def test_batches_add_up_and_leave_no_room_taken(
    ask: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = Remote(days()), Remote(days(2))
    whole = ask(source, target, knowledge=NOTHING, strategy=Strategy.JOIN)
    listed = pq.read_table(ask.discrepancies).to_pylist()
    most: list[int] = []
    release = batches.fetched_ahead
    monkeypatch.setattr("reconcile.jobs.comparing.BATCH_BYTES", 1)
    monkeypatch.setattr("reconcile.jobs.batches.BATCH_BYTES", 1)

    def counted(*arguments: Any, **options: Any) -> Any:
        for batch, here in release(*arguments, **options):
            most.append(sum(len(objects) for objects in here.values()))
            yield batch, here

    monkeypatch.setattr("reconcile.jobs.reading.fetched_ahead", counted)
    parts = ask(source, target, knowledge=NOTHING, strategy=Strategy.JOIN)
    assert most == [2] * len(DAYS)
    assert replace(parts.result, seconds=0, bytes_read={}) == replace(
        whole.result, seconds=0, bytes_read={}
    )
    assert pq.read_table(ask.discrepancies).to_pylist() == listed
    assert len(source.fetched) == len(DAYS)


def test_rows_that_an_expectation_needs_are_read(ask: Asking, tmp_path: Path) -> None:
    source, target = Remote(days()), Remote(days())
    ask(source, target)
    wanted = Export(Side.SOURCE, ("v",), tmp_path / "rows.parquet")
    read = ask(source, target, exports=(wanted,))
    assert read.result.proof == Proof(by_row=200)
    assert pq.read_metadata(wanted.destination).num_rows == 100
    assert read.exported == {Side.SOURCE, Side.TARGET}
    left = ask(source, target, exports=(wanted,), strategy=Strategy.CHECKSUM)
    assert left.result.proof == Proof(by_checksum=200)
    assert left.exported == frozenset()


def test_two_files_of_one_folder_are_never_taken_for_each_other(ask: Asking) -> None:
    lake = Remote({"v1.parquet": rows(1, 2), "v2.parquet": rows(1, 2, v=5)})
    everything = lake.listing()
    first, second = (replace(everything, objects=(info,)) for info in everything.objects)
    for _ in range(3):
        assert ask(first, second, BY_ID).result.counts.value_mismatch == 2
        assert ask(second, first, BY_ID).result.counts.value_mismatch == 2


def test_windows_that_are_no_folders_are_each_remembered(ask: Asking) -> None:
    table = pa.table({"id": [1], "v": [1]})
    ours = Remote({f"{n}.parquet": table for n in range(3)})
    theirs = Remote({f"{n}.parquet": table.append_column("w", [[None]]) for n in range(3)})
    rules = replace(BY_ID, exclude=("w",))
    for proof in (Proof(by_row=2), Proof(by_fingerprint=2)):
        for n in range(3):
            source, target = (
                replace(listing, objects=listing.objects[n : n + 1])
                for listing in (ours.listing(), theirs.listing())
            )
            assert ask(source, target, rules).result.proof == proof


def test_rows_that_exchange_their_values_have_another_fingerprint() -> None:
    """The engine's hash of two arguments is an XOR: sums of it are the same for many a pair."""
    with duckdb.connect() as connection:
        connection.execute(render("compare/functions"))
        (meeting,) = connection.execute(
            """
            WITH h AS (SELECT hash(i) AS a, hash(i + 1000000) AS b, hash(i + 2000000) AS c,
                              hash(i + 3000000) AS d FROM range(200000) AS t(i))
            SELECT count(*) FROM h WHERE
                (reconcile_guard(a, c) & 1023) + (reconcile_guard(b, d) & 1023)
                = (reconcile_guard(a, d) & 1023) + (reconcile_guard(b, c) & 1023)
            """
        ).fetchall()[0]
    assert 50 < meeting < 400  # of 200,000; were it an XOR, (3/4)^10 of them: 11,000


@pytest.mark.parametrize("fails", ["while reading", "while writing"])
def test_a_state_that_fails_on_the_way_is_given_up(
    ask: Asking, caplog: pytest.LogCaptureFixture, fails: str
) -> None:
    source, target = Remote(days()), Remote(days())
    state = ask.knowledge.state
    assert state is not None
    broken = Knowledge(state, ask.knowledge.now, dispensable=True)

    def fail(*_: Any, **__: Any) -> Any:
        raise Transient("the database is gone")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(state.known_objects, "find" if fails == "while reading" else "keep", fail)
        answer = ask(source, target, knowledge=broken)
        assert answer.result.counts.matched == 100
        assert caplog.text.count("the database is gone") == 1
        with pytest.raises(Transient):
            ask(source, target)  # a run cannot go on without its state anyway


@pytest.mark.parametrize("fails", ["an object is gone", "somebody gives up"])
def test_an_error_on_one_side_ends_the_fetching_of_the_other(ask: Asking, fails: str) -> None:
    many = {f"{n:03}.parquet": rows(n) for n in range(100)}
    source = Remote({"a.parquet": rows(1)})

    class Slow(Remote):
        def get_to_file(self, pinned: ObjectInfo, destination: Path) -> Mapping[str, str]:
            time.sleep(0.05)
            return super().get_to_file(pinned, destination)

    target = Slow(many)
    listing = source.listing()
    if fails == "an object is gone":
        source.delete("a.parquet")
    else:
        source.get_to_file = lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)  # type: ignore[method-assign]
    with pytest.raises((Changed, KeyboardInterrupt)):
        ask(listing, target, BY_ID)
    assert len(target.fetched) < 50


@pytest.mark.parametrize("odd", [True, False], ids=["INT96", "maps"])
def test_what_is_rewritten_is_given_back_too(
    ask: Asking, monkeypatch: pytest.MonkeyPatch, odd: bool
) -> None:
    column = (
        pa.array([1] * 20, pa.timestamp("us"))
        if odd
        else pa.array([[("a", 1)]] * 20, pa.map_(pa.string(), pa.int64()))
    )
    files = {name: table.append_column("x", column) for name, table in days().items()}

    class Spark(Remote):
        def write(self, files: Mapping[str, pa.Table]) -> None:
            for name, table in files.items():
                buffer = io.BytesIO()
                pq.write_table(table, buffer, use_deprecated_int96_timestamps=odd)
                self.put(name, buffer.getvalue())

    monkeypatch.setattr("reconcile.jobs.comparing.BATCH_BYTES", 1)
    monkeypatch.setattr("reconcile.jobs.batches.BATCH_BYTES", 1)
    left: list[int] = []
    ahead = batches.fetched_ahead

    def watched(*arguments: Any, **options: Any) -> Any:
        for batch, here in ahead(*arguments, **options):
            left.append(len(list(ask.folder.rglob("rewritten.parquet"))))
            yield batch, here

    monkeypatch.setattr("reconcile.jobs.reading.fetched_ahead", watched)
    answer = ask(Spark(files), Spark(files), strategy=Strategy.JOIN, knowledge=NOTHING)
    assert answer.result.counts.matched == 100
    assert max(left) <= 4  # two batches of one file a side


def test_a_state_that_cannot_be_used_is_no_reason_not_to_compare(
    ask: Asking, caplog: pytest.LogCaptureFixture
) -> None:
    sides = Remote(days()).listing(), Remote(days()).listing()
    with remembered(cache=True, environ={"RECONCILE_STATE": "mysql://x/y"}) as known:
        assert known is NOTHING
        assert ask(*sides, knowledge=known).result.counts.matched == 100
    assert "nothing is remembered" in caplog.text
