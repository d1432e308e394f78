"""Verifying snapshots: what is found, what is said of it, and what is never said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconcile.errors import BadInput, Damaged, NotFound
from reconcile.jobs.snapshots.creating import saving
from reconcile.model.objects import ObjectInfo
from reconcile.model.snapshot import LedgerAction, Manifest
from reconcile.repository.repository import Repository
from reconcile.stores.local import LocalStore
from tests.integration.reconciling import DAY, GOOD
from tests.integration.snapshotting import (
    DAYS,
    SnapshotBench,
    repository_store,
    snapshot_bench,
)

PART = f"day={DAY}/part.parquet"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[SnapshotBench]:
    with snapshot_bench(tmp_path) as made:
        made.write_days()
        yield made


def chunk_of(bench: SnapshotBench, manifest: Manifest, name: str = PART) -> str:
    id = bench.objects(manifest)[name].chunks[0].id
    return f"chunks/{id[:2]}/{id}"


def test_all_data_is_read_and_every_snapshot_is_good(bench: SnapshotBench) -> None:
    first = bench.manifest()
    bench.write(GOOD[:2])
    second = bench.manifest()
    found = bench.verify(read=1.0)
    assert found.sound
    assert found.exit_code == 0
    assert [one.id for one in found.snapshots] == [first.id, second.id]
    assert [one.read_bytes for one in found.snapshots] == [first.bytes, second.bytes]
    assert found.read_objects == 4
    assert found.read_bytes == found.bytes
    assert all(one.good for one in bench.loaded().standings)


def test_nothing_read_is_nothing_verified(bench: SnapshotBench) -> None:
    manifest = bench.manifest()
    found = bench.verify(read=0.0)
    assert (found.sound, found.read_bytes, found.snapshots[0].whole) == (True, 0, False)
    assert bench.loaded().standing(manifest.id).verified_at is None


def test_the_share_goes_round_until_all_was_read(bench: SnapshotBench) -> None:
    for number in range(40):
        bench.write([{"id": number, "n": "x" * number}], day=DAYS[0], name=f"{number}.parquet")
    bench.manifest()
    read = 0
    for _ in range(4):
        found = bench.verify(read=0.25)
        assert 0 < found.read_objects < 43
        read += found.read_objects
    assert read == 43
    rounds = [line.details["round"] for line in bench.lines() if "round" in line.details]
    assert rounds == [0, 1, 2, 3]


def test_a_share_that_is_nobodys_turn_reads_something_all_the_same(bench: SnapshotBench) -> None:
    bench.manifest()
    for _ in range(3):
        found = bench.verify(read=0.001)
        assert found.read_objects == 1
        assert found.snapshots[0].read_bytes == found.read_bytes


def test_a_share_that_is_none_is_refused(bench: SnapshotBench) -> None:
    bench.manifest()
    with pytest.raises(BadInput, match="share"):
        bench.verify(read=1.5)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        pytest.param(lambda data: b"x" + data[1:], "other content", id="other bytes"),
        pytest.param(lambda data: data[:-1], "absent, or of another size", id="cut short"),
        pytest.param(None, "absent, or of another size", id="gone"),
    ],
)
def test_damaged_content_is_named_in_every_snapshot_that_has_it(
    bench: SnapshotBench, damage: object, said: str
) -> None:
    first = bench.good()
    bench.write(GOOD[:2], day=DAYS[0])
    second = bench.good()
    store, name = repository_store(bench), chunk_of(bench, first)
    data = store.get(name)
    if callable(damage):
        store.put(name, damage(data))
    else:
        store.delete(name)
    found = bench.verify(read=1.0)
    assert found.exit_code == 1
    for one, manifest in zip(found.snapshots, (first, second), strict=True):
        assert (one.id, one.damaged_objects) == (manifest.id, 1)
        assert one.damaged[0].startswith(f"{PART}: ")
        assert said in one.damaged[0]
    last = bench.lines()[-1]
    assert last.details["damaged"] == [PART]
    assert last.details["damaged_chunks"] == [name.rpartition("/")[2]]
    assert not any(one.good for one in bench.loaded().standings)


def test_a_clean_share_does_not_clear_what_was_found(bench: SnapshotBench) -> None:
    manifest = bench.good()
    store, name = repository_store(bench), chunk_of(bench, manifest)
    data = store.get(name)
    store.put(name, b"x" + data[1:])
    bench.verify(read=1.0)
    store.put(name, data)
    bench.verify(read=0.01)
    assert bench.loaded().standing(manifest.id).damaged
    bench.verify(read=1.0)
    assert bench.loaded().standing(manifest.id).good


def test_a_damaged_segment_is_damage_of_all_its_objects(bench: SnapshotBench) -> None:
    manifest = bench.good()
    store = repository_store(bench)
    name = next(info.name for info in store.list("segments/"))
    store.put(name, b"x" * len(store.get(name)))
    (one,) = bench.verify(read=0.0).snapshots
    assert one.damaged_objects == manifest.segments[0].objects
    assert bench.loaded().standing(manifest.id).damaged


def test_rows_that_the_footer_does_not_bear_out_are_damage(
    bench: SnapshotBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As from a repository whose writer counted wrongly, all seals intact."""
    monkeypatch.setattr(saving, "_footer", lambda _end: (9, "another"))
    bench.manifest()
    (one,) = bench.verify(read=1.0).snapshots
    assert one.damaged_objects == 3
    assert "footer" in one.damaged[0]


