"""What a task makes of Airflow's context, and of what goes wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from reconcile.config.datasets import find_dataset
from reconcile.model.dataset import Dataset, OnBreach
from reconcile.model.run import Run, RunStatus, Step
from reconcile.state.database import State
from tests.dags.bookings import BREACHED, CLEAN, Bookings

ASKED_AT = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)


@pytest.fixture
def steps(
    airflow_module: Callable[[str], ModuleType],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> ModuleType:
    monkeypatch.setenv("RECONCILE_STATE", f"sqlite:///{tmp_path / 'state.db'}")
    monkeypatch.delenv("AIRFLOW_TEST_MODE", raising=False)
    return airflow_module("reconcile.orchestration.steps")


@pytest.fixture
def bookings(tmp_path: Path) -> Dataset:
    """Without expectations, whose library takes ten seconds to import."""
    return replace(find_dataset("bookings", Bookings.written(tmp_path).datasets), expectations=())


@pytest.fixture
def recorded(tmp_path: Path) -> Callable[[], list[Run]]:
    def runs() -> list[Run]:
        with State.open(f"sqlite:///{tmp_path / 'state.db'}") as state:
            return list(state.runs.list())

    return runs


def context(
    day: str | None,
    *,
    window: str | None = None,
    run_type: str = "manual",
    run_id: str = "manual__1",
    failed: str | None = None,
) -> Any:
    """As much of Airflow's context as a task reads.

    Where the task `failed` says so, it and all after it did not succeed.
    """
    tasks = [step.value for step in Step]
    done = tasks if failed is None else tasks[: tasks.index(failed)]
    states = {task: "success" if task in done else "upstream_failed" for task in tasks}
    return {
        "dag_run": SimpleNamespace(
            dag_id="daily_reconciliation__bookings",
            run_id=run_id,
            run_type=run_type,
            run_after=ASKED_AT,
            logical_date=None if day is None else datetime.fromisoformat(f"{day}T00:00+00:00"),
        ),
        "params": {"window": window},
        "ti": SimpleNamespace(
            get_task_states=lambda dag_id, *, run_ids: dict.fromkeys(run_ids, states),
        ),
        "outlet_events": defaultdict(SimpleNamespace),
    }


def test_a_cleared_plan_begins_the_same_run_again(
    steps: ModuleType, bookings: Dataset, recorded: Callable[[], list[Run]]
) -> None:
    first = steps.take(Step.PLAN, bookings, context(CLEAN))
    steps.take(Step.COMPARE, bookings, context(CLEAN))
    assert steps.take(Step.PLAN, bookings, context(CLEAN)) == first
    (run,) = recorded()
    assert (run.id, run.window, run.steps) == (first, CLEAN, (Step.PLAN,))


def test_under_tasks_test_each_plan_is_a_run_and_the_next_task_takes_the_newest(
    steps: ModuleType,
    bookings: Dataset,
    recorded: Callable[[], list[Run]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AIRFLOW_TEST_MODE", "True")
    for step in Step:
        steps.take(step, bookings, context(CLEAN))
    assert steps.take(Step.PLAN, bookings, context(CLEAN)) != recorded()[-1].id
    steps.take(Step.COMPARE, bookings, context(CLEAN))
    newest, older = recorded()
    assert (older.status, newest.steps) == (RunStatus.FINISHED, (Step.PLAN, Step.COMPARE))


def test_a_task_that_was_only_tested_leaves_the_window_to_others(
    steps: ModuleType, bookings: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("AIRFLOW_TEST_MODE", "True")
        for step in (Step.PLAN, Step.COMPARE):
            steps.take(step, bookings, context(CLEAN))
    steps.take(Step.PLAN, bookings, context(CLEAN))


def test_the_form_names_the_window(
    steps: ModuleType, bookings: Dataset, recorded: Callable[[], list[Run]]
) -> None:
    steps.take(Step.PLAN, bookings, context("2013-01-20", window=BREACHED))
    assert [run.window for run in recorded()] == [BREACHED]


def test_what_a_person_must_change_is_not_tried_again(steps: ModuleType, bookings: Dataset) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    backfill = context(CLEAN, window=BREACHED, run_type="backfill")
    with pytest.raises(AirflowFailException, match=r"^a backfill takes its windows from its dates"):
        steps.take(Step.PLAN, bookings, backfill)
    with pytest.raises(AirflowFailException, match=r"^nothing was planned for this run"):
        steps.take(Step.ROUTE, bookings, context(CLEAN))


def test_a_task_never_takes_up_another_run_of_its_window(
    steps: ModuleType, bookings: Dataset
) -> None:
    """A verdict begins whatever failed before it: it must not tell an older run's."""
    from airflow.sdk.exceptions import AirflowFailException

    steps.take(Step.PLAN, bookings, context(CLEAN))
    for step in list(Step)[1:]:
        steps.take(step, bookings, context(CLEAN))
    with pytest.raises(AirflowFailException, match=r"^nothing was planned for this run"):
        steps.take(Step.VERDICT, bookings, context(CLEAN, run_id="manual__2"))


