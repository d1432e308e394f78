"""Drills: a snapshot by lot is restored and reconciled, whatever came of it is on record, and
nothing is left."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from reconcile.errors import NotFound, Tampered, Transient, WindowHeld
from reconcile.jobs.snapshots.drilling import drilling, rows
from reconcile.jobs.snapshots.drilling.drilling import Drilled, drill
from reconcile.jobs.snapshots.drilling.scratch import drill_id
from reconcile.jobs.snapshots.restoring import restoration
from reconcile.jobs.snapshots.restoring.carrying import Carrier
from reconcile.model.ledger import Equality
from reconcile.model.snapshot import LedgerAction, Retention
from reconcile.repository.layout import Kind, content, line
from reconcile.stores.protocol import CutShort
from reconcile.stores.verified_copy import Copier
from tests.integration.reconciling import DAY, GOOD
from tests.integration.snapshotting import SnapshotBench, repository_store, snapshot_bench
from tests.integration.synchronising import parquet


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[SnapshotBench]:
    with snapshot_bench(tmp_path, retention=Retention()) as made:
        made.write_days()
        made.put("notes.txt", b"no parquet")
        yield made


def drilled(bench: SnapshotBench, **arguments: Any) -> Drilled:
    bench.forward(timedelta(hours=1))
    with bench.work() as work:
        return drill(work, **arguments)


def left(bench: SnapshotBench) -> list[Path]:
    folders = [bench.bench.folder / "spool", bench.bench.folder / "scratch"]
    return [path for folder in folders for path in folder.rglob("*")]


def test_rows_are_compared_with_the_origin_where_it_has_the_very_same(bench: SnapshotBench) -> None:
    manifest = bench.good()
    done = drilled(bench)
    assert (done.snapshot, done.verdict, done.exit_code) == (manifest.id, "matched", 0)
    assert (done.by_row, done.by_checksum, done.rows) == (3, 1, 3 * len(GOOD))
    assert done.proof.startswith("15 rows of 3 objects compared with the origin's")
    assert done.age_seconds == pytest.approx(3660)
    assert left(bench) == []
    last = bench.lines()[-1]
    assert (last.action, last.details["verdict"]) == (LedgerAction.DRILL, "matched")
    assert {"seconds", "age_seconds", "rows"} <= last.details.keys()
    (standing,) = bench.loaded().standings
    assert standing.restored_at is not None


def test_what_the_origin_has_no_more_is_proven_by_checksum_and_that_is_said(
    bench: SnapshotBench,
) -> None:
    bench.good()
    bench.write([{**row, "v": 0.0} for row in GOOD])
    bench.remove("day=2013-01-04/part.parquet")
    done = drilled(bench)
    assert (done.by_row, done.by_checksum, done.verdict) == (1, 3, "matched")
    assert "3 objects proven by checksum" in done.proof


def test_an_origin_that_is_lost_is_what_backups_are_for(bench: SnapshotBench) -> None:
    bench.good()
    Path(bench.source).rename(f"{bench.source}-lost")
    done = drilled(bench)
    assert (done.by_row, done.verdict, done.rows) == (0, "matched", 3 * len(GOOD))
    assert "cannot be asked" in done.proof


def test_a_row_that_came_back_otherwise_is_found(
    bench: SnapshotBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every checksum may be right of what was saved wrongly: so rows are compared, too."""
    bench.good()
    original = rows.rows_proven

    def tampered(work: Any, contents: Any, destination: Any, survey: Any) -> Any:
        name = f"day={DAY}/part.parquet"
        table = pq.read_table(io.BytesIO(destination.store.get(name))).to_pylist()
        destination.store.put(name, parquet([{**table[0], "v": 99.0}, *table[1:]]))
        return original(work, contents, destination, survey)

    monkeypatch.setattr(drilling, "rows_proven", tampered)
    done = drilled(bench)
    assert (done.verdict, done.exit_code) == ("breached", 1)
    assert "1 differ" in done.problems[0]
    assert bench.lines()[-1].details["verdict"] == "breached"
    assert bench.loaded().standings[0].restored_at is None
    assert left(bench) == []


def test_erased_rows_are_missing_and_no_others(bench: SnapshotBench, tmp_path: Path) -> None:
    bench.good()
    (tmp_path / "erased.csv").write_text("id\n1\n2\n")
    bench.with_rules(erasure=str(tmp_path / "erased.csv"))
    done = drilled(bench)
    assert (done.verdict, done.erased, done.rows, done.by_row) == ("matched", 6, 9, 3)


