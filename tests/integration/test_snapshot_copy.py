"""Copies of snapshots in a second repository, of either kind of keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from reconcile.errors import BadInput, Damaged, NotFound, Tampered
from reconcile.jobs.snapshots.account import account
from reconcile.jobs.snapshots.holding import hold
from reconcile.jobs.snapshots.proving.copying import Copied, copy
from reconcile.model.snapshot import KeyPlace, LedgerAction
from reconcile.repository.repository import Repository
from reconcile.snapshots.retention import Rank, rank
from reconcile.stores.key_file import new_key_file
from reconcile.stores.key_services import key_service
from tests.integration.reconciling import GOOD
from tests.integration.snapshotting import (
    SnapshotBench,
    repository_store,
    snapshot_bench,
)


def copied(bench: SnapshotBench, id: str | None = None) -> Copied:
    bench.forward()
    with bench.work() as work:
        return copy(work, id=id)


@pytest.fixture(params=["clear to clear", "clear to key", "key to clear", "key to key"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SnapshotBench]:
    first, _, second = request.param.partition(" to ")
    with snapshot_bench(tmp_path, copy=str(tmp_path / "elsewhere")) as made:
        elsewhere = made.rules.copy
        assert elsewhere is not None
        keys = {name: KeyPlace("file", str(tmp_path / f"{name}.key")) for name in ("one", "two")}
        for key in keys.values():
            new_key_file(Path(key.id))
        if first == "key":
            made.rules = replace(
                made.rules, repository=replace(made.rules.repository, key=keys["one"])
            )
        if second == "key":
            made.rules = replace(made.rules, copy=replace(elsewhere, key=keys["two"]))
        made.write_days()
        yield made


def test_a_copy_is_the_same_snapshot_and_proves_itself(bench: SnapshotBench) -> None:
    # Content of several pieces as well.
    work = bench.work()
    place = bench.rules.repository
    key = None if place.key is None else key_service(place.key)
    small = Repository.create(
        repository_store(bench), key=key, now=work.setting.now, chunk_size=1024
    )
    bench.write([{"id": i, "n": f"name {i * 7919}"} for i in range(300)])
    manifest = bench.good()
    assert bench.repository().id == small.id
    done = copied(bench)
    (standing,) = bench.loaded(copy=True).standings
    assert standing.good
    assert (done.id, done.objects, done.new_bytes) == (manifest.id, 3, manifest.new_bytes)
    assert not done.already
    there = bench.objects(bench.loaded(copy=True).manifests[0], copy=True)
    here = bench.objects(manifest)
    assert {n: (o.sha256, o.rows) for n, o in there.items()} == {
        n: (o.sha256, o.rows) for n, o in here.items()
    }
    assert bench.verify(read=1.0, copy=True).sound
    (standing,) = bench.loaded(copy=True).standings
    assert standing.good
    (original,) = bench.loaded().standings
    assert original.copies == (bench.repository(copy=True).id,)


def test_what_is_there_already_is_not_sent_again(bench: SnapshotBench) -> None:
    bench.good()
    copied(bench)
    bench.write(GOOD[:2])
    second = bench.good()
    done = copied(bench)
    assert done.id == second.id
    assert 0 < done.new_bytes < second.bytes / 2
    again = copied(bench)
    assert (again.already, again.new_bytes) == (True, 0)
    copies = [one for one in bench.lines(copy=True) if one.action is LedgerAction.COPY]
    assert len(copies) == 2


def test_what_has_gone_missing_there_is_sent_again(bench: SnapshotBench) -> None:
    bench.good()
    copied(bench)
    store = repository_store(bench, copy=True)
    for kind in ("chunks/", "segments/"):
        store.delete(next(info.name for info in store.list(kind)))
    assert not bench.verify(read=1.0, copy=True).sound
    assert copied(bench).new_bytes > 0
    assert bench.verify(read=1.0, copy=True).sound


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[SnapshotBench]:
    with snapshot_bench(tmp_path, copy=str(tmp_path / "elsewhere")) as made:
        made.write_days()
        yield made


def test_damaged_content_is_not_copied(plain: SnapshotBench) -> None:
    manifest = plain.good()
    store = repository_store(plain)
    name = next(info.name for info in store.list("chunks/"))
    store.put(name, b"x" * len(store.get(name)))
    with pytest.raises(Damaged, match="not what was stored"):
        copied(plain)
    assert plain.loaded(copy=True).manifests == ()
    plain.verify(read=1.0)
    with pytest.raises(Damaged, match="a copy of it would be"):
        copied(plain, manifest.id)
    with pytest.raises(NotFound, match="good enough"):
        copied(plain)


def test_what_was_never_verified_is_copied_only_by_its_id(plain: SnapshotBench) -> None:
    manifest = plain.manifest()
    with pytest.raises(NotFound, match="good enough"):
        copied(plain)
    assert copied(plain, manifest.id).new_bytes == manifest.bytes


def test_another_snapshot_of_the_id_is_not_overwritten(plain: SnapshotBench) -> None:
    plain.good(id="mine")
    copied(plain)
    name = "snapshots/orders/mine.json"
    store = repository_store(plain, copy=True)
    before = store.get(name)
    place = plain.rules.repository
    plain.with_rules(repository=replace(place, location=place.location + "-new"))
    plain.write(GOOD[:1])
    plain.good(id="mine", anew=True)
    with pytest.raises(Tampered, match="another snapshot mine"):
        copied(plain)
    assert store.get(name) == before


def test_the_second_repository_is_another_one(plain: SnapshotBench) -> None:
    plain.good()
    plain.with_rules(copy=plain.rules.repository)
    with pytest.raises(BadInput, match="is the first one"):
        copied(plain)


def test_a_copy_is_held_as_its_original_is(plain: SnapshotBench) -> None:
    manifest = plain.good()
    with plain.work() as work:
        hold(work, manifest.id, "an audit")
    copied(plain)
    (standing,) = plain.loaded(copy=True).standings
    assert [one.reason for one in standing.holds] == ["an audit"]
    copied(plain)
    (standing,) = plain.loaded(copy=True).standings
    assert len(standing.holds) == 1


def test_the_account_tells_of_both(plain: SnapshotBench) -> None:
    with plain.work() as work:
        told = account(work)
    assert (told.repository.id, told.repository.error) == (None, None)
    manifest = plain.good()
    copied(plain)
    with plain.work() as work:
        told = account(work)
    assert told.repository.error is None
    assert [one.manifest.id for one in told.standings] == [manifest.id]
    assert [one.action for one in told.lines] == ["create", "verify", "copy"]
    assert [one.keep for one in told.decisions] == [True]
    assert told.copy is not None
    assert [one.manifest.id for one in told.copy.standings] == [manifest.id]


def test_the_account_says_what_cannot_be_read(plain: SnapshotBench) -> None:
    manifest = plain.good()
    repository_store(plain).put(f"snapshots/orders/{manifest.id}.json", b"{}")
    with plain.work() as work:
        told = account(work)
    assert any(manifest.id in one for one in told.repository.problems)
    assert told.decisions == ()


def test_a_copy_that_is_made_late_is_no_less_than_its_original(bench: SnapshotBench) -> None:
    bench.good()
    bench.forward(timedelta(days=3))
    copied(bench)
    (first,), (second,) = (bench.loaded(copy=copy).standings for copy in (False, True))
    assert second.recorded_at == first.recorded_at
    assert rank(second) is Rank.GOOD
