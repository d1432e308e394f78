"""What a task of a historical sync makes of Airflow's context, and of what goes wrong."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from reconcile.config.datasets import find_dataset
from reconcile.errors import Transient
from reconcile.jobs.syncing import SyncOutcome, sync_window
from reconcile.model.dataset import Dataset
from reconcile.model.run import Run, RunKind, RunStatus, SyncStep
from reconcile.model.sync import Gap
from reconcile.model.window import Window
from reconcile.state.database import State
from tests.dags.shipments import EARLIER, NEWEST, OBJECTS, Shipments

ASKED_AT = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)
SYNC = 'sync: {from: source, to: target, schedule: "0 3 * * *", look_back: 2, slots: 2}'
NOTHING = "2013-01-20"


@dataclass
class Told:
    """The events of an Asset's alias."""

    windows: list[str] = field(default_factory=list)
    assets: list[str] = field(default_factory=list)

    def add(self, asset: Any, *, extra: Mapping[str, str]) -> None:
        self.windows.append(extra["window"])
        self.assets.append(asset.uri)


@dataclass
class Task:
    """Airflow's context of a run, and what its tasks have come to."""

    day: str = NEWEST
    run_id: str = "manual__1"
    run_type: str = "manual"
    params: Mapping[str, Any] = field(default_factory=dict)
    succeeded: set[str] = field(default_factory=set)
    handed_on: Any = None
    tries: int = 1
    told: Any = field(default_factory=lambda: defaultdict(Told))

    @property
    def context(self) -> Any:
        """As much of it as a task reads."""
        states = dict.fromkeys(self.succeeded, "success")
        return {
            "dag_run": SimpleNamespace(
                dag_id="historical_sync__shipments",
                run_id=self.run_id,
                run_type=self.run_type,
                run_after=ASKED_AT,
                logical_date=datetime.fromisoformat(f"{self.day}T00:00+00:00"),
            ),
            "params": self.params,
            "ti": SimpleNamespace(
                try_number=self.tries,
                max_tries=3,
                get_task_states=lambda dag_id, *, run_ids: dict.fromkeys(run_ids, states),
                xcom_pull=lambda *, task_ids: self.handed_on,
            ),
            "outlet_events": self.told,
        }

    @property
    def windows_told(self) -> list[str]:
        return [window for told in self.told.values() for window in told.windows]