def test_a_damaged_snapshot_fails_the_drill_and_is_not_good_any_more(bench: SnapshotBench) -> None:
    manifest = bench.good()
    store = repository_store(bench)
    store.delete(content(Kind.CHUNK, bench.objects(manifest)["notes.txt"].chunks[0].id))
    done = drilled(bench)
    assert (done.verdict, done.exit_code, done.snapshot) == ("breached", 1, manifest.id)
    assert "notes.txt" in done.problems[0]
    assert bench.lines()[-1].details["damaged"] == ["notes.txt"]
    (standing,) = bench.loaded().standings
    assert (standing.good, standing.restored_at) == (False, None)
    assert left(bench) == []
    with pytest.raises(NotFound, match="no good snapshot"):
        drilled(bench)


def test_a_drill_that_could_not_be_carried_out_is_on_record_too(
    bench: SnapshotBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.good()

    def unanswered(*_args: Any, **_how: Any) -> Any:
        raise Transient("the scratch place does not answer")

    monkeypatch.setattr(Carrier, "carry", unanswered)
    with pytest.raises(Transient):
        drilled(bench)
    assert bench.lines()[-1].details["verdict"] == "indeterminate"
    assert bench.loaded().standings[0].good
    assert left(bench) == []


def test_what_nobody_foresaw_is_on_record_too(
    bench: SnapshotBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.good()

    def broken(*_args: Any, **_how: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(Carrier, "carry", broken)
    with pytest.raises(ZeroDivisionError):
        drilled(bench)
    assert bench.lines()[-1].details["verdict"] == "indeterminate"
    assert left(bench) == []


def test_a_scratch_place_that_loses_bytes_is_no_fault_of_the_snapshot(
    bench: SnapshotBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.good()
    original = Copier.copy

    def flipped(copier: Copier, *args: Any, **how: Any) -> Any:
        copied = original(copier, *args, **how)
        return replace(copied, equality=Equality.DIFFERENT, destination_value="another")

    monkeypatch.setattr(Copier, "copy", flipped)
    with pytest.raises(CutShort, match="does not lie at the destination as it was sent"):
        drilled(bench)
    assert bench.lines()[-1].details["verdict"] == "indeterminate"
    assert bench.loaded().standings[0].good


def test_only_good_snapshots_are_drawn_and_the_same_drill_draws_the_same(
    bench: SnapshotBench,
) -> None:
    good = {bench.good().id for _ in range(2)}
    bench.manifest()
    drawn = {drilled(bench, id=f"drill-{number}").snapshot for number in range(6)}
    assert drawn == good
    assert drilled(bench, id="drill-1").snapshot == drilled(bench, id="drill-1").snapshot


def test_the_scratch_place_is_a_folder_of_the_drills_own(
    bench: SnapshotBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.good()
    scratch = tmp_path / "scratch"
    bench.with_rules(drill_to=str(scratch))
    others = scratch / "drill-20130105T000000Z-others-1f3a" / "a"
    for path in (scratch / "mine.txt", others):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"not the drill's")
    begun: list[list[str]] = []
    original = restoration.Restoration.write

    def seen(self: Any, survey: Any, **how: Any) -> None:
        original(self, survey, **how)
        begun.append(sorted(path.name for path in scratch.iterdir()))

    monkeypatch.setattr(restoration.Restoration, "write", seen)
    done = drilled(bench)
    assert done.id in begun[0]
    assert sorted(path for path in scratch.rglob("*") if path.is_file()) == [
        others,
        scratch / "mine.txt",
    ]


def test_what_a_killed_drill_has_left_goes_with_a_later_one(
    bench: SnapshotBench, tmp_path: Path
) -> None:
    bench.good()
    bench.with_rules(drill_to=str(tmp_path / "scratch"))
    killed = drill_id("orders", bench.setting.now(), "1f3a")
    path = tmp_path / "scratch" / killed / "day=2013-01-05" / "part.parquet"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"personal data")
    drilled(bench)
    assert path.exists()  # it may be at work
    bench.forward(timedelta(days=2))
    drilled(bench)
    assert not path.exists()


def test_one_drill_of_a_dataset_at_a_time(
    bench: SnapshotBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.good()
    original = Carrier.carry

    def meanwhile(carrier: Carrier, saved: Any, **how: Any) -> Any:
        monkeypatch.setattr(Carrier, "carry", original)
        with bench.work() as work, pytest.raises(WindowHeld):
            drill(work)
        assert bench.create().consistent
        return original(carrier, saved, **how)

    monkeypatch.setattr(Carrier, "carry", meanwhile)
    assert drilled(bench).exit_code == 0


def test_a_ledger_that_was_edited_stops_it(bench: SnapshotBench) -> None:
    bench.good()
    store = repository_store(bench)
    store.put(line(1), store.get(line(1)).replace(b"anna", b"eve."))
    with pytest.raises(Tampered):
        drilled(bench)


def test_one_dated_in_the_future_is_not_drawn(bench: SnapshotBench) -> None:
    bench.forward(timedelta(days=400))
    bench.good()
    bench.bench.clock.forward(timedelta(days=-400))
    now = bench.good()
    assert {drilled(bench, id=f"d{number}").snapshot for number in range(4)} == {now.id}
