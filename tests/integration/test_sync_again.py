"""Syncs that begin, end and are taken up again in any order: what counts is never a stale one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from reconcile.errors import BadInput, Incomplete, Transient, WindowHeld
from reconcile.history.completeness import StandingState
from reconcile.jobs import synchronisation
from reconcile.jobs.artifacts import Artifacts
from reconcile.jobs.sync_commit import SYNCED, commit
from reconcile.jobs.sync_reporting import report
from reconcile.jobs.sync_status import behind, sync_status
from reconcile.jobs.sync_verification import verify
from reconcile.jobs.sync_work import SyncSide
from reconcile.jobs.syncing import sync_window
from reconcile.model.discrepancy import Side
from reconcile.model.ledger import WindowState
from reconcile.model.location import Location
from reconcile.model.run import RunKind
from reconcile.model.sync import Brake
from reconcile.model.traffic import Traffic
from reconcile.model.unfinished import Unfinished
from reconcile.stores.local import LocalStore
from reconcile.stores.verified_copy import Copier
from tests.contract.site import Given
from tests.integration.reconciling import DAY
from tests.integration.synchronising import SyncBench, sync_bench

HOUR = timedelta(hours=1)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[SyncBench]:
    with sync_bench(tmp_path, str(tmp_path / "here"), str(tmp_path / "there"), Given()) as made:
        yield made


def later(bench: SyncBench) -> None:
    """So long that a dead run's lease has ended."""
    bench.bench.clock.forward(HOUR)


def up_to_verified(bench: SyncBench, run_id: str) -> None:
    work = bench.work()
    synchronisation.plan(work, bench.window(), run_id)
    synchronisation.copy(work, run_id)
    verify(work, run_id)


