"""Snapshots of a dataset: what they hold, what they cost, and when they are not one."""

from __future__ import annotations

import hashlib
import io
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reconcile.errors import AccessDenied, BadInput, NotFound, Tampered, WindowHeld
from reconcile.jobs.snapshots.creating.creation import create
from reconcile.jobs.snapshots.creating.saving import Saver
from reconcile.jobs.snapshots.work import SnapshotWork
from reconcile.jobs.working import LEASE
from reconcile.model.snapshot import Consistency, LedgerAction, LockRules, RepositoryPlace
from reconcile.repository.repository import Repository
from reconcile.repository.running import running
from reconcile.stores.checksum import checksum_of
from reconcile.stores.local import LocalStore
from tests.integration.reconciling import DAY, GOOD
from tests.integration.snapshotting import (
    DAYS,
    SnapshotBench,
    repository_store,
    snapshot_bench,
)
from tests.integration.synchronising import parquet


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[SnapshotBench]:
    with snapshot_bench(tmp_path) as made:
        yield made


@pytest.fixture
def full(bench: SnapshotBench) -> SnapshotBench:
    bench.write_days()
    return bench


def read_of_origin(bench: SnapshotBench, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of files that are read at the origin from now on."""

    names: list[str] = []
    original = LocalStore.get

    def get(store: LocalStore, name: str, **arguments: Any) -> bytes:
        if store.root == bench.source:
            names.append(name)
        return original(store, name, **arguments)

    monkeypatch.setattr(LocalStore, "get", get)
    return names


def test_a_snapshot_holds_every_object_with_its_rows_and_columns(full: SnapshotBench) -> None:
    full.put("notes.txt", b"no parquet")
    full.put(f"day={DAY}/_SUCCESS", b"")
    created = full.create(tags=["closing", "closing"])
    manifest = created.manifest
    assert manifest is not None
    objects = full.objects(manifest)
    assert sorted(objects) == sorted(full.held())
    parquet = [one for one in objects.values() if one.name.endswith(".parquet")]
    assert {one.rows for one in parquet} == {len(GOOD)}
    assert len({one.schema for one in parquet}) == 1
    assert objects["notes.txt"].rows is objects["notes.txt"].schema is None
    assert objects[f"day={DAY}/_SUCCESS"].chunks == ()
    assert (manifest.objects, manifest.rows, manifest.tags) == (5, 3 * len(GOOD), ("closing",))
    assert manifest.consistency is Consistency.CONSISTENT
    assert (created.read, created.kept, created.new_bytes) == (5, 0, created.bytes)
    (line,) = full.lines()
    assert (line.action, line.snapshot, line.by) == (LedgerAction.CREATE, manifest.id, "anna")
    (known,) = full.setting.state.snapshots.list("orders")
    assert known.id == manifest.id


def test_a_footer_that_no_reader_takes_keeps_nobody_from_a_snapshot(full: SnapshotBench) -> None:
    sink = io.BytesIO()
    pq.write_table(pa.table({"abcdefgh": [1]}), sink, store_schema=False)
    full.put("odd.parquet", sink.getvalue().replace(b"abcdefgh", b"\xff\xfe\xfd\xfcefgh"))
    objects = full.objects(full.good())
    assert objects["odd.parquet"].rows is None


def test_what_is_unchanged_is_not_read_and_costs_nothing(
    full: SnapshotBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = full.manifest()
    listings: list[int] = []
    read = read_of_origin(full, monkeypatch)
    second = full.create(before_listing=listings.append)
    assert (second.read, second.kept, second.new_bytes) == (0, 3, 0)
    assert read == []
    assert listings == [1]
    assert second.manifest is not None
    assert second.manifest.segments == first.segments


def test_only_what_was_rewritten_is_read(
    full: SnapshotBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = full.objects(full.manifest())
    full.write(GOOD[:2])
    read = read_of_origin(full, monkeypatch)
    created = full.create()
    assert (created.read, created.kept) == (1, 2)
    assert read == [f"day={DAY}/part.parquet"]
    assert created.manifest is not None
    after = full.objects(created.manifest)
    assert [name for name in after if after[name] != before[name]] == read
    assert after[read[0]].rows == 2


def test_objects_of_the_same_bytes_are_stored_once(bench: SnapshotBench) -> None:
    for number in range(5):
        bench.write(day=DAYS[0], name=f"{number}.parquet")
    created = bench.create()
    assert created.new_bytes * 5 == created.bytes


def test_large_objects_are_saved_in_pieces(bench: SnapshotBench) -> None:
    rows = [{"id": i, "n": f"name {i * 7919}"} for i in range(300)]
    data = bench.write(rows)
    work = bench.work()

    Repository.create(repository_store(bench), now=work.setting.now, chunk_size=1024)
    (saved,) = bench.objects(bench.manifest()).values()
    assert [chunk.size for chunk in saved.chunks[:-1]] == [1024] * (len(data) // 1024)
    assert (saved.size, saved.rows) == (len(data), len(rows))

    assert saved.sha256 == hashlib.sha256(data).hexdigest()
    assert saved.crc64nvme == checksum_of(data, algorithm="crc64nvme")


def test_the_running_window_is_left_out(bench: SnapshotBench) -> None:
    bench.write_days([DAY, "2026-03-01"])
    assert sorted(bench.objects(bench.manifest())) == [f"day={DAY}/part.parquet"]


def test_a_span_holds_its_windows_only(full: SnapshotBench) -> None:
    windows = full.work().origin.calendar.span(f"{DAYS[0]}/{DAYS[2]}")
    manifest = full.manifest(span=windows)
    assert manifest.span == (DAYS[0], DAYS[1])
    assert sorted(full.objects(manifest)) == [f"day={day}/part.parquet" for day in DAYS[:2]]


def test_a_span_of_no_ended_window_is_refused(full: SnapshotBench) -> None:
    with pytest.raises(BadInput, match="has not ended"):
        full.create(span=[full.window("2026-03-01")])


def test_a_rehearsal_writes_nothing(full: SnapshotBench) -> None:
    created = full.create(dry_run=True)
    assert (created.objects, created.read, created.kept, created.manifest) == (3, 3, 0, None)
    assert not Path(full.rules.repository.location).exists()
    full.manifest()
    before = full.held(full.rules.repository.location)
    full.write(GOOD[:1])
    created = full.create(dry_run=True)
    assert (created.read, created.kept) == (1, 2)
    assert full.held(full.rules.repository.location) == before


def test_an_empty_origin_is_no_snapshot(full: SnapshotBench) -> None:
    full.manifest()
    for day in DAYS:
        full.remove(f"day={day}/part.parquet")
    for dry_run in (False, True):
        with pytest.raises(NotFound, match="nothing to save"):
            full.create(dry_run=dry_run)
    assert len(full.loaded().manifests) == 1


def test_the_same_id_again_gives_the_same_snapshot(full: SnapshotBench) -> None:
    first = full.manifest(id="mine")
    full.write(GOOD[:2])
    assert full.manifest(id="mine") == first
    assert [line.snapshot for line in full.lines()] == ["mine"]


# Consistency.


def test_what_changes_meanwhile_is_waited_for_and_saved_again(full: SnapshotBench) -> None:
    def change(number: int) -> None:
        if number == 2:
            full.write(GOOD[:1])

    created = full.create(before_listing=change)
    assert created.consistent
    assert full.pauses == [60.0]
    assert created.manifest is not None
    assert full.objects(created.manifest)[f"day={DAY}/part.parquet"].rows == 1
    assert created.manifest.taken_at > created.manifest.started_at + timedelta(seconds=59)


def test_an_object_that_is_replaced_while_it_is_read_is_read_again(
    full: SnapshotBench, monkeypatch: pytest.MonkeyPatch
) -> None:

    original = Saver.save
    replaced: list[bytes] = []

    def save(saver: Saver, info: Any) -> Any:
        if DAY in info.name and not replaced:
            replaced.append(full.write(GOOD[:3]))
        return original(saver, info)

    monkeypatch.setattr(Saver, "save", save)
    manifest = full.manifest()
    assert manifest.consistency is Consistency.CONSISTENT
    assert full.objects(manifest)[f"day={DAY}/part.parquet"].rows == 3


def test_what_never_stands_still_is_inconsistent(full: SnapshotBench) -> None:
    full.with_rules(settle=timedelta(minutes=3))

    def change(number: int) -> None:
        full.write(GOOD[: number % 5 + 1])

    created = full.create(before_listing=change)
    assert created.reasons == (f"day={DAY}/ was written to meanwhile: day={DAY}/part.parquet",)
    assert sum(full.pauses) == 180
    standing = full.loaded().standing(created.id)
    assert standing.manifest.consistency is Consistency.INCONSISTENT
    assert full.verify(id=created.id, read=1.0).sound
    assert not full.loaded().standing(created.id).good


def test_a_partition_that_is_rewritten_is_waited_for_until_its_marker_is_back(
    full: SnapshotBench,
) -> None:
    full.changes["ready"] = {"marker": "_SUCCESS"}
    for day in DAYS:
        full.put(f"day={day}/_SUCCESS", b"")
    full.good()
    full.remove(f"day={DAY}/_SUCCESS")
    full.write(GOOD[:1])
    full.meanwhile = [
        lambda: full.put(f"day={DAY}/part.parquet", parquet(GOOD[:2])),
        lambda: full.put(f"day={DAY}/_SUCCESS", b""),
    ]
    manifest = full.manifest()
    assert manifest.consistency is Consistency.CONSISTENT
    assert full.objects(manifest)[f"day={DAY}/part.parquet"].rows == 2
    assert len(full.pauses) == 3


def test_a_partition_without_its_marker_to_the_end_is_a_reason(full: SnapshotBench) -> None:
    full.changes["ready"] = {"marker": "_SUCCESS"}
    for day in DAYS[:2]:
        full.put(f"day={day}/_SUCCESS", b"")
    created = full.create()
    assert created.reasons == (f"day={DAYS[2]}/ has no _SUCCESS",)
    assert sum(full.pauses) == full.rules.settle.total_seconds()


def test_a_partition_that_was_deleted_is_waited_for_by_nobody(full: SnapshotBench) -> None:
    full.changes["ready"] = {"marker": "_SUCCESS"}
    for day in DAYS:
        full.put(f"day={day}/_SUCCESS", b"")
    full.good()
    full.remove(f"day={DAY}/_SUCCESS")
    full.meanwhile = [lambda: full.remove(f"day={DAY}/part.parquet")]
    manifest = full.manifest()
    assert manifest.consistency is Consistency.CONSISTENT
    assert not any(DAY in name for name in full.objects(manifest))
    full.pauses.clear()
    assert full.create().consistent
    assert full.pauses == []


# Others at work.


def test_a_broken_chain_is_not_continued(full: SnapshotBench) -> None:
    full.manifest()
    full.manifest()
    store = repository_store(full)
    lines = [info.name for info in store.list("ledger/")]
    store.delete(lines[0])
    before = full.held(full.rules.repository.location)
    with pytest.raises(Tampered, match="ledger"):
        full.create()
    after = full.held(full.rules.repository.location)
    assert after == before


def test_a_truncated_ledger_is_known_from_the_state(full: SnapshotBench) -> None:
    full.manifest()
    full.manifest()
    store = repository_store(full)
    store.delete([info.name for info in store.list("ledger/")][-1])
    with pytest.raises(Tampered):
        full.create()


def test_another_at_work_on_the_same_dataset_is_not_joined(full: SnapshotBench) -> None:
    leases = full.setting.state.leases
    leases.acquire("orders", "snapshots", "other", now=full.setting.now(), ttl=LEASE)
    with pytest.raises(WindowHeld, match="other"):
        full.create()
    full.forward(LEASE)
    full.manifest()


def test_two_first_snapshots_at_once_are_two_snapshots(tmp_path: Path) -> None:
    """From two hosts that share no state: each sees a repository that is not there yet."""
    place = str(tmp_path / "shared")
    with (
        snapshot_bench(tmp_path / "one", repository=place) as one,
        snapshot_bench(tmp_path / "two", repository=place) as two,
    ):
        two.rules = one.rules
        two.source = one.source
        one.write_days()
        made = []

        def other(number: int) -> None:
            if number == 1:
                made.append(two.manifest())

        mine = one.manifest(before_listing=other)
        assert mine.repository == made[0].repository
        assert {one.id for one in two.loaded().manifests} == {mine.id, made[0].id}
        loaded = one.loaded()
        assert loaded.problems == ()
        assert [line.sequence for line in loaded.lines] == [1, 2]
        assert one.verify(read=1.0).sound


def test_a_manifest_whose_maker_died_before_the_ledger_is_told_of_it(
    full: SnapshotBench,
) -> None:
    full.manifest(id="orphan")
    store = repository_store(full)
    for info in list(store.list("ledger/")):
        store.delete(info.name)
    with snapshot_bench(Path(full.bench.folder) / "new") as fresh:
        fresh.rules, fresh.source = full.rules, full.source
        fresh.manifest(id="next")
        lines = fresh.lines()
    assert [(line.snapshot, line.details.get("adopted")) for line in lines] == [
        ("orphan", True),
        ("next", None),
    ]


# What is gone or damaged in the repository.


def _chunk(bench: SnapshotBench) -> str:
    return next(info.name for info in repository_store(bench).list("chunks/"))


def test_content_that_has_gone_missing_is_uploaded_again(full: SnapshotBench) -> None:
    full.manifest()
    repository_store(full).delete(_chunk(full))
    created = full.create()
    assert (created.read, created.healed) == (1, 1)
    assert full.verify(read=1.0).sound


def test_a_segment_that_has_gone_missing_is_written_again(full: SnapshotBench) -> None:
    first = full.manifest()
    store = repository_store(full)
    store.delete(next(info.name for info in store.list("segments/")))
    second = full.manifest()
    assert second.segments == first.segments
    assert full.verify(read=1.0).sound


def test_a_segment_that_cannot_be_read_is_known_no_more(full: SnapshotBench) -> None:
    first = full.manifest()
    store = repository_store(full)
    name = next(info.name for info in store.list("segments/"))
    store.put(name, b"x" * len(store.get(name)))
    full.write(GOOD[:4])
    created = full.create()
    assert created.read == 3
    assert created.manifest is not None
    assert created.manifest.segments != first.segments
    assert full.verify(id=created.id, read=1.0).sound


def test_content_that_a_verification_found_damaged_is_uploaded_again(full: SnapshotBench) -> None:
    first = full.good()
    store, name = repository_store(full), _chunk(full)
    store.put(name, b"x" * len(store.get(name)))
    found = full.verify(read=1.0)
    assert not found.sound
    assert full.loaded().standing(first.id).damaged
    created = full.create()
    assert created.consistent
    assert name.rpartition("/")[2] in full.lines()[-1].details["healed"]
    assert full.verify(read=1.0).sound
    assert all(one.good for one in full.loaded().standings)


def test_a_damaged_manifest_keeps_nobody_from_a_new_snapshot(full: SnapshotBench) -> None:
    first = full.manifest()
    store = repository_store(full)
    store.put(f"snapshots/orders/{first.id}.json", b"{}")
    full.manifest()
    assert first.id in full.loaded().unreadable


def test_a_repository_that_is_gone_is_not_begun_anew_unasked(full: SnapshotBench) -> None:
    full.create()
    place = Path(full.rules.repository.location)
    shutil.rmtree(place)
    for dry_run in (True, False):
        with pytest.raises(NotFound, match="1 are known of; found no repository"):
            full.create(dry_run=dry_run)
    assert not place.exists()  # it may be a disk that is not mounted
    assert full.create(anew=True).consistent
    assert full.create().kept == 3


def test_another_repository_than_the_known_one_is_not_saved_to_unasked(
    full: SnapshotBench, tmp_path: Path
) -> None:
    full.create()
    full.with_rules(repository=RepositoryPlace(str(tmp_path / "shared")))
    Repository.create(repository_store(full), now=full.setting.now)
    for dry_run in (True, False):
        with pytest.raises(NotFound, match="found another repository than theirs"):
            full.create(dry_run=dry_run)
    assert full.create(dry_run=True, anew=True).read == 3
    assert full.create(anew=True).consistent


def test_an_id_that_climbs_is_refused(full: SnapshotBench) -> None:
    with pytest.raises(BadInput, match="id"):
        full.create(id="../../elsewhere")


def test_a_dataset_without_a_block_is_told_what_it_lacks(bench: SnapshotBench) -> None:

    with pytest.raises(BadInput, match="no `snapshot` block"):
        SnapshotWork.open(bench.setting, replace(bench.dataset, snapshot=None), by="anna")


def test_a_repository_in_its_origin_is_refused(tmp_path: Path) -> None:
    with (
        snapshot_bench(tmp_path, repository=str(tmp_path / "source")) as bench,
        bench.work() as work,
        pytest.raises(BadInput, match="lies in it"),
    ):
        create(work)


def test_a_writer_needs_no_right_to_delete(
    full: SnapshotBench, monkeypatch: pytest.MonkeyPatch
) -> None:

    def refused(*_: Any, **__: Any) -> None:
        raise AccessDenied("no right to delete")

    monkeypatch.setattr(LocalStore, "delete", refused)
    full.manifest()
    full.manifest()
    assert full.verify(read=1.0).sound


def test_a_store_without_locks_is_a_note(full: SnapshotBench) -> None:

    full.with_rules(repository=replace(full.rules.repository, lock=LockRules(30)))
    (note,) = full.create().notes
    assert "cannot lock" in note


def test_a_create_begins_when_a_sweep_has_ended(full: SnapshotBench) -> None:
    full.good()
    repository = full.repository()
    sweeping = running(
        repository, action=LedgerAction.SWEEP, dataset="others", snapshot="sweep", by="otto"
    )
    sweeping.__enter__()
    full.meanwhile += [lambda: sweeping.__exit__(None, None, None)]
    full.forward()
    assert full.create().consistent
    assert len(full.pauses) == 1