def test_damage_of_a_chunk_and_of_more_names_the_chunk_and_says_that_there_is_more(
    bench: SnapshotBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "_footer", lambda _end: (9, "another"))
    manifest = bench.manifest()
    store, name = repository_store(bench), chunk_of(bench, manifest)
    store.put(name, b"x" + store.get(name)[1:])
    bench.verify(read=1.0)
    details = bench.lines()[-1].details
    assert details["damaged_chunks"] == [name.rpartition("/")[2]]
    assert details["damaged_otherwise"] is True


def test_a_damaged_manifest_is_a_problem(bench: SnapshotBench) -> None:
    first = bench.good()
    second = bench.good()
    store = repository_store(bench)
    name = f"snapshots/orders/{first.id}.json"
    store.put(name, store.get(name).replace(b"source", b"target"))
    found = bench.verify(read=1.0)
    assert found.exit_code == 1
    assert [one.id for one in found.snapshots] == [second.id]
    assert first.id in found.problems[0]
    with pytest.raises(Damaged, match=first.id):
        bench.verify(id=first.id)


def test_a_manifest_that_is_gone_is_a_problem(bench: SnapshotBench) -> None:
    first = bench.good()
    repository_store(bench).delete(f"snapshots/orders/{first.id}.json")
    found = bench.verify(read=1.0)
    assert found.exit_code == 1
    assert first.id in found.problems[0]


def test_a_broken_ledger_is_a_problem_and_is_not_written_to(bench: SnapshotBench) -> None:
    bench.manifest()
    bench.manifest()
    store = repository_store(bench)
    store.put("ledger/00000001.json", store.get("ledger/00000002.json"))
    found = bench.verify(read=1.0)
    assert found.exit_code == 1
    assert found.problems
    assert len(list(store.list("ledger/"))) == 2


def test_a_snapshot_that_is_not_there_is_told(bench: SnapshotBench) -> None:
    bench.manifest()
    with pytest.raises(NotFound, match="elsewhere"):
        bench.verify(id="elsewhere")
    with pytest.raises(BadInput):
        bench.verify(id="../elsewhere")


def test_every_verification_is_a_line(bench: SnapshotBench) -> None:
    manifest = bench.manifest()
    bench.verify(id=manifest.id)
    line = bench.lines()[-1]
    assert (line.action, line.snapshot) == (LedgerAction.VERIFY, manifest.id)
    assert line.details["read"] == bench.rules.verify


def test_the_end_of_a_file_whose_last_piece_is_tiny_is_no_damage(bench: SnapshotBench) -> None:
    data = bench.write([{"id": number, "n": str(number * 7919)} for number in range(900)])
    size = next(size for size in range(1024, len(data)) if len(data) % size == 2)
    store = repository_store(bench)
    Repository.create(store, chunk_size=size, now=bench.setting.now)
    bench.manifest()
    for _ in range(20):
        assert bench.verify(read=0.05).sound


def test_nothing_at_all_is_not_verified(bench: SnapshotBench) -> None:
    Repository.create(repository_store(bench), now=bench.setting.now)
    with pytest.raises(NotFound, match="no snapshot of orders to verify"):
        bench.verify(read=1.0)


def test_a_listing_that_comes_short_is_no_damage(
    bench: SnapshotBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = chunk_of(bench, bench.manifest())
    listed = LocalStore.list

    def short(store: LocalStore, prefix: str = "") -> Iterator[ObjectInfo]:
        return (info for info in listed(store, prefix) if info.name != hidden)

    monkeypatch.setattr(LocalStore, "list", short)
    found = bench.verify(read=1.0)
    assert found.sound
    assert found.read_bytes == found.bytes
