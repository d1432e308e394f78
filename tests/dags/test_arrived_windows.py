"""What a reconciliation on arrival does where not all goes well."""

from __future__ import annotations

from collections.abc import Callable
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
from tests.dags.test_event_windows import NOW, Event, Narrowed
from tests.notices import BREACHED, LATE, MATCHED, dataset_text, write_sides

pytestmark = [pytest.mark.airflow, pytest.mark.xdist_group("airflow")]


@pytest.fixture(scope="module")
def module(airflow_module: Callable[[str], ModuleType]) -> ModuleType:
    return airflow_module("reconcile.orchestration.arrived_windows")


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
        self, *windows: str, handed_on: list[str] | None = None, tries: tuple[int, int] = (1, 3)
    ) -> None:
        self.told = Told()
        ti = SimpleNamespace(
            try_number=tries[0], max_tries=tries[1], xcom_pull=lambda task_ids: handed_on
        )
        super().__init__(
            ti=ti,
            triggering_asset_events={"asset": [Event({"window": name}) for name in windows]},
            inlet_events={"asset": Narrowed()},
            outlet_events=_Always(self.told),
            dag_run=SimpleNamespace(
                dag_id="reconciliation_on_arrival__arrivals",
                run_id="asset_triggered__1",
                run_after=NOW,
                start_date=NOW,
            ),
        )


class _Always(dict[Any, Any]):
    def __init__(self, value: Any) -> None:
        self.value = value

    def __getitem__(self, key: Any) -> Any:
        return self.value


def test_windows_that_are_there_are_reconciled_and_their_verdicts_told(
    module: ModuleType, dataset: Dataset
) -> None:
    context = Context(MATCHED, BREACHED, LATE)
    run_ids = module.reconcile_arrived(dataset, context)
    assert [(e["window"], e["verdict"], e["run_id"]) for e in context.told] == [
        (MATCHED, "matched", run_ids[0]),
        (BREACHED, "breached", run_ids[1]),
    ]
    judge = Context(MATCHED, BREACHED, LATE, handed_on=run_ids)
    with pytest.raises(Exception, match=f"^arrivals: {BREACHED} breached, report: ") as failed:
        module.judge_arrived(dataset, judge, begun_by="reconcile")
    assert MATCHED not in str(failed.value)


def test_a_run_without_events_has_nothing_to_do(module: ModuleType, dataset: Dataset) -> None:
    assert module.reconcile_arrived(dataset, Context()) == []
    module.judge_arrived(dataset, Context(handed_on=[]), begun_by="reconcile")


@pytest.mark.parametrize(
    ("handed_on", "complaint"),
    [
        (None, "the task reconcile did not end; its log says why"),
        (["never-begun"], "1 of 1 windows could not begin; the log of the task reconcile says why"),
    ],
    ids=["nothing", "a run that is not there"],
)
def test_what_did_not_come_so_far_fails_the_run(
    module: ModuleType, dataset: Dataset, handed_on: list[str] | None, complaint: str
) -> None:
    with pytest.raises(Exception, match=complaint) as failed:
        module.judge_arrived(dataset, Context("soon", handed_on=handed_on), begun_by="reconcile")
    assert type(failed.value).__name__ == "AirflowFailException"
    assert "names no window to reconcile; found 'soon'" in str(failed.value)


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
