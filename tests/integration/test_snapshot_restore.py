"""Restores: what comes back, what stands in the way, and what is never taken for restored."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reconcile.errors import AlreadyExists, BadInput, Damaged, NotFound, WindowHeld
from reconcile.jobs.snapshots.restoring import carrying
from reconcile.jobs.snapshots.restoring.contents import Contents
from reconcile.jobs.snapshots.restoring.restored import Restored
from reconcile.jobs.snapshots.restoring.restoring import restore
from reconcile.model.location import Location
from reconcile.model.objects import ObjectInfo
from reconcile.model.snapshot import LedgerAction
from reconcile.repository.layout import Kind, content, line
from reconcile.stores.local import LocalStore
from reconcile.stores.protocol import Unnameable
from tests.integration.reconciling import DAY, GOOD
from tests.integration.snapshotting import (
    DAYS,
    SnapshotBench,
    repository_store,
    snapshot_bench,
)

LARGE = os.urandom(1024) * (33 * 1024)
"""Three pieces of content, the last one smaller."""


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[SnapshotBench]:
    with snapshot_bench(tmp_path) as made:
        made.write_days()
        made.put(f"day={DAY}/_SUCCESS", b"")
        made.put("notes.txt", b"no parquet")
        yield made


@pytest.fixture
def to(tmp_path: Path) -> str:
    return str(tmp_path / "restored")


def restored(bench: SnapshotBench, to: str, **arguments: Any) -> Restored:
    with bench.work() as work:
        return restore(work, to=Location.parse(to), **arguments)


def harm(bench: SnapshotBench, chunk: str) -> None:
    """Flips a byte of a piece of content at rest."""
    store, name = repository_store(bench), content(Kind.CHUNK, chunk)
    data = bytearray(store.get(name))
    data[len(data) // 2] ^= 1
    store.put(name, bytes(data))


def test_all_comes_back_byte_for_byte_and_is_counted(bench: SnapshotBench, to: str) -> None:
    bench.put("large.bin", LARGE)
    manifest, was = bench.good(), bench.held()
    for name in was:
        bench.remove(name)
    done = restored(bench, to)
    assert bench.held(to) == was
    assert (done.id, done.objects, done.bytes) == (manifest.id, len(was), manifest.bytes)
    assert (done.written, done.already, done.replaced) == (len(was), 0, 0)
    assert (done.rows, done.counted) == (3 * len(GOOD), 3 * len(GOOD))
    assert (done.proven, done.exit_code, done.problems) == (True, 0, ())
    last = bench.lines()[-1]
    assert (last.action, last.snapshot, last.by) == (LedgerAction.RESTORE, manifest.id, "anna")
    assert last.details["rows"] == 3 * len(GOOD)
    (standing,) = bench.loaded().standings
    assert standing.restored_at is not None


def test_what_lies_there_with_the_right_bytes_is_kept(bench: SnapshotBench, to: str) -> None:
    bench.good()
    restored(bench, to)
    store = bench.store(to)
    store.delete("notes.txt")
    tags = {info.name: info.etag for info in store.list()}
    done = restored(bench, to)
    assert (done.written, done.already) == (1, 4)
    assert bench.held(to) == bench.held()
    assert {info.name: info.etag for info in store.list() if info.name in tags} == tags


def test_what_a_killed_restore_has_begun_to_write_is_removed(bench: SnapshotBench, to: str) -> None:
    """No listing shows it, so nobody would ever miss the room it takes."""
    bench.good()
    (Path(to) / "b").mkdir(parents=True)
    begun, young = Path(to, "b", ".reconcile-5eed"), Path(to, ".reconcile-1234")
    begun.write_bytes(b"half")
    young.write_bytes(b"half")
    began_at = bench.setting.now().timestamp()
    os.utime(begun, (began_at - 60, began_at - 60))
    os.utime(young, (began_at + 10**6, began_at + 10**6))
    assert restored(bench, to).proven
    assert (begun.exists(), young.exists()) == (False, True)


def test_other_bytes_under_its_names_stop_it_before_anything_is_written(
    bench: SnapshotBench, to: str
) -> None:
    bench.good()
    bench.store(to).put("notes.txt", b"NO PARQUET")
    with pytest.raises(AlreadyExists, match=r"notes\.txt"):
        restored(bench, to)
    assert bench.held(to) == {"notes.txt": b"NO PARQUET"}
    rehearsed = restored(bench, to, rehearsal=True)
    assert (rehearsed.conflicts, rehearsed.exit_code) == (("notes.txt",), 1)


def test_they_are_replaced_when_that_is_said_and_what_else_lies_there_is_named(
    bench: SnapshotBench, to: str
) -> None:
    bench.good()
    bench.store(to).put("notes.txt", b"NO PARQUET")
    bench.store(to).put("others/mine.txt", b"mine")
    done = restored(bench, to, replace=True)
    assert (done.replaced, done.extras, done.extra_objects) == (1, ("others/mine.txt",), 1)
    assert bench.held(to) == {**bench.held(), "others/mine.txt": b"mine"}


def test_what_was_put_there_since_it_was_looked_at_is_not_replaced(
    bench: SnapshotBench, to: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.good()
    bench.store(to).put("notes.txt", b"as listed")
    original = carrying.Carrier.carry

    def meanwhile(carrier: carrying.Carrier, saved: Any, **how: Any) -> Any:
        if saved.name == "notes.txt":
            bench.store(to).put("notes.txt", b"another's")
        return original(carrier, saved, **how)

    monkeypatch.setattr(carrying.Carrier, "carry", meanwhile)
    with pytest.raises(Exception, match=r"notes\.txt"):
        restored(bench, to, replace=True)
    assert bench.held(to)["notes.txt"] == b"another's"
    bench.store(to).delete("notes.txt")
    with pytest.raises(Exception, match=r"notes\.txt"):
        restored(bench, to)
    assert bench.held(to)["notes.txt"] == b"another's"


def test_a_rehearsal_writes_nothing(bench: SnapshotBench, to: str) -> None:
    bench.good()
    lines = bench.lines()
    done = restored(bench, to, rehearsal=True)
    assert (done.written, done.rehearsal, done.proven, done.exit_code) == (5, True, False, 0)
    assert not Path(to).exists()
    assert bench.lines() == lines
    assert not list(repository_store(bench).list("running/"))


def test_a_window_comes_back_alone(bench: SnapshotBench, to: str) -> None:
    bench.good()
    bench.store(to).put("day=2013-01-04/part.parquet", b"of another window")
    done = restored(bench, to, span=[bench.window()])
    there = {name: data for name, data in bench.held(to).items() if name.startswith(f"day={DAY}")}
    assert there == {n: data for n, data in bench.held().items() if n.startswith(f"day={DAY}")}
    assert (done.objects, done.rows, done.extras) == (2, len(GOOD), ())
    with pytest.raises(BadInput, match="nothing of these windows"):
        restored(bench, to, span=[bench.window("2013-02-01")])


def test_success_markers_come_last(
    bench: SnapshotBench, to: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.good()
    names: list[str] = []
    original = LocalStore.put

    def put(store: LocalStore, name: str, *data: Any, **how: Any) -> ObjectInfo:
        if store.root == to:
            names.append(name)
        return original(store, name, *data, **how)

    monkeypatch.setattr(LocalStore, "put", put)
    restored(bench, to)
    assert names[-1] == f"day={DAY}/_SUCCESS"


@pytest.mark.parametrize("large", [False, True])
def test_a_flipped_byte_is_never_restored_and_another_snapshot_is_offered(
    bench: SnapshotBench, to: str, large: bool
) -> None:
    earlier = bench.good()
    name, data = ("large.bin", LARGE) if large else ("notes.txt", b"changed")
    bench.put(name, data)
    newest = bench.good()
    harm(bench, bench.objects(newest)[name].chunks[-1].id)
    with pytest.raises(Damaged) as raised:
        restored(bench, to, id=newest.id)
    assert name in raised.value.line()
    assert earlier.id in raised.value.line()
    assert name not in bench.held(to)
    assert not list(Path(to).rglob(".reconcile-*"))


def test_a_newest_that_is_known_to_be_damaged_is_not_passed_over_silently(
    bench: SnapshotBench, to: str
) -> None:
    earlier = bench.good()
    bench.put("notes.txt", b"changed")
    newest = bench.good()
    harm(bench, bench.objects(newest)["notes.txt"].chunks[0].id)
    assert not bench.verify(id=newest.id, read=1.0).sound
    with pytest.raises(BadInput, match=earlier.id):
        restored(bench, to)
    assert restored(bench, to, id=earlier.id).proven


def test_a_newest_whose_manifest_is_gone_is_not_passed_over_silently(
    bench: SnapshotBench, to: str
) -> None:
    earlier, newest = bench.good(), bench.good()
    repository_store(bench).delete(f"snapshots/orders/{newest.id}.json")
    with pytest.raises(BadInput, match=newest.id) as raised:
        restored(bench, to)
    assert earlier.id in raised.value.line()
    with pytest.raises(Damaged):
        restored(bench, to, id=newest.id)


def test_the_snapshot_of_a_time(bench: SnapshotBench, to: str) -> None:
    earlier = bench.good()
    bench.put("notes.txt", b"changed")
    bench.good()
    done = restored(bench, to, at=earlier.taken_at + timedelta(seconds=1))
    assert done.id == earlier.id
    assert bench.held(to)["notes.txt"] == b"no parquet"
    with pytest.raises(NotFound):
        restored(bench, to, at=earlier.taken_at - timedelta(days=1))


def test_a_ledger_that_was_edited_lets_a_named_snapshot_through_and_takes_no_line(
    bench: SnapshotBench, to: str
) -> None:
    manifest = bench.good()
    store, count = repository_store(bench), len(bench.lines())
    store.put(line(1), store.get(line(1)).replace(b"anna", b"eve."))
    with pytest.raises(Damaged, match="ledger"):
        restored(bench, to)
    done = restored(bench, to, id=manifest.id)
    assert done.proven
    assert done.notes
    assert len(list(store.list("ledger/"))) == count


def test_it_never_goes_into_a_repository(bench: SnapshotBench) -> None:
    bench.good()
    for place in (bench.rules.repository.location, f"{bench.rules.repository.location}/chunks"):
        with pytest.raises(BadInput, match="repository"):
            restored(bench, place)


def test_a_file_or_a_pattern_is_no_place_to_restore_to(bench: SnapshotBench, to: str) -> None:
    bench.good()
    Path(to).write_bytes(b"a file")
    for place in (to, f"{to}/*"):
        with pytest.raises(BadInput, match="no folder"):
            restored(bench, place)


def test_one_restore_at_a_time_into_a_folder(
    bench: SnapshotBench, to: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.good()
    original, held = carrying.Carrier.carry, []

    def meanwhile(carrier: carrying.Carrier, saved: Any, **how: Any) -> Any:
        monkeypatch.setattr(carrying.Carrier, "carry", original)
        with pytest.raises(WindowHeld):
            restored(bench, to)
        held.append(restored(bench, f"{to}-2").proven)
        return original(carrier, saved, **how)

    monkeypatch.setattr(carrying.Carrier, "carry", meanwhile)
    assert restored(bench, to).proven
    assert held == [True]


def test_what_somebody_writes_there_afterwards_is_told(
    bench: SnapshotBench, to: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.good()
    original = carrying.Carrier.carry

    def meanwhile(carrier: carrying.Carrier, saved: Any, **how: Any) -> Any:
        carried = original(carrier, saved, **how)
        if saved.name == "notes.txt":
            bench.store(to).put("notes.txt", b"no Parquet")
        if saved.name.startswith("day=2013-01-06"):
            bench.store(to).delete(saved.name)
        return carried

    monkeypatch.setattr(carrying.Carrier, "carry", meanwhile)
    done = restored(bench, to)
    assert (done.proven, done.exit_code) == (False, 1)
    assert [problem.split("'")[1] for problem in done.problems] == [
        "day=2013-01-06/part.parquet",
        "notes.txt",
    ]
    (standing,) = bench.loaded().standings
    assert standing.restored_at is None


@pytest.mark.parametrize("name", ["../up.txt", "/etc/passwd", "a/../../b", "a\\..\\b", "a//b"])
def test_no_name_of_a_manifest_leads_out_of_the_folder(
    bench: SnapshotBench, to: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Names are refused where segments are read (`test_snapshot_segments`); and were they not,
    no store would write them."""
    bench.good()
    outside = {path for path in tmp_path.rglob("*") if not path.is_relative_to(to)}
    original = Contents.objects

    def hostile(contents: Contents) -> Iterator[Any]:
        for saved in original(contents):
            if saved.name == "notes.txt":
                object.__setattr__(saved, "name", name)
            yield saved

    monkeypatch.setattr(Contents, "objects", hostile)
    with pytest.raises(Unnameable):
        restored(bench, to)
    now = {path for path in tmp_path.rglob("*") if not path.is_relative_to(to)}
    assert {path for path in now - outside if "repository" not in path.parts} <= {
        path for path in now if "spool" in path.parts or "state" in path.name
    }


def test_names_of_every_kind_come_back(bench: SnapshotBench, to: str) -> None:
    names = ["a b/ü.txt", "a b/%2F+&?#.txt", "\u0065\u0301.txt", "\u00e9.txt", "🛫", "n\nl", "zero"]
    for name in names:
        bench.put(name, b"" if name == "zero" else name.encode())
    bench.good()
    assert restored(bench, to).proven
    assert bench.held(to) == bench.held()
    assert set(DAYS) <= {name[4:14] for name in bench.held(to)}