def test_a_verdict_ends_a_run_that_came_to_none_and_tells_why(
    steps: ModuleType, bookings: Dataset, recorded: Callable[[], list[Run]]
) -> None:
    from airflow.sdk.exceptions import AirflowException, AirflowFailException

    with pytest.raises(AirflowException, match="absent on both sides"):
        steps.take(Step.PLAN, bookings, context("2013-01-20"))
    line = r"^bookings@2013-01-20 has no verdict: window 2013-01-20 .* is absent on both sides"
    with pytest.raises(AirflowFailException, match=line):
        steps.take(Step.VERDICT, bookings, context("2013-01-20"))
    another = context(CLEAN, run_id="manual__2")
    steps.take(Step.PLAN, bookings, another)
    line = rf"^bookings@{CLEAN} has no verdict: its step compare did not come to its end"
    with pytest.raises(AirflowFailException, match=line):
        steps.take(Step.VERDICT, bookings, another)
    assert {run.status for run in recorded()} == {RunStatus.FAILED}


@pytest.mark.parametrize("failed", ["plan", "compare", "report"])
def test_a_verdict_is_none_of_an_earlier_attempt(
    steps: ModuleType, bookings: Dataset, recorded: Callable[[], list[Run]], failed: str
) -> None:
    """A task that was cleared and did not come to its work has changed nothing in our state."""
    from airflow.sdk.exceptions import AirflowFailException

    steps.take(Step.PLAN, bookings, context(CLEAN))
    for step in list(Step)[1:]:
        steps.take(step, bookings, context(CLEAN))
    line = rf"^bookings@{CLEAN} has no verdict: its step {failed} did not come to its end"
    with pytest.raises(AirflowFailException, match=line):
        steps.take(Step.VERDICT, bookings, context(CLEAN, failed=failed))
    (run,) = recorded()
    assert (run.status, run.verdict) == (RunStatus.FAILED, None)
    assert [step.value for step in run.steps] == [s.value for s in Step][: len(run.steps)]
    assert failed not in run.steps


def test_slots_compare_a_share_each(
    steps: ModuleType, bookings: Dataset, recorded: Callable[[], list[Run]]
) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    in_slots = replace(bookings, slots=2)
    planned = context(BREACHED)
    steps.take(Step.PLAN, in_slots, planned)
    for slot in (1, 0):
        steps.take(Step.COMPARE, in_slots, planned, slot=slot)
    for step in (Step.VALIDATE, Step.ROUTE, Step.REPORT):
        steps.take(step, in_slots, planned)
    with pytest.raises(AirflowFailException, match=r"breached: .* 6 rows disagree"):
        steps.take(Step.VERDICT, in_slots, planned)


def test_what_may_pass_by_itself_is_tried_again(
    steps: ModuleType, bookings: Dataset, recorded: Callable[[], list[Run]]
) -> None:
    from airflow.sdk.exceptions import AirflowException, AirflowFailException

    with pytest.raises(AirflowException) as absent:
        steps.take(Step.PLAN, bookings, context("2013-01-20"))
    assert not isinstance(absent.value, AirflowFailException)
    assert recorded()[0].status is RunStatus.FAILED


def test_a_breach_fails_the_last_task_unless_it_is_only_to_be_told(
    steps: ModuleType, bookings: Dataset, caplog: pytest.LogCaptureFixture
) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    steps.take(Step.PLAN, bookings, context(BREACHED))
    planned = context(BREACHED)
    for step in list(Step)[1:-1]:
        assert steps.take(step, bookings, planned) is None
    line = f"bookings@{BREACHED} breached: The copies are not equal: 6 rows disagree"
    with pytest.raises(AirflowFailException, match=f"^{line}.* Report: /.*report.html$"):
        steps.take(Step.VERDICT, bookings, planned)
    steps.take(Step.VERDICT, replace(bookings, on_breach=OnBreach.WARN), planned)
    assert line in caplog.text