@pytest.fixture
def steps(
    airflow_module: Callable[[str], ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> ModuleType:
    monkeypatch.setenv("RECONCILE_STATE", f"sqlite:///{tmp_path / 'state.db'}")
    monkeypatch.delenv("AIRFLOW_TEST_MODE", raising=False)
    return airflow_module("reconcile.orchestration.sync_steps")


@pytest.fixture
def earlier(steps: ModuleType, airflow_module: Callable[[str], ModuleType]) -> ModuleType:
    return airflow_module("reconcile.orchestration.earlier_windows")


@pytest.fixture
def sides(tmp_path: Path) -> Shipments:
    return Shipments.written(tmp_path / "sides", tmp_path / "datasets", SYNC)


@pytest.fixture
def shipments(sides: Shipments) -> Dataset:
    return find_dataset("shipments", sides.datasets)


@pytest.fixture
def state(tmp_path: Path) -> Callable[[], list[Run]]:
    def runs() -> list[Run]:
        with State.open(f"sqlite:///{tmp_path / 'state.db'}") as opened:
            return list(opened.runs.list())

    return runs


def run_through(
    steps: ModuleType, dataset: Dataset, task: Task, *, slots: Sequence[int | None] = (0, 1)
) -> None:
    """Every task of a run but `report`, with those slots of `copy` that come to their work."""
    for step in SyncStep:
        if step is SyncStep.REPORT:
            break
        for slot in slots if step is SyncStep.COPY else (None,):
            steps.take(step, dataset, task.context, slot=slot)
            task.succeeded.add(step.value if slot is None else f"{step}_{slot}")


def test_a_run_makes_its_window_complete_and_tells_the_destinations_asset(
    steps: ModuleType, shipments: Dataset, sides: Shipments, state: Callable[[], list[Run]]
) -> None:
    task = Task()
    run_through(steps, shipments, task)
    steps.take(SyncStep.REPORT, shipments, task.context)
    assert tuple(sides.held("target", NEWEST)) == OBJECTS
    assert sides.held("target", NEWEST) == sides.held("source", NEWEST)
    (run,) = state()
    assert (run.kind, run.status, run.window) == (RunKind.SYNC, RunStatus.FINISHED, NEWEST)
    ((alias, told),) = task.told.items()
    assert alias.name == "reconcile://shipments/synced"
    assert (told.windows, told.assets) == ([NEWEST], [str(shipments.target.location)])


def test_a_sync_to_the_source_tells_the_sources_asset(
    steps: ModuleType, sides: Shipments, tmp_path: Path
) -> None:
    file = sides.datasets / "shipments.yaml"
    file.write_text(file.read_text().replace(SYNC, "sync: {from: target, to: source}"))
    task = Task()
    back = find_dataset("shipments", sides.datasets)
    (tmp_path / "sides" / "target" / f"day={NEWEST}").mkdir()
    (tmp_path / "sides" / "target" / f"day={NEWEST}" / "part-9.parquet").write_bytes(b"row")
    run_through(steps, back, task, slots=(None,))
    ((_, told),) = task.told.items()
    assert told.assets == [str(back.source.location)]


def test_a_slot_without_a_result_leaves_the_window_incomplete_and_tells_no_asset(
    steps: ModuleType, shipments: Dataset, sides: Shipments, state: Callable[[], list[Run]]
) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    task = Task()
    run_through(steps, shipments, task, slots=(1,))
    line = rf"^shipments@{NEWEST} incomplete: .*2 missing.* Sync again: .* Report: /.*report.html$"
    with pytest.raises(AirflowFailException, match=line):
        steps.take(SyncStep.REPORT, shipments, task.context)
    held = sides.held("target", NEWEST)
    assert len(held) == 1
    assert "_SUCCESS" not in held
    assert task.windows_told == []
    assert state()[0].status is RunStatus.FINISHED


@pytest.mark.parametrize("failed", ["plan", "copy", "verify", "commit"])
def test_a_report_ends_a_run_that_stopped_on_the_way(
    steps: ModuleType, shipments: Dataset, state: Callable[[], list[Run]], failed: str
) -> None:
    """A task that was cleared and did not come to its work has changed nothing in our state."""
    from airflow.sdk.exceptions import AirflowFailException

    task = Task()
    run_through(steps, shipments, task)
    names = [step.value for step in SyncStep]
    task.succeeded = {
        name for name in task.succeeded if names.index(name.partition("_")[0]) < names.index(failed)
    }
    line = rf"^shipments@{NEWEST} was not synchronised: its step {failed} did not come to its end"
    with pytest.raises(AirflowFailException, match=line):
        steps.take(SyncStep.REPORT, shipments, task.context)
    (run,) = state()
    assert run.status is RunStatus.FAILED
    again = Task(run_id="manual__2")
    steps.take(SyncStep.PLAN, shipments, again.context)  # the window is free


def test_an_origin_that_holds_nothing_fails_unless_nobody_expects_the_window(
    steps: ModuleType, shipments: Dataset, caplog: pytest.LogCaptureFixture
) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    task = Task(day=NOTHING)
    run_through(steps, shipments, task)
    with pytest.raises(AirflowFailException, match=rf"^shipments@{NOTHING} empty: "):
        steps.take(SyncStep.REPORT, shipments, task.context)
    assert shipments.sync is not None
    gap = Gap(date(2013, 1, 20), date(2013, 1, 21), "the depot was closed")
    declared = replace(shipments, sync=replace(shipments.sync, gaps=(gap,)))
    again = Task(day=NOTHING, run_id="manual__2")
    caplog.set_level(logging.INFO, "reconcile")
    run_through(steps, declared, again)
    steps.take(SyncStep.REPORT, declared, again.context)
    assert "declared a gap: the depot was closed" in caplog.text
    assert "Next" not in caplog.text
    assert again.windows_told == task.windows_told == []


def test_a_window_that_another_sync_has_is_tried_again_and_nothing_was_left_to_do(
    steps: ModuleType, shipments: Dataset, state: Callable[[], list[Run]]
) -> None:
    from airflow.sdk.exceptions import AirflowException, AirflowFailException

    first, second = Task(), Task(run_id="manual__2")
    steps.take(SyncStep.PLAN, shipments, first.context)
    with pytest.raises(AirflowException, match="held by") as held:
        steps.take(SyncStep.PLAN, shipments, second.context)
    assert not isinstance(held.value, AirflowFailException)
    run_through(steps, shipments, first)
    steps.take(SyncStep.REPORT, shipments, first.context)
    run_through(steps, shipments, second)
    steps.take(SyncStep.REPORT, shipments, second.context)
    assert second.windows_told == [NEWEST]  # whoever follows may have missed the first


def test_the_form_names_the_window_and_approves_deletes(
    steps: ModuleType, shipments: Dataset, tmp_path: Path
) -> None:
    params = {"window": EARLIER[0], "approve_deletes": "ticket 12"}
    run_id = steps.take(SyncStep.PLAN, shipments, Task(params=params).context)
    plan = (tmp_path / "artifacts" / "runs" / run_id / "plan.json").read_text()
    assert '"approval": "ticket 12"' in plan.replace('":"', '": "')
    assert f"day={EARLIER[0]}" in plan


def test_a_backfill_takes_its_windows_from_its_dates(steps: ModuleType, shipments: Dataset) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    backfill = Task(run_type="backfill", params={"window": NEWEST})
    with pytest.raises(AirflowFailException, match=r"^a backfill takes its windows from its dates"):
        steps.take(SyncStep.PLAN, shipments, backfill.context)


def test_under_tasks_test_each_task_takes_the_newest_run_and_leaves_the_window_free(
    steps: ModuleType,
    shipments: Dataset,
    state: Callable[[], list[Run]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    with monkeypatch.context() as patch:
        patch.setenv("AIRFLOW_TEST_MODE", "True")
        with pytest.raises(AirflowFailException, match=r"has no sync\. Next: run its first step"):
            steps.take(SyncStep.VERIFY, shipments, Task().context)
        run_through(steps, shipments, Task())
    steps.take(SyncStep.PLAN, shipments, Task().context)
    newest, tested = state()
    assert (newest.steps, tested.steps) == ((SyncStep.PLAN,), tuple(SyncStep)[:-1])


def scheduled(**changes: Any) -> Task:
    return Task(run_id=f"scheduled__{NEWEST}", run_type="scheduled", **changes)


def test_only_a_scheduled_run_looks_at_earlier_windows(
    earlier: ModuleType, shipments: Dataset, state: Callable[[], list[Run]]
) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    for run_type in ("manual", "backfill"):
        with pytest.raises(AirflowSkipException):
            earlier.synchronise_earlier(shipments, Task(run_type=run_type).context)
    assert state() == []


def test_late_and_rewritten_data_of_earlier_windows_is_synchronised(
    earlier: ModuleType, shipments: Dataset, sides: Shipments, state: Callable[[], list[Run]]
) -> None:
    """Of as many windows as the dataset says; a second look finds nothing to do."""
    sides.write("2013-01-02")
    first = scheduled()
    ids = earlier.synchronise_earlier(shipments, first.context)
    assert [run.window for run in reversed(state())] == list(EARLIER) == first.windows_told
    assert [run.id for run in reversed(state())] == ids
    for day in EARLIER:
        assert sides.held("target", day) == sides.held("source", day)
    assert sides.held("target", "2013-01-02") == {}

    second = Task(run_id="scheduled__again", run_type="scheduled")
    assert earlier.synchronise_earlier(shipments, second.context) == []
    sides.write(EARLIER[1], rows=51)
    assert len(earlier.synchronise_earlier(shipments, second.context)) == 1
    assert second.windows_told == [EARLIER[1]]
    assert sides.held("target", EARLIER[1]) == sides.held("source", EARLIER[1])


def test_what_an_earlier_attempt_made_complete_is_told_by_the_next(
    earlier: ModuleType, shipments: Dataset
) -> None:
    """Airflow drops what a task that did not succeed had to tell."""
    killed, again = scheduled(), scheduled(tries=2)
    ids = earlier.synchronise_earlier(shipments, killed.context)
    assert earlier.synchronise_earlier(shipments, again.context) == ids
    assert again.windows_told == list(EARLIER)


def test_a_window_that_may_do_better_by_itself_is_tried_again_and_the_others_are_told_then(
    earlier: ModuleType, shipments: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.sdk.exceptions import AirflowException, AirflowFailException

    def first_fails(work: Any, window: Window, *, run_id: str) -> SyncOutcome:
        if window.name == EARLIER[0]:
            return SyncOutcome(window, run_id, error=Transient("the service is busy"))
        return sync_window(work, window, run_id=run_id)

    with monkeypatch.context() as patch:
        patch.setattr(earlier, "sync_window", first_fails)
        with pytest.raises(AirflowException, match="the service is busy") as busy:
            earlier.synchronise_earlier(shipments, scheduled().context)
        assert not isinstance(busy.value, AirflowFailException)
        last = scheduled(tries=4)
        earlier.synchronise_earlier(shipments, last.context)
        assert last.windows_told == [EARLIER[1]]
    again = scheduled(tries=2)
    assert len(earlier.synchronise_earlier(shipments, again.context)) == 2
    assert again.windows_told == list(EARLIER)


def test_a_window_that_another_run_is_at_work_on_is_left_to_it(
    earlier: ModuleType, steps: ModuleType, shipments: Dataset
) -> None:
    steps.take(SyncStep.PLAN, shipments, Task(day=EARLIER[0]).context)
    task = scheduled()
    assert len(earlier.synchronise_earlier(shipments, task.context)) == 1
    assert task.windows_told == [EARLIER[1]]


def test_a_declared_gap_is_not_looked_at(earlier: ModuleType, shipments: Dataset) -> None:
    assert shipments.sync is not None
    gap = Gap(date(2013, 1, 3), date(2013, 1, 4), "the depot was closed")
    declared = replace(shipments, sync=replace(shipments.sync, gaps=(gap,)))
    task = scheduled()
    earlier.synchronise_earlier(declared, task.context)
    assert task.windows_told == [EARLIER[1]]


def test_an_earlier_window_that_is_not_complete_fails_the_last_task_only(
    earlier: ModuleType, shipments: Dataset, sides: Shipments
) -> None:
    from airflow.sdk.exceptions import AirflowException, AirflowFailException

    # In the way of the copy: a folder where its object would be.
    (sides.folder / "target" / f"day={EARLIER[0]}" / "part-0.parquet" / "x").mkdir(parents=True)
    task = scheduled(tries=4)
    ids = earlier.synchronise_earlier(shipments, task.context)
    assert task.windows_told == [EARLIER[1]]
    judging = scheduled(succeeded={"earlier"}, handed_on=ids)
    with pytest.raises(AirflowFailException, match=rf"^shipments: {EARLIER[0]} ") as wrong:
        earlier.judge_earlier(shipments, judging.context, begun_by="earlier")
    assert EARLIER[1] not in str(wrong.value)
    good = scheduled(succeeded={"earlier"}, handed_on=ids[1:])
    earlier.judge_earlier(shipments, good.context, begun_by="earlier")
    with pytest.raises(AirflowException, match="did not come to its end"):
        earlier.judge_earlier(shipments, scheduled().context, begun_by="earlier")


def test_before_the_first_window_there_is_nothing_to_look_at(
    earlier: ModuleType, shipments: Dataset, sides: Shipments
) -> None:
    sides.write("2012-12-31")
    task = Task(day="2013-01-01", run_type="scheduled")
    assert earlier.synchronise_earlier(shipments, task.context) == []
