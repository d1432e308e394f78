"""What a reconciliation on arrival does where not all goes well."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from reconcile.config.datasets import load_dataset
from reconcile.errors import BadInput, WindowHeld
from reconcile.history.calendar import Calendar
from reconcile.jobs.running import WindowOutcome
from reconcile.model.dataset import Dataset
from reconcile.model.result import Verdict
from tests.dags.test_event_windows import NOW, Event, Kept, Narrowed
from tests.notices import BREACHED, LATE, MATCHED, dataset_text, write_sides

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("airflow")]

RETURNED = "return_value"


@pytest.fixture(scope="module")
def module(airflow_module: Callable[[str], ModuleType]) -> ModuleType:
    return airflow_module("reconcile.orchestration.arrived_windows")


@pytest.fixture(scope="module")
def ended_run(airflow_module: Callable[[str], ModuleType]) -> ModuleType:
    return airflow_module("reconcile.orchestration.ended_run")


@pytest.fixture
def dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dataset:
    write_sides(tmp_path)
    monkeypatch.setenv("RECONCILE_STATE", f"sqlite:///{tmp_path / 'state.db'}")
    path = tmp_path / "arrivals.yaml"
    path.write_text(dataset_text("arrivals", tmp_path, "on_arrival: true"))
    return load_dataset(path)


class Told(list[dict[str, Any]]):
    """The events of the verdicts."""

    def add(self, asset: Any, *, extra: dict[str, Any]) -> None:
        self.append(extra)


class Context(dict[str, Any]):
    """Airflow's, of a run that events started."""

    def __init__(
        self,
        *windows: str,
        xcoms: dict[str, Any] | None = None,
        reconciled: str = "success",
        begun: datetime = NOW,
        tries: tuple[int, int] = (1, 3),
    ) -> None:
        self.told = Told()
        self.xcoms = {} if xcoms is None else xcoms
        states = {"reconcile": reconciled, "verdict": "running"}
        ti = SimpleNamespace(
            dag_id="reconciliation_on_arrival__arrivals",
            run_id="asset_triggered__1",
            task_id="verdict",
            try_number=tries[0],
            max_tries=tries[1],
            xcom_push=self.xcoms.__setitem__,
            xcom_pull=lambda *, task_ids, key=RETURNED: self.xcoms.get(key),
            get_task_states=lambda dag_id, *, run_ids: dict.fromkeys(run_ids, states),
        )
        super().__init__(
            ti=ti,
            task_state_store=Kept(),
            triggering_asset_events={"asset": [Event({"window": name}) for name in windows]},
            inlet_events={"asset": Narrowed()},
            outlet_events=_Always(self.told),
            dag_run=SimpleNamespace(
                dag_id="reconciliation_on_arrival__arrivals",
                run_id="asset_triggered__1",
                run_after=NOW,
                start_date=begun,
            ),
        )


class _Always(dict[Any, Any]):
    def __init__(self, value: Any) -> None:
        self.value = value

    def __getitem__(self, key: Any) -> Any:
        return self.value


def reconciled(module: ModuleType, dataset: Dataset, context: Context) -> list[str]:
    """The task `reconcile`: what it returns is an XCom."""
    run_ids: list[str] = module.reconcile_arrived(dataset, context)
    context.xcoms[RETURNED] = run_ids
    return run_ids


def test_windows_that_are_there_are_reconciled_and_their_verdicts_told(
    module: ModuleType, dataset: Dataset
) -> None:
    context = Context(MATCHED, BREACHED, LATE)
    run_ids = reconciled(module, dataset, context)
    assert [(e["window"], e["verdict"], e["run_id"]) for e in context.told] == [
        (MATCHED, "matched", run_ids[0]),
        (BREACHED, "breached", run_ids[1]),
    ]
    with pytest.raises(Exception, match=f"^arrivals: {BREACHED} breached, report: ") as failed:
        module.judge_arrived(dataset, context, begun_by="reconcile")
    assert MATCHED not in str(failed.value)


def test_a_run_without_events_has_nothing_to_do(module: ModuleType, dataset: Dataset) -> None:
    context = Context()
    assert reconciled(module, dataset, context) == []
    module.judge_arrived(dataset, context, begun_by="reconcile")


@pytest.mark.parametrize(
    ("xcoms", "complaint"),
    [
        ({}, "^arrivals: the task reconcile did not come to its end; its log says why$"),
        (
            {RETURNED: ["never-begun"], "refused": ["no window"]},
            "^arrivals: no window · 1 of 1 windows could not begin; the log of the task reconcile ",
        ),
    ],
    ids=["nothing", "a run that is not there"],
)
def test_what_did_not_come_so_far_fails_the_run(
    module: ModuleType, dataset: Dataset, xcoms: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(Exception, match=complaint) as failed:
        module.judge_arrived(dataset, Context(xcoms=xcoms), begun_by="reconcile")
    assert type(failed.value).__name__ == "AirflowFailException"


def test_a_verdict_cleared_later_still_misses_what_was_refused(
    module: ModuleType, dataset: Dataset
) -> None:
    """By then the window has ended, and nobody reconciled it."""
    first = Context(MATCHED, "2013-02-01")
    reconciled(module, dataset, first)
    cleared = Context(MATCHED, "2013-02-01", xcoms=first.xcoms, begun=NOW.replace(day=9))
    with pytest.raises(Exception, match=r"^arrivals: .* window 2013-02-01 has not ended") as failed:
        module.judge_arrived(dataset, cleared, begun_by="reconcile")
    assert MATCHED not in str(failed.value)


@pytest.mark.parametrize("ended", ["failed", "upstream_failed", "removed"])
def test_neither_verdict_nor_notice_is_of_an_earlier_attempt(
    module: ModuleType, ended_run: ModuleType, dataset: Dataset, ended: str
) -> None:
    """A task that is killed before it begins leaves the XComs of the attempt before."""
    first = Context(BREACHED)
    reconciled(module, dataset, first)
    cleared = Context(BREACHED, xcoms=first.xcoms, reconciled=ended)
    with pytest.raises(Exception, match=r"^arrivals: the task reconcile did not come to its end"):
        module.judge_arrived(dataset, cleared, begun_by="reconcile")
    of_first, of_cleared = (
        ended_run.notice_of(dataset, context, begun_by="reconcile", failed=True, link=None)
        for context in (first, cleared)
    )
    assert "Breached" in of_first.title
    assert "Breached" not in str(of_cleared)


@pytest.mark.parametrize(
    ("error", "tries", "tried_again"),
    [
        (WindowHeld("the window is held"), (1, 3), True),
        (WindowHeld("the window is held"), (4, 3), False),
        (BadInput("a column is missing"), (1, 3), False),
        (None, (1, 3), False),
    ],
    ids=["it may pass", "no try is left", "it will not pass", "nothing wrong"],
)
def test_only_what_may_pass_is_tried_again(
    module: ModuleType,
    dataset: Dataset,
    error: Any,
    tries: tuple[int, int],
    tried_again: bool,
) -> None:
    window = Calendar.of(dataset).window(MATCHED)
    judged = None if error else Verdict.MATCHED
    outcome = WindowOutcome(window, "run", judged, error)
    context = Context(MATCHED, tries=tries)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "run_window", lambda *_given: outcome)
        if tried_again:
            with pytest.raises(Exception, match="the window is held"):
                module.reconcile_arrived(dataset, context)
        else:
            assert module.reconcile_arrived(dataset, context) == ["run"]
