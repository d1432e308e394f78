"""Prunes: what goes, what stays whatever the policy says, and that nobody loses what he needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from reconcile.errors import Damaged, WindowHeld
from reconcile.jobs.snapshots.pruning import pruning
from reconcile.jobs.snapshots.pruning.pruned import Pruned, PrunePlan
from reconcile.jobs.snapshots.restoring.restoring import restore
from reconcile.jobs.snapshots.waiting import wait_for_sweep
from reconcile.model.location import Location
from reconcile.model.snapshot import LedgerAction, LockRules, Manifest, Protection, Retention
from reconcile.repository import manifests, marks, running_entry
from reconcile.repository.layout import Kind, content, manifest
from reconcile.repository.ledger import Ledger
from reconcile.repository.running import running
from reconcile.repository.running_entry import Running
from reconcile.stores.local import LocalStore
from reconcile.stores.protocol import Locked
from tests.integration.reconciling import DAY
from tests.integration.snapshotting import SnapshotBench, repository_store, snapshot_bench

GRACE = timedelta(hours=24)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[SnapshotBench]:
    with snapshot_bench(tmp_path, retention=Retention(daily=1)) as made:
        made.write_days()
        yield made


def plan(bench: SnapshotBench) -> PrunePlan:
    with bench.work() as work:
        return pruning.plan(work)


def prune(bench: SnapshotBench, **arguments: Any) -> Pruned:
    bench.forward()
    with bench.work(by="pruner") as work:
        return pruning.prune(work, **arguments)


def changed(bench: SnapshotBench, text: str) -> Manifest:
    """A good snapshot, of which one object is no other's."""
    bench.put("notes.txt", text.encode())
    return bench.good()


def chunk(bench: SnapshotBench, of: Manifest, name: str = "notes.txt") -> str:
    return content(Kind.CHUNK, bench.objects(of)[name].chunks[0].id)


def stored(bench: SnapshotBench) -> set[str]:
    return {info.name for info in repository_store(bench).list()}


def whole(bench: SnapshotBench, to: Path, id: str) -> bool:
    with bench.work() as work:
        return restore(work, to=Location.parse(str(to)), id=id).proven


def test_it_is_shown_first_and_then_done(bench: SnapshotBench) -> None:
    old, new = changed(bench, "old"), changed(bench, "new")
    shown, before = plan(bench), stored(bench)
    assert (shown.removed, shown.kept, shown.problems) == ((old.id,), (new.id,), ())
    assert shown.bytes == {old.id: old.bytes}
    dry = prune(bench, dry_run=True)
    assert (dry.plan.removed, dry.removed) == ((old.id,), ())
    assert dry.marked == 2  # its own object, and its own list of objects
    assert stored(bench) == before
    done = prune(bench)
    assert (done.removed, done.marked, done.swept) == ((old.id,), 2, 0)
    assert manifests.ids(bench.repository(), "orders") == (new.id,)
    (line,) = [one for one in bench.lines() if one.action is LedgerAction.PRUNE]
    assert (line.snapshot, line.by, line.details["reasons"]) == (
        old.id,
        "pruner",
        ["no rule keeps it"],
    )
    removed = {one.id for one in bench.setting.state.snapshots.list("orders") if one.removed_at}
    assert removed == {old.id}


def test_content_goes_in_a_second_prune_when_the_grace_has_passed(
    bench: SnapshotBench, tmp_path: Path
) -> None:
    old = changed(bench, "old")
    own = chunk(bench, old)
    new = changed(bench, "new")
    prune(bench)
    assert own in stored(bench)
    assert prune(bench).swept == 0
    bench.forward(GRACE)
    done = prune(bench)
    assert (done.swept, done.marked, done.spared) == (2, 0, 0)
    assert own not in stored(bench)
    assert not [name for name in stored(bench) if name.startswith("marks/")]
    (line,) = [one for one in bench.lines() if one.action is LedgerAction.SWEEP]
    assert line.details["chunks"] == 1
    assert bench.verify(id=new.id, read=1.0).sound
    assert whole(bench, tmp_path / "restored", new.id)


def test_what_is_needed_again_is_spared(bench: SnapshotBench, tmp_path: Path) -> None:
    """Between the two phases somebody saves the very same content again."""
    own = chunk(bench, changed(bench, "old"))
    changed(bench, "new")
    prune(bench)
    again = changed(bench, "old")
    bench.forward(GRACE)
    done = prune(bench)
    assert own in stored(bench)
    assert done.spared == 1
    assert whole(bench, tmp_path / "restored", again.id)


