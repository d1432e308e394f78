"""What is written down about a run, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from reconcile.errors import BadInput, NotFound
from reconcile.model.discrepancy import Kind, Side
from reconcile.model.result import Counts, Verdict
from reconcile.model.run import RunKind, RunStatus, Step, SyncStep
from reconcile.model.window import Grain, Window
from reconcile.state.database import State
from reconcile.state.runs import DiscrepancyCount, RunPartition

NOW = datetime(2026, 3, 1, 5, 0, 0, 123456, tzinfo=UTC)
DAY = Window(
    start=datetime(2013, 1, 5, 5, tzinfo=UTC),
    end=datetime(2013, 1, 6, 5, tzinfo=UTC),
    name="2013-01-05",
    local_start=datetime(2013, 1, 5),  # noqa: DTZ001
    grain=Grain.DAY,
)
NEXT_DAY = replace(DAY, start=DAY.end, end=DAY.end + timedelta(days=1), name="2013-01-06")


def test_a_run_is_read_as_it_was_begun(state: State) -> None:
    run = state.runs.begin("r1", "flights", DAY, now=NOW)
    assert run == state.runs.get("r1")
    assert (run.dataset, run.window, run.window_start, run.window_end) == (
        "flights",
        DAY.name,
        DAY.start,
        DAY.end,
    )
    assert (run.status, run.verdict, run.started_at) == (RunStatus.RUNNING, None, NOW)


def test_times_come_back_in_utc_whatever_zone_they_had(state: State) -> None:
    there = timezone(timedelta(hours=-5))
    run = state.runs.begin("r1", "flights", DAY, now=NOW.astimezone(there))
    assert run.started_at == NOW
    assert run.started_at.utcoffset() == timedelta(0)


def test_a_time_without_a_zone_is_refused(state: State) -> None:
    with pytest.raises(Exception, match="without a zone"):
        state.runs.begin("r1", "flights", DAY, now=NOW.replace(tzinfo=None))


def test_the_first_and_last_instants_of_the_calendar_are_kept(state: State) -> None:
    whole = replace(
        DAY,
        start=datetime(1, 1, 1, tzinfo=UTC),
        end=datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        name="whole",
    )
    run = state.runs.begin("r1", "flights", whole, now=NOW)
    assert (run.window_start, run.window_end) == (whole.start, whole.end)


def test_steps_are_listed_in_their_order_however_they_were_marked(state: State) -> None:
    state.runs.begin("r1", "flights", DAY, now=NOW)
    for step in (Step.COMPARE, Step.PLAN, Step.COMPARE):
        state.runs.step_done("r1", step, now=NOW)
    assert state.runs.get("r1").steps == (Step.PLAN, Step.COMPARE)


def test_inputs_and_counts_are_replaced_when_recorded_again(state: State) -> None:
    state.runs.begin("r1", "flights", DAY, now=NOW)
    source = RunPartition(Side.SOURCE, "s3://ops/flights", 3, 2**40, 842, 2**33, 2**41)
    target = RunPartition(Side.TARGET, "az://analytics/flights", 0, 0)
    state.runs.record_partitions("r1", [replace(source, objects=1)])
    state.runs.record_partitions("r1", [target, source])
    assert state.runs.partitions("r1") == (source, target)

    state.runs.record_counts("r1", Counts(value_mismatch=9), mismatched={"gate": 9})
    counts = Counts(value_mismatch=2, missing_in_target=3, duplicate_key_target=1)
    state.runs.record_counts("r1", counts, mismatched={"delay": 2})
    found = state.runs.counts("r1")
    assert {(c.kind, c.side): c.rows for c in found if c.column is None and c.rows} == {
        (Kind.VALUE_MISMATCH, Side.BOTH): 2,
        (Kind.MISSING_IN_TARGET, Side.SOURCE): 3,
        (Kind.DUPLICATE_KEY, Side.TARGET): 1,
    }
    assert [c for c in found if c.column is not None] == [
        DiscrepancyCount(Kind.VALUE_MISMATCH, Side.BOTH, "delay", 2)
    ]


def test_a_finished_run_has_its_verdict_and_report(state: State) -> None:
    state.runs.begin("r1", "flights", DAY, now=NOW)
    end = NOW + timedelta(minutes=1)
    run = state.runs.finish("r1", Verdict.BREACHED, now=end, report="s3://a/report.html")
    assert (run.status, run.verdict, run.finished_at, run.report, run.error) == (
        RunStatus.FINISHED,
        Verdict.BREACHED,
        end,
        "s3://a/report.html",
        None,
    )


def test_a_failed_run_has_its_error_and_no_verdict(state: State) -> None:
    state.runs.begin("r1", "flights", DAY, now=NOW)
    run = state.runs.fail("r1", "endpoint down", now=NOW)
    assert (run.status, run.verdict, run.error) == (RunStatus.FAILED, None, "endpoint down")


def test_a_run_that_begins_again_starts_over(state: State) -> None:
    state.runs.begin("r1", "flights", DAY, now=NOW)
    state.runs.step_done("r1", Step.PLAN, now=NOW)
    state.runs.record_partitions("r1", [RunPartition(Side.SOURCE, "s3://ops", 1, 1)])
    state.runs.record_counts("r1", Counts(value_mismatch=1))
    state.runs.finish("r1", Verdict.BREACHED, now=NOW)
    run = state.runs.begin("r1", "flights", DAY, now=NOW)
    assert (run.status, run.verdict, run.steps, run.finished_at) == (
        RunStatus.RUNNING,
        None,
        (),
        None,
    )
    assert state.runs.partitions("r1") == ()
    assert state.runs.counts("r1") == ()


def test_a_run_cannot_begin_again_over_another_window(state: State) -> None:
    state.runs.begin("r1", "flights", DAY, now=NOW)
    with pytest.raises(BadInput, match="found flights@2013-01-06; expected flights@2013-01-05"):
        state.runs.begin("r1", "flights", NEXT_DAY, now=NOW)
    assert state.runs.get("r1").window == DAY.name


def test_the_newest_run_of_a_window_and_the_latest_of_all(state: State) -> None:
    assert state.runs.latest() is None
    state.runs.begin("b", "flights", DAY, now=NOW)
    state.runs.begin("a", "flights", DAY, now=NOW + timedelta(microseconds=1))
    state.runs.begin("c", "flights", NEXT_DAY, now=NOW + timedelta(days=1))
    newest = state.runs.newest("flights", DAY.name)
    latest = state.runs.latest()
    assert newest is not None
    assert newest.id == "a"
    assert latest is not None
    assert latest.id == "c"
    assert state.runs.newest("flights", "2013-01-07") is None


def test_runs_are_listed_newest_first_and_narrowed(state: State) -> None:
    for number, (dataset, window) in enumerate(
        [("flights", DAY), ("flights", NEXT_DAY), ("weather", DAY)]
    ):
        state.runs.begin(f"r{number}", dataset, window, now=NOW + timedelta(seconds=number))
    state.runs.finish("r1", Verdict.MATCHED, now=NOW)

    def ids(**filters: object) -> list[str]:
        return [run.id for run in state.runs.list(**filters)]  # type: ignore[arg-type]

    assert ids() == ["r2", "r1", "r0"]
    assert ids(dataset="flights") == ["r1", "r0"]
    assert ids(window=DAY.name) == ["r2", "r0"]
    assert ids(verdict=Verdict.MATCHED) == ["r1"]
    assert ids(limit=1, offset=1) == ["r1"]


def test_a_run_that_does_not_exist_is_not_found(state: State) -> None:
    for question in (
        lambda: state.runs.get("r9"),
        lambda: state.runs.step_done("r9", Step.PLAN, now=NOW),
        lambda: state.runs.record_counts("r9", Counts()),
        lambda: state.runs.record_partitions("r9", []),
        lambda: state.runs.finish("r9", Verdict.MATCHED, now=NOW),
        lambda: state.runs.fail("r9", "", now=NOW),
    ):
        with pytest.raises(NotFound, match="no run 'r9'"):
            question()


def test_runs_of_two_kinds_over_one_window(state: State) -> None:
    reconciled = state.runs.begin("r1", "flights", DAY, now=NOW)
    later = NOW + timedelta(hours=1)
    synced = state.runs.begin("r2", "flights", DAY, now=later, kind=RunKind.SYNC)
    assert (reconciled.kind, synced.kind) == (RunKind.RECONCILIATION, RunKind.SYNC)

    assert state.runs.list() == (synced, reconciled)
    assert state.runs.list(kind=RunKind.SYNC) == (synced,)
    assert state.runs.newest("flights", DAY.name) == state.runs.latest() == reconciled
    assert state.runs.newest("flights", DAY.name, kind=RunKind.SYNC) == synced
    assert state.runs.latest(kind=RunKind.SYNC) == synced


def test_the_steps_of_a_sync_are_in_an_order_of_their_own(state: State) -> None:
    state.runs.begin("r1", "flights", DAY, now=NOW, kind=RunKind.SYNC)
    for step in reversed(SyncStep):
        state.runs.step_done("r1", step, now=NOW)
    assert state.runs.get("r1").steps == tuple(SyncStep)
    state.runs.step_begun("r1", SyncStep.VERIFY)
    run = state.runs.get("r1")
    assert run.steps == (SyncStep.PLAN, SyncStep.COPY)
    assert all(isinstance(step, SyncStep) for step in run.steps)


def test_a_run_cannot_begin_again_as_another_kind(state: State) -> None:
    state.runs.begin("r1", "flights", DAY, now=NOW)
    with pytest.raises(BadInput, match="another kind of run; found sync; expected reconciliation"):
        state.runs.begin("r1", "flights", DAY, now=NOW, kind=RunKind.SYNC)
