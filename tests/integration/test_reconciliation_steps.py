"""A run is a row of steps: each can be repeated alone, none can jump the queue."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, update

from reconcile.errors import BadInput, NotFound, PartitionsAbsent, WindowHeld
from reconcile.jobs.reporting import report_of_runs
from reconcile.jobs.working import newest_run
from reconcile.model.result import Verdict
from reconcile.model.run import RunStatus, Step
from reconcile.state.schema import dead_letters
from tests.integration.reconciling import DIFFERING, GOOD, Workbench, rows, workbench


@pytest.fixture
def bench(tmp_path: Path, state_url: str) -> Iterator[Workbench]:
    with workbench(tmp_path, state_url) as bench:
        yield bench


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Workbench]:
    with workbench(tmp_path) as bench:
        yield bench


def test_each_step_repeated_alone_gives_the_same_rows(bench: Workbench) -> None:
    bench.write("source", GOOD)
    bench.write("target", DIFFERING)
    bench.steps("run-1")
    once = rows(bench.state_url)
    assert bench.told() == [
        ("missing_in_target", "source", '{"id":"4"}', "open"),
        ("value_mismatch", "both", '{"id":"3"}', "open"),
    ]
    for step in Step:
        bench.steps("run-1", step, step)
        # What the earlier steps found stays, and the letters whatever is repeated.
        assert rows(bench.state_url)["dead_letters"] == once["dead_letters"]
        if step is not Step.PLAN:
            assert rows(bench.state_url)["discrepancy_counts"] == once["discrepancy_counts"]
    assert rows(bench.state_url) == once


def test_a_run_again_adds_no_letter_and_only_moves_when_they_were_seen(local: Workbench) -> None:
    local.write("source", GOOD)
    local.write("target", DIFFERING)
    first = local.run()
    before = local.letters()
    local.clock.forward(timedelta(hours=1))
    again = local.run()
    assert (first.verdict, again.verdict) == (Verdict.BREACHED, Verdict.BREACHED)
    assert [letter.id for letter in local.letters()] == [letter.id for letter in before]
    assert {letter.run_id for letter in local.letters()} == {again.run_id}
    run = local.setting.state.runs.get(again.run_id)
    assert (run.opened, run.reopened, run.closed) == (0, 0, 0)


def test_a_letter_lives_as_its_row_does(bench: Workbench) -> None:
    bench.write("source", GOOD)
    bench.write("target", DIFFERING)
    bench.run()
    _ignore(bench, '{"id":"4"}')

    bench.clock.forward(timedelta(hours=1))
    bench.write("target", GOOD)
    fixed = bench.run()
    assert fixed.verdict is Verdict.MATCHED
    assert bench.told() == [
        ("missing_in_target", "source", '{"id":"4"}', "ignored"),
        ("value_mismatch", "both", '{"id":"3"}', "resolved"),
    ]
    (closed,) = [letter for letter in bench.letters() if letter.status.value == "resolved"]
    assert closed.resolution is not None
    assert fixed.run_id in closed.resolution
    assert closed.resolved_at == bench.clock()

    bench.clock.forward(timedelta(hours=1))
    bench.write("target", DIFFERING)
    broken = bench.setting.state.runs.get(bench.run().run_id)
    assert (broken.opened, broken.reopened, broken.closed) == (0, 1, 0)
    assert bench.told() == [
        ("missing_in_target", "source", '{"id":"4"}', "ignored"),
        ("value_mismatch", "both", '{"id":"3"}', "open"),
    ]


def _ignore(bench: Workbench, key: str) -> None:
    engine = create_engine(bench.state_url)
    with engine.begin() as connection:
        ignored = update(dead_letters).where(dead_letters.c.match_key == key)
        assert connection.execute(ignored.values(status="ignored")).rowcount == 1
    engine.dispose()


@pytest.mark.parametrize("step", list(Step)[1:])
def test_a_step_before_its_turn_names_what_must_run_first_and_changes_nothing(
    local: Workbench, step: Step
) -> None:
    local.write("source", GOOD)
    local.write("target", DIFFERING)
    done = list(Step)[: list(Step).index(step) - 1]
    if done:
        local.steps("run-1", *done)
    before = rows(local.state_url)
    if not done:
        with pytest.raises(NotFound, match=r"run its first step, plan"):
            newest_run(local.setting, "orders", local.window())
        with pytest.raises(NotFound, match="run-1"):
            local.steps("run-1", step)
    else:
        missing = list(Step)[len(done)]
        with pytest.raises(BadInput, match=f"not ready for the step {step}.*{missing} first"):
            local.steps("run-1", step)
    assert rows(local.state_url) == before


def test_a_second_run_at_once_is_told_who_holds_the_window(bench: Workbench) -> None:
    bench.write("source", GOOD)
    bench.write("target", DIFFERING)
    bench.steps("run-1", Step.PLAN, Step.COMPARE)
    before = rows(bench.state_url)
    second = bench.run()
    assert isinstance(second.error, WindowHeld)
    assert second.exit_code == 3
    assert "run run-1, whose lease ends at 2026-03-01T05:10:00Z" in second.error.line()
    assert rows(bench.state_url) == before
    bench.steps("run-1", *list(Step)[2:])
    assert bench.setting.state.runs.get("run-1").verdict is Verdict.BREACHED
    assert bench.run().verdict is Verdict.BREACHED


def test_a_run_under_the_id_of_another_window_harms_neither(local: Workbench) -> None:
    for day in ("2013-01-05", "2013-01-06"):
        local.write("source", GOOD, day)
        local.write("target", GOOD, day)
    local.steps("run-1")
    before = rows(local.state_url)
    with pytest.raises(BadInput, match="run-1"):
        local.steps("run-1", Step.PLAN, day="2013-01-06")
    assert rows(local.state_url) == before


def test_a_run_that_fails_says_so_and_gives_its_window_back(local: Workbench) -> None:
    local.write("source", GOOD)
    local.write("target", GOOD)
    local.file("target").write_bytes(b"no Parquet at all")
    failed = local.run()
    run = local.setting.state.runs.get(failed.run_id)
    assert run.status is RunStatus.FAILED
    assert run.error == failed.error.line()
    assert local.setting.state.leases.holder("orders", "2013-01-05") is None


def test_of_a_run_that_begins_again_nothing_earlier_is_reported(local: Workbench) -> None:
    local.write("source", GOOD)
    local.write("target", DIFFERING)
    local.steps("run-1")
    local.steps("run-1", Step.PLAN)
    (again,) = report_of_runs(local.setting, local.dataset(), ["run-1"]).windows
    assert (again.verdict, again.result) == (None, None)
    for side in ("source", "target"):
        local.file(side).unlink()
    with pytest.raises(PartitionsAbsent):
        local.steps("run-1", Step.PLAN)
    (failed,) = report_of_runs(local.setting, local.dataset(), ["run-1"]).windows
    assert (failed.verdict, failed.result, failed.report) == (None, None, None)
    assert "absent on both sides" in str(failed.error)