def test_a_create_does_not_rely_on_what_is_marked(
    bench: SnapshotBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = chunk(bench, changed(bench, "old"))
    changed(bench, "new")
    prune(bench)
    written: list[str] = []
    original = LocalStore.put

    def put(store: LocalStore, name: str, *data: Any, **how: Any) -> Any:
        written.append(name)
        return original(store, name, *data, **how)

    monkeypatch.setattr(LocalStore, "put", put)
    changed(bench, "old")
    assert own in written


@pytest.mark.parametrize("action", [LedgerAction.CREATE, LedgerAction.COPY])
def test_nothing_is_swept_while_somebody_saves(bench: SnapshotBench, action: LedgerAction) -> None:
    own = chunk(bench, changed(bench, "old"))
    changed(bench, "new")
    prune(bench)
    bench.forward(GRACE)
    with running(bench.repository(), action=action, dataset="others", snapshot="theirs", by="otto"):
        done = prune(bench)
        assert (done.swept, done.marked, done.exit_code) == (0, 0, 0)
        assert "otto" in done.notes[0]
        assert own in stored(bench)
    assert prune(bench).swept == 2


def test_who_begins_to_save_while_content_goes_stops_it(
    bench: SnapshotBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed(bench, "old")
    changed(bench, "new")
    prune(bench)
    bench.forward(GRACE)
    monkeypatch.setattr("reconcile.jobs.snapshots.pruning.sweeping._TOGETHER", 1)
    original, others = LocalStore.delete, list[Any]()

    def delete(store: LocalStore, name: str, **how: Any) -> None:
        original(store, name, **how)
        if name.startswith("chunks/"):
            showing = running(
                bench.repository(),
                action=LedgerAction.CREATE,
                dataset="others",
                snapshot="theirs",
                by="otto",
            )
            showing.__enter__()
            others.append(showing)

    monkeypatch.setattr(LocalStore, "delete", delete)
    done = prune(bench)
    assert (done.swept, len(done.notes)) == (1, 1)
    monkeypatch.undo()
    others[0].__exit__(None, None, None)
    assert prune(bench).swept == 1


def test_who_saves_waits_for_a_sweep_that_is_at_work_and_not_for_a_dead_one(
    bench: SnapshotBench,
) -> None:
    bench.good()
    repository = bench.repository()
    sweeping = running(
        repository, action=LedgerAction.SWEEP, dataset="others", snapshot="sweep", by="otto"
    )
    sweeping.__enter__()
    bench.meanwhile += [lambda: None, lambda: sweeping.__exit__(None, None, None)]
    with bench.work() as work:
        wait_for_sweep(work, repository)
    assert len(bench.pauses) == 2
    with running(
        repository, action=LedgerAction.SWEEP, dataset="others", snapshot="sweep", by="otto"
    ):
        bench.forward(timedelta(minutes=15))
        with bench.work() as work:
            wait_for_sweep(work, repository)
    assert len(bench.pauses) == 2


def test_entries_of_the_ended_are_cleared_away(bench: SnapshotBench) -> None:
    """Whoever may not delete leaves one for each thing that it does."""
    changed(bench, "new")
    store = repository_store(bench)
    now = bench.setting.now()
    ended = Running("theirs", LedgerAction.CREATE, "others", "theirs", "otto", now, now, ended=True)
    store.put("running/theirs.json", running_entry.to_bytes(ended))
    prune(bench, dry_run=True)
    assert "running/theirs.json" in stored(bench)
    prune(bench)
    assert not [name for name in stored(bench) if name.startswith("running/")]


def test_a_snapshot_that_is_being_restored_stays(bench: SnapshotBench) -> None:
    old = changed(bench, "old")
    changed(bench, "new")
    with running(
        bench.repository(),
        action=LedgerAction.RESTORE,
        dataset="orders",
        snapshot=old.id,
        by="otto",
    ):
        done = prune(bench)
        assert (done.removed, done.plan.kept[0]) == ((), old.id)
        assert "otto" in done.plan.decisions[0].reasons[0]
    assert prune(bench).removed == (old.id,)


def test_a_hold_that_comes_at_the_last_moment_holds(
    bench: SnapshotBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the plan was made, and between its line of the ledger and the ones before it."""
    old = changed(bench, "old")
    changed(bench, "new")
    original = Ledger.append

    def held_first(ledger: Ledger, action: LedgerAction, **line: Any) -> Any:
        if action is LedgerAction.PRUNE:
            monkeypatch.setattr(Ledger, "append", original)
            # By somebody elsewhere, whose state is another.
            original(
                Ledger(bench.repository()),
                LedgerAction.HOLD,
                dataset="orders",
                snapshot=old.id,
                by="otto",
                details={"reason": "an audit"},
            )
        return original(ledger, action, **line)

    monkeypatch.setattr(Ledger, "append", held_first)
    done = prune(bench)
    assert done.removed == ()
    assert old.id in manifests.ids(bench.repository(), "orders")
    later = prune(bench)
    assert later.removed == ()
    assert "audit" in " ".join(later.plan.decisions[0].reasons)


def test_a_lost_manifest_that_should_be_kept_stops_everything(bench: SnapshotBench) -> None:
    old = changed(bench, "old")
    middle = changed(bench, "middle")
    prune(bench)
    bench.forward(timedelta(days=1))
    new = changed(bench, "new")
    bench.with_rules(retention=Retention(daily=2))
    repository_store(bench).delete(manifest("orders", new.id))
    bench.forward(GRACE)
    before = stored(bench)
    done = prune(bench)
    assert (done.removed, done.swept, done.marked, done.exit_code) == ((), 0, 0, 1)
    assert any(new.id in problem for problem in done.plan.problems)
    assert stored(bench) == before
    assert {middle.id, new.id} <= set(done.plan.kept)
    assert old.id not in done.plan.kept


def test_a_lost_manifest_that_the_policy_removes_stops_nothing(bench: SnapshotBench) -> None:
    old, older = changed(bench, "old"), changed(bench, "older")
    new = changed(bench, "new")
    repository_store(bench).delete(manifest("orders", old.id))
    repository_store(bench).put(manifest("orders", older.id), b"{")
    done = prune(bench)
    assert (set(done.removed), done.exit_code) == ({old.id, older.id}, 0)
    assert manifests.ids(bench.repository(), "orders") == (new.id,)
    assert bench.loaded().unreadable == {}


@pytest.mark.parametrize("taken_at", ["0001-01-01T00:00:00+00:00", "long ago", None])
def test_a_line_of_a_wild_time_takes_nothing_away(bench: SnapshotBench, taken_at: object) -> None:
    old = changed(bench, "old")
    changed(bench, "new")
    Ledger(bench.repository()).append(
        LedgerAction.CREATE,
        dataset="orders",
        snapshot="forged",
        by="otto",
        details={"manifest": "0" * 64, "taken_at": taken_at},
    )
    done = prune(bench)
    assert (done.removed, done.exit_code) == ((), 1)
    assert any("forged" in problem for problem in done.plan.problems)
    assert old.id in manifests.ids(bench.repository(), "orders")


def test_another_datasets_lost_manifest_stops_everything(bench: SnapshotBench) -> None:
    old = changed(bench, "old")
    changed(bench, "new")
    repository_store(bench).put("snapshots/others/theirs.json", b"{")
    done = prune(bench)
    assert (done.removed, done.exit_code) == ((), 1)
    assert "theirs" in done.plan.problems[0]
    assert old.id in manifests.ids(bench.repository(), "orders")


def test_content_of_another_dataset_stays(bench: SnapshotBench) -> None:
    """Two datasets in one repository: each prunes its own, and sweeps nobody's."""
    theirs = bench.changes | {"dataset": "others"}
    old = changed(bench, "old")
    bench.changes = dict(theirs)
    kept = bench.good()
    bench.changes = {}
    assert kept.dataset == "others"
    changed(bench, "new")
    assert prune(bench).removed == (old.id,)
    bench.forward(GRACE)
    prune(bench)
    bench.changes = dict(theirs)
    assert bench.verify(id=kept.id, read=1.0).sound


@pytest.mark.parametrize("prefix", ["snapshots/", "chunks/"])
def test_a_listing_that_is_short_takes_nothing_away(
    bench: SnapshotBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefix: str
) -> None:
    old, new = changed(bench, "old"), changed(bench, "new")
    original = LocalStore.list

    def short(store: LocalStore, asked: str = "") -> Iterator[Any]:
        if asked.startswith(prefix):
            return iter(())
        return original(store, asked)

    with monkeypatch.context() as patched:
        patched.setattr(LocalStore, "list", short)
        prune(bench)
        bench.forward(GRACE)
        prune(bench)
    assert whole(bench, tmp_path / "restored", new.id)
    assert old.id != new.id


def test_a_ledger_that_does_not_hold_together_stops_everything(bench: SnapshotBench) -> None:
    changed(bench, "old")
    changed(bench, "new")
    store = repository_store(bench)
    store.delete("ledger/00000002.json")
    before = stored(bench)
    done = prune(bench)
    assert (done.removed, done.exit_code) == ((), 1)
    assert stored(bench) == before


def test_a_damaged_list_of_objects_takes_nothing_away(bench: SnapshotBench) -> None:
    changed(bench, "old")
    new = changed(bench, "new")
    prune(bench)
    bench.forward(GRACE)
    name = content(Kind.SEGMENT, new.segments[0].id)
    repository_store(bench).put(name, repository_store(bench).get(name)[:-1])
    before = {name for name in stored(bench) if name.startswith("chunks/")}
    with pytest.raises(Damaged):
        prune(bench)
    assert {name for name in stored(bench) if name.startswith("chunks/")} == before


@pytest.mark.parametrize("in_time", [True, False])
def test_what_the_store_has_locked_stays_and_is_said(
    bench: SnapshotBench, monkeypatch: pytest.MonkeyPatch, in_time: bool
) -> None:
    """Asked beforehand it says so; or the store refuses only when it comes to it."""
    old, new = changed(bench, "old"), changed(bench, "new")
    name, until = manifest("orders", old.id), bench.setting.now() + timedelta(days=3)

    def protection(store: LocalStore, asked: str) -> Protection | None:
        return Protection(until) if asked == name and in_time else None

    original = LocalStore.delete

    def delete(store: LocalStore, asked: str, **how: Any) -> None:
        if asked == name:
            raise Locked(f"{asked} is locked")
        original(store, asked, **how)

    with monkeypatch.context() as patched:
        patched.setattr(LocalStore, "protection", protection)
        patched.setattr(LocalStore, "delete", delete)
        done = prune(bench)
        assert (done.removed, done.locked, done.exit_code) == ((), 1, 0)
        assert old.id in done.notes[0]
        assert {one.manifest.id for one in bench.loaded().standings} == {old.id, new.id}
        assert bench.verify(id=old.id, read=1.0).sound
    assert prune(bench).removed == (old.id,)


def test_locked_content_is_not_marked_before_its_time(
    bench: SnapshotBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = changed(bench, "old")
    own = chunk(bench, old)
    changed(bench, "new")
    place = bench.rules.repository
    bench.with_rules(repository=place.__class__(place.location, lock=LockRules(1)))
    until = bench.setting.now() + timedelta(days=1)

    def protection(store: LocalStore, name: str) -> Protection | None:
        return Protection(until) if name == own else None

    with monkeypatch.context() as patched:
        patched.setattr(LocalStore, "protection", protection)
        done = prune(bench)
        assert (done.removed, done.marked, done.locked) == ((old.id,), 1, 1)
    assert own.rpartition("/")[2] not in marks.ids(bench.repository())
    assert prune(bench).marked == 1


def test_the_last_good_one_stays(bench: SnapshotBench) -> None:
    bench.with_rules(retention=Retention(keep_within=timedelta(hours=1)))
    only = changed(bench, "only")
    bench.forward(timedelta(days=400))
    assert prune(bench).removed == ()
    assert plan(bench).kept == (only.id,)


def test_one_prune_at_a_time_of_those_that_share_a_state(
    bench: SnapshotBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed(bench, "old")
    changed(bench, "new")
    original = manifests.remove

    def meanwhile(*where: Any) -> None:
        with pytest.raises(WindowHeld):
            prune(bench)
        with pytest.raises(WindowHeld):
            bench.create()
        original(*where)

    monkeypatch.setattr(manifests, "remove", meanwhile)
    assert len(prune(bench).removed) == 1


def test_a_killed_prune_is_gone_on_with(
    bench: SnapshotBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the ledger's line, before the manifest went."""
    old, new = changed(bench, "old"), changed(bench, "new")

    def killed(*_where: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(manifests, "remove", killed)
        with pytest.raises(KeyboardInterrupt):
            prune(bench)
    assert set(manifests.ids(bench.repository(), "orders")) == {old.id, new.id}
    assert prune(bench).removed == (old.id,)
    bench.put(f"day={DAY}/more.txt", b"more")
    assert bench.create().consistent


def test_two_prunes_and_a_create_at_once_lose_nothing(bench: SnapshotBench, tmp_path: Path) -> None:
    """Of three hosts without a common state; what is created is what is about to be swept."""
    old = changed(bench, "old")
    changed(bench, "new")
    prune(bench)
    assert old.id not in [one.id for one in bench.loaded().manifests]
    bench.put("notes.txt", b"old")
    bench.forward(GRACE + timedelta(hours=1))
    with (
        snapshot_bench(tmp_path / "second") as second,
        snapshot_bench(tmp_path / "third") as third,
        ThreadPoolExecutor(3) as hosts,
    ):
        for host in (second, third):
            host.rules, host.source = bench.rules, bench.source
            host.forward(bench.setting.now() - host.setting.now())
        begin = Barrier(3)

        def at_once(work: Callable[[], object]) -> object:
            begin.wait()
            return work()

        works = (lambda: prune(bench), lambda: prune(second), third.manifest)
        *_, made = [one.result() for one in [hosts.submit(at_once, work) for work in works]]
        assert isinstance(made, Manifest)
        third.forward()
        assert third.loaded().problems == ()
        assert third.verify(read=1.0).sound
        assert whole(third, tmp_path / "back", made.id)
    assert (tmp_path / "back" / "notes.txt").read_bytes() == b"old"
