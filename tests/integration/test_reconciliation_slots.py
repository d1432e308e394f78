"""Slots find together what one task finds alone, and nothing less is taken for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reconcile.errors import BadInput, Unreadable, WindowHeld
from reconcile.jobs import reconciliation
from reconcile.jobs.artifacts import COMPARISON, DISCREPANCIES, Artifacts
from reconcile.jobs.run_comparison import compare
from reconcile.jobs.slots import folder_of, shares
from reconcile.jobs.working import LEASE, end_unfinished
from reconcile.model.result import Verdict
from reconcile.model.run import RunStatus, Step
from tests.integration.reconciling import Workbench, rows, workbench

SLOTS = 3
RUN = "run-1"
AFTER = (Step.VALIDATE, Step.ROUTE, Step.REPORT, Step.VERDICT)

SOURCE = [{"id": i, "v": i % 7, "n": f"name {i}"} for i in range(200)] + [
    {"id": 7, "v": 1, "n": "again"},
    {"id": None, "v": 1, "n": "no key"},
]
TARGET = [{"id": i, "v": i % 7 + (i % 50 == 0), "n": f"name {i}"} for i in range(9, 230)]
EXPECTATIONS = {
    "source": [{"expect_column_values_to_be_between": {"column": "v", "max_value": 5}}],
}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Workbench]:
    with workbench(tmp_path) as bench:
        bench.write("source", SOURCE)
        bench.write("target", TARGET)
        yield bench


def begin(bench: Workbench, **changes: Any) -> None:
    dataset = bench.dataset(**changes)
    reconciliation.plan(bench.setting, dataset, bench.window(), RUN, slots=SLOTS)


def work(bench: Workbench, *slots: int, **changes: Any) -> None:
    for slot in slots:
        compare(bench.setting, bench.dataset(**changes), RUN, slot=slot)


def found(bench: Workbench) -> dict[str, Any]:
    """What the state and the artifacts hold of the run, whoever compared."""
    state = rows(bench.state_url)
    document = Artifacts(bench.setting, RUN).read_json(COMPARISON)
    result = {k: v for k, v in document["result"].items() if k not in ("seconds", "bytes_read")}
    file = bench.folder / "artifacts" / "runs" / RUN / DISCREPANCIES
    return {
        **{name: state[name] for name in ("runs", "discrepancy_counts", "dead_letters")},
        "result": result,
        "discrepancies": pq.read_table(file).to_pylist(),
    }


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_slots_find_together_what_one_task_finds_alone(
    bench: Workbench, tmp_path: Path, order: Sequence[int]
) -> None:
    alone = tmp_path / "alone"
    alone.mkdir()
    with workbench(alone) as other:
        other.write("source", SOURCE)
        other.write("target", TARGET)
        other.steps(RUN, expectations=EXPECTATIONS)
        expected = found(other)
    begin(bench, expectations=EXPECTATIONS)
    work(bench, *order, expectations=EXPECTATIONS)
    bench.steps(RUN, *AFTER, expectations=EXPECTATIONS)
    here = found(bench)
    for name in ("result", "discrepancies", "discrepancy_counts"):
        assert here[name] == expected[name]
    assert len(here["dead_letters"]) == len(expected["dead_letters"]) > 30
    assert bench.setting.state.runs.get(RUN).verdict is Verdict.BREACHED


def test_every_slot_has_some_of_the_rows(bench: Workbench) -> None:
    begin(bench)
    work(bench, *range(SLOTS))
    artifacts = Artifacts(bench.setting, RUN)
    plan = artifacts.read_json("plan.json")
    counts = [
        artifacts.read_json(folder_of(share) + COMPARISON)["result"]["counts"]["source_rows"]
        for share in shares(plan)
    ]
    assert sum(counts) == len(SOURCE)
    assert min(counts) > len(SOURCE) / SLOTS / 2


def test_a_slot_without_a_result_makes_the_run_indeterminate_and_then_completes_it(
    bench: Workbench,
) -> None:
    begin(bench)
    work(bench, 0, 2)
    bench.steps(RUN, *AFTER)
    run = bench.setting.state.runs.get(RUN)
    assert run.verdict is Verdict.INDETERMINATE
    document = Artifacts(bench.setting, RUN).read_json(COMPARISON)
    assert document["indeterminate"].startswith("slot 2 of 3 of the comparison gave no result")
    assert bench.setting.state.runs.counts(RUN) == ()
    assert bench.letters() == ()
    work(bench, 1)
    bench.steps(RUN, *AFTER)
    assert bench.setting.state.runs.get(RUN).verdict is Verdict.BREACHED
    assert len(bench.letters()) > 30


def test_nothing_of_any_slot_is_no_comparison(bench: Workbench) -> None:
    begin(bench)
    with pytest.raises(BadInput, match="none of the slots of the comparison gave a result"):
        bench.steps(RUN, Step.VALIDATE)


def test_findings_of_an_older_plan_or_of_other_rules_are_not_added_up(bench: Workbench) -> None:
    begin(bench)
    work(bench, *range(SLOTS))
    bench.clock.forward(timedelta(minutes=1))
    begin(bench)
    work(bench, 1)
    work(bench, 2, compare={"match_key": ["id"], "columns": {"exclude": ["v"]}})
    bench.steps(RUN, *AFTER)
    document = Artifacts(bench.setting, RUN).read_json(COMPARISON)
    assert document["indeterminate"].startswith("slot 1 of 3, 3 of 3 of the comparison")


def test_a_slot_that_fails_leaves_the_window_to_the_others(bench: Workbench) -> None:
    bench.file("target").write_bytes(b"not Parquet")
    begin(bench)
    with pytest.raises(Unreadable):
        work(bench, 0)
    assert bench.setting.state.runs.get(RUN).status is RunStatus.RUNNING
    holder = bench.setting.state.leases.holder("orders", bench.window().name)
    assert holder is not None
    assert holder.run_id == RUN
    with pytest.raises(WindowHeld):
        reconciliation.plan(bench.setting, bench.dataset(), bench.window(), "another")
    ended = end_unfinished(bench.setting, RUN) or ""
    assert "part.parquet cannot be read as Parquet" in ended
    reconciliation.plan(bench.setting, bench.dataset(), bench.window(), "another")


def test_what_stopped_a_slot_is_told_with_the_slot(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(bench)
    work(bench, 0, 2)
    with monkeypatch.context() as patch:
        patch.setattr("reconcile.jobs.run_comparison.compare_rows", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            work(bench, 1)
    bench.steps(RUN, *AFTER)
    line = Artifacts(bench.setting, RUN).read_json(COMPARISON)["indeterminate"]
    assert line.startswith(
        "slot 2 of 3 of the comparison gave no result (its step compare ended with an unexpected "
        "ZeroDivisionError). Next: clear its task"
    )


def test_a_slot_too_many_has_nothing_to_do(bench: Workbench) -> None:
    begin(bench)
    work(bench, *range(SLOTS), SLOTS)
    bench.steps(RUN, *AFTER)
    assert bench.setting.state.runs.get(RUN).verdict is Verdict.BREACHED


def test_an_object_that_changes_between_two_slots_makes_the_run_indeterminate(
    bench: Workbench,
) -> None:
    begin(bench)
    work(bench, 0)
    bench.write("target", TARGET[:-1])
    work(bench, 1, 2)
    bench.steps(RUN, *AFTER)
    assert bench.setting.state.runs.get(RUN).verdict is Verdict.INDETERMINATE
    assert "part.parquet" in Artifacts(bench.setting, RUN).read_json(COMPARISON)["indeterminate"]


def test_a_dead_slot_keeps_the_window_until_its_lease_ends(bench: Workbench) -> None:
    begin(bench)
    work(bench, 0)
    bench.clock.forward(LEASE)
    reconciliation.plan(bench.setting, bench.dataset(), bench.window(), "another")
    with pytest.raises(WindowHeld):
        work(bench, 1)


def test_files_of_slots_whose_columns_differ_in_type_make_one_as_one_task_does(
    bench: Workbench,
) -> None:
    """Where files are dealt out, a slot may see whole numbers only, or nothing of a column."""
    for side in ("source", "target"):
        bench.file(side).unlink()
        for carrier, columns in {
            "AA": {"v": pa.array([1, 2] * 500)},
            "BB": {"v": pa.array([1.5, 2.5]), "note": pa.array(["late", None])},
        }.items():
            path = bench.file(side).parent / f"carrier={carrier}" / "part.parquet"
            path.parent.mkdir()
            ids = list(range(len(columns["v"])))
            pq.write_table(pa.table({"id": ids, **columns}), path)
    changes: dict[str, Any] = {
        "compare": {"match_key": ["carrier", "id"]},
        "expectations": {
            "source": [
                {"expect_column_values_to_be_between": {"column": "v", "max_value": 2.2}},
                {"expect_column_values_to_not_be_null": {"column": "note"}},
            ]
        },
    }
    kept = []
    for slots in (1, 2):
        dataset = bench.dataset(**changes)
        run = f"in-{slots}"
        reconciliation.plan(bench.setting, dataset, bench.window(), run, slots=slots)
        for slot in range(slots):
            compare(bench.setting, dataset, run, slot=slot if slots > 1 else None)
        bench.steps(run, *AFTER, **changes)
        with Artifacts(bench.setting, run).file("source_rows.parquet", bench.folder) as file:
            kept.append(sorted(pq.read_table(file).to_pylist(), key=lambda row: row["match_key"]))
    assert kept[0] == kept[1]
    assert {1.5, 2.5} < {value for row in kept[1] for value in row.values()}


@pytest.mark.parametrize(("planned", "slot"), [(3, None), (1, 0)])
def test_a_run_planned_for_other_tasks_must_be_planned_again(
    bench: Workbench, planned: int, slot: int | None
) -> None:
    """Somebody changed the dataset's slots in between: comparing again would change nothing."""
    reconciliation.plan(bench.setting, bench.dataset(), bench.window(), RUN, slots=planned)
    with pytest.raises(BadInput, match=r"planned for other tasks .* Next: run its step plan again"):
        compare(bench.setting, bench.dataset(), RUN, slot=slot)


def test_what_one_slot_proved_without_reading_no_expectation_is_held_against(
    bench: Workbench,
) -> None:
    changes = {
        "compare": {"match_key": ["carrier", "id"]},
        "expectations": EXPECTATIONS,
        "strategy": "checksum",
    }
    for side in ("source", "target"):
        bench.file(side).unlink()
        for carrier in ("AA", "B6", "UA"):
            same = carrier != "UA"
            path = bench.file(side).parent / f"carrier={carrier}" / "part.parquet"
            path.parent.mkdir()
            pq.write_table(
                pa.Table.from_pylist(SOURCE if same or side == "source" else TARGET), path
            )
    begin(bench, **changes)
    work(bench, *range(SLOTS), **changes)
    bench.steps(RUN, *AFTER, **changes)
    document = Artifacts(bench.setting, RUN).read_json(COMPARISON)
    assert document["result"]["proof"]["by_checksum"] == 4 * len(SOURCE)
    assert document["result"]["proof"]["by_row"] == len(SOURCE) + len(TARGET)
    assert document["exports"] == {}
    validated = Artifacts(bench.setting, RUN).read_json("validation.json")
    assert [result["outcome"] for result in validated["results"]] == ["not_evaluated"]