class TestSyncsThatDied:
    def test_a_late_object_whose_sync_died_is_still_behind(self, bench: SyncBench) -> None:
        bench.write("a", b"1")
        assert bench.sync().state is WindowState.COMPLETE
        assert behind(bench.setting, bench.dataset, [bench.window()]) == ()
        bench.write("b", b"2")
        later(bench)
        synchronisation.plan(bench.work(), bench.window(), "died")
        assert behind(bench.setting, bench.dataset, [bench.window()]) == (bench.window(),)
        for look in (True, False):
            status = sync_status(bench.setting, bench.dataset, [bench.window()], look=look)
            (standing,) = status.standings
            assert standing.state is StandingState.INCOMPLETE
            assert standing.reason == "1 of 2 objects are not done"

    def test_what_is_undone_is_behind_though_the_window_was_complete(
        self, bench: SyncBench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bench.write("a", b"1")
        bench.sync()
        bench.write("b", b"2")
        later(bench)
        monkeypatch.setattr(synchronisation, "_withdraw", lambda *_: None)
        synchronisation.plan(bench.work(), bench.window(), "died")
        assert behind(bench.setting, bench.dataset, [bench.window()]) == (bench.window(),)
        status = sync_status(bench.setting, bench.dataset, [bench.window()], look=True)
        (standing,) = status.standings
        assert standing.state is StandingState.INCOMPLETE
        assert standing.reason == "1 object left undone by a sync that did not end"

    def test_a_rewritten_object_whose_sync_died_is_still_behind(
        self, bench: SyncBench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bench.write("a", b"1")
        bench.sync()
        bench.write("a", b"22")
        later(bench)

        def refused(*_: object, **__: object) -> None:
            raise BadInput("no copy today")

        monkeypatch.setattr(Copier, "copy", refused)
        synchronisation.plan(bench.work(), bench.window(), "died")
        synchronisation.copy(bench.work(), "died")
        assert behind(bench.setting, bench.dataset, [bench.window()]) == (bench.window(),)


class TestRunsThatBeginAnew:
    def test_what_was_damaged_since_is_repaired_by_the_same_run(self, bench: SyncBench) -> None:
        bench.write("a", b"11")
        sync_window(bench.work(), bench.window(), run_id="run")
        later(bench)
        bench.write("a", b"22", side="target")
        again = sync_window(bench.work(), bench.window(), run_id="run")
        assert again.state is WindowState.COMPLETE
        assert bench.held() == {"a": b"11"}

    def test_what_an_attempt_had_done_is_not_done_again(self, bench: SyncBench) -> None:
        bench.write("a", b"11")
        synchronisation.plan(bench.work(), bench.window(), "run")
        for _ in range(2):
            synchronisation.copy(bench.work(), "run")
        verify(bench.work(), "run")
        commit(bench.work(), "run")
        assert Artifacts(bench.setting, "run").read_json(SYNCED)["figures"]["kept"] == 1


class TestRunsThatWereTakenOver:
    def test_an_older_run_says_nothing_of_a_window_any_more(self, bench: SyncBench) -> None:
        bench.write("a", b"1")
        up_to_verified(bench, "older")
        later(bench)
        bench.write("b", b"2")
        up_to_verified(bench, "newer")
        newer = commit(bench.work(), "newer")
        report(bench.work(), "newer")
        for step in (
            lambda: synchronisation.copy(bench.work(), "older"),
            lambda: verify(bench.work(), "older"),
            lambda: commit(bench.work(), "older"),
        ):
            with pytest.raises(Incomplete, match=r"older goes on no more.*run newer"):
                step()
        work = bench.work()
        assert bench.setting.state.sync_ledger.windows("orders", work.place) == {DAY: newer}

    def test_a_window_that_was_lost_on_the_way_is_not_committed(
        self, bench: SyncBench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bench.write("a", b"1")
        bench.write("extra", b"1", side="target")
        bench.with_rules(deletes=True, brake=Brake(Decimal(1), 100))
        up_to_verified(bench, "slept")
        leases = bench.setting.state.leases

        def taken_over(*_: object, **__: object) -> list[object]:
            leases.release("orders", RunKind.SYNC.hold(DAY), "slept")
            return []

        monkeypatch.setattr("reconcile.jobs.sync_commit._last", taken_over)
        with pytest.raises(WindowHeld):
            commit(bench.work(), "slept")
        assert bench.held() == {"a": b"1", "extra": b"1"}
        assert bench.setting.state.sync_ledger.windows("orders", bench.work().place) == {}


def test_what_a_slot_failed_with_is_told_though_others_begin_later(
    bench: SyncBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        bench.write(name, b"1")
    synchronisation.plan(bench.work(), bench.window(), "run", slots=2)

    def dead(*_: object, **__: object) -> None:
        raise Transient("the endpoint is dead")

    with monkeypatch.context() as patch:
        patch.setattr(Copier, "copy", dead)
        with pytest.raises(Transient):
            synchronisation.copy(bench.work(), "run", slot=0)
    synchronisation.copy(bench.work(), "run", slot=1)
    verify(bench.work(), "run")
    commit(bench.work(), "run")
    (undone,) = Artifacts(bench.setting, "run").read_json(SYNCED)["undone"]
    assert undone["reason"] == "slot 1: the endpoint is dead"


def test_only_uploads_that_earlier_runs_have_left_are_given_up(bench: SyncBench) -> None:
    uploads, work = bench.setting.state.unfinished_uploads, bench.work()
    address, prefix = work.place, f"day={DAY}/"
    left, at_work = (
        Unfinished(address, prefix + name, "pin", "id") for name in ("left", "at work")
    )
    bench.write("a", b"1")
    uploads.keep(left, now=bench.setting.now())
    later(bench)
    up_to_verified(bench, "run")
    later(bench)
    uploads.keep(at_work, now=bench.setting.now())
    commit(bench.work(), "run")
    assert uploads.below(address, prefix) == [at_work]


def test_a_name_that_the_origin_cannot_hold_is_not_there(tmp_path: Path) -> None:
    side = SyncSide(
        Side.SOURCE, LocalStore(tmp_path), "", "day=1", Location.parse(str(tmp_path)), Traffic()
    )
    assert side.found(["x//y", "../z", "a"]) == {}


@pytest.mark.parametrize(("below", "above"), [("", ""), (f"/day={DAY}", ""), ("", f"/day={DAY}")])
def test_one_side_inside_the_other_is_refused_by_whatever_names(
    bench: SyncBench, tmp_path: Path, below: str, above: str
) -> None:
    (tmp_path / "again").symlink_to(tmp_path)
    bench.source, bench.target = f"{tmp_path}/x{below}", f"{tmp_path}/again/x{above}"
    with pytest.raises(BadInput, match="or lies in it"):
        bench.work().sides(bench.window())
