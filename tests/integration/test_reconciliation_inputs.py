"""What a run makes of its inputs: replaced, vanished, absent, or not yet there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reconcile.engines.duckdb_engine import DuckDBEngine
from reconcile.errors import BadInput, DiskFull, NotFound, PartitionsAbsent
from reconcile.history.calendar import Calendar
from reconcile.jobs.running import run_span, run_window
from reconcile.model.dead_letter import LetterKind
from reconcile.model.objects import ObjectInfo
from reconcile.model.result import Verdict
from reconcile.model.run import RunStatus, Step
from reconcile.stores.local import LocalStore
from tests.integration.reconciling import DIFFERING, GOOD, Workbench, workbench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Workbench]:
    with workbench(tmp_path) as bench:
        yield bench


def other_content(path: Path) -> None:
    pq.write_table(pa.Table.from_pylist([{**row, "v": 0.0} for row in GOOD]), path)


def other_columns(path: Path) -> None:
    pq.write_table(pa.table({"id": ["text"], "elsewhere": [1]}), path)


def same_bytes_anew(path: Path) -> None:
    copy = path.with_name("copy")
    copy.write_bytes(path.read_bytes())
    os.replace(copy, path)


def rubbish(path: Path) -> None:
    path.write_bytes(b"being written")


CHANGES = [other_content, other_columns, same_bytes_anew, rubbish, Path.unlink]
changes = pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)


@pytest.fixture
def breached(bench: Workbench) -> Workbench:
    """A window with open letters, whose target has been put right since."""
    bench.write("source", GOOD)
    bench.write("target", DIFFERING)
    assert bench.run().verdict is Verdict.BREACHED
    bench.write("target", GOOD)
    return bench


@changes
@pytest.mark.parametrize("side", ["source", "target"])
def test_a_file_that_changed_since_the_plan_leaves_the_run_indeterminate(
    breached: Workbench, change: Callable[[Path], object], side: str
) -> None:
    before = breached.told()

    def between(step: Step) -> None:
        if step is Step.COMPARE:
            change(breached.file(side))

    outcome = run_window(breached.setting, breached.dataset(), breached.window(), on_step=between)
    assert (outcome.verdict, outcome.exit_code) == (Verdict.INDETERMINATE, 3)
    assert breached.told() == before
    run = breached.setting.state.runs.get(outcome.run_id)
    assert run.status is RunStatus.FINISHED
    report = breached.folder / "artifacts" / "runs" / run.id / "report.html"
    assert breached.file(side).name in report.read_text()


@changes
def test_a_file_that_changes_while_it_is_compared_leaves_the_run_indeterminate(
    breached: Workbench, change: Callable[[Path], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    before, compare = breached.told(), DuckDBEngine.compare

    def interrupted(engine: DuckDBEngine, discrepancies: Path, **options: Any) -> object:
        change(breached.file("target"))
        return compare(engine, discrepancies, **options)

    monkeypatch.setattr(DuckDBEngine, "compare", interrupted)
    assert breached.run().verdict is Verdict.INDETERMINATE
    assert breached.told() == before


@pytest.mark.parametrize(
    ("present", "kind"),
    [("source", LetterKind.MISSING_IN_TARGET), ("target", LetterKind.MISSING_IN_SOURCE)],
)
def test_a_partition_absent_on_one_side_is_a_breach_of_all_its_rows(
    bench: Workbench, present: str, kind: LetterKind
) -> None:
    bench.write(present, GOOD)
    thresholds = {"match_key": ["id"], "thresholds": {kind.value: {"rows": 1000}}}
    outcome = bench.run(compare=thresholds)
    assert (outcome.verdict, outcome.exit_code) == (Verdict.BREACHED, 1)
    assert [letter.kind for letter in bench.letters()] == [kind] * len(GOOD)


def test_a_partition_absent_on_both_sides_is_incomplete(bench: Workbench) -> None:
    outcome = bench.run()
    assert isinstance(outcome.error, PartitionsAbsent)
    assert outcome.exit_code == 3
    assert "window 2013-01-05 of dataset orders is absent on both sides" in outcome.error.line()
    assert bench.setting.state.runs.get(outcome.run_id).status is RunStatus.FAILED


@pytest.mark.parametrize("side", ["source", "target"])
def test_a_location_that_is_absent_is_bad_input(bench: Workbench, side: str) -> None:
    for other in ("source", "target"):
        bench.write(other, GOOD)
    bench.location(side).rename(bench.folder / "elsewhere")
    outcome = bench.run()
    assert isinstance(outcome.error, NotFound)
    assert outcome.exit_code == 2
    assert str(bench.location(side)) in outcome.error.line()


def test_only_a_marker_is_no_data_and_no_rows_are(bench: Workbench) -> None:
    bench.write("source", GOOD)
    marker = bench.file("target").with_name("_SUCCESS")
    marker.parent.mkdir()
    marker.touch()
    assert bench.run().verdict is Verdict.BREACHED
    assert len(bench.letters()) == len(GOOD)
    empty = pa.Table.from_pylist(GOOD).slice(0, 0)
    bench.write("source", empty)
    bench.write("target", empty)
    assert bench.run().verdict is Verdict.MATCHED
    assert {letter.status.value for letter in bench.letters()} == {"resolved"}


def test_a_span_is_processed_to_its_end_and_ends_with_the_worst(bench: Workbench) -> None:
    bench.write("source", GOOD, "2013-01-01")
    bench.write("target", GOOD, "2013-01-01")
    bench.write("source", GOOD, "2013-01-02")
    bench.write("source", GOOD, "2013-01-04")
    bench.write("target", GOOD, "2013-01-04").write_bytes(b"text")
    bench.write("source", GOOD, "2013-01-05")
    bench.write("target", GOOD, "2013-01-05")
    dataset = bench.dataset()

    def exits(span: str) -> tuple[list[int], int]:
        done = run_span(bench.setting, dataset, Calendar.of(dataset).span(span))
        return [outcome.exit_code for outcome in done.outcomes], done.exit_code

    assert exits("2013-01-01/2013-01-06") == ([0, 1, 3, 2, 0], 2)
    assert exits("2013-01-01/2013-01-04") == ([0, 1, 3], 3)
    assert exits("2013-01-01/2013-01-03") == ([0, 1], 1)
    assert exits("2013-01-05") == ([0], 0)


def test_what_came_of_a_span_is_not_lost_with_its_report(bench: Workbench) -> None:
    class WithoutRoom(LocalStore):
        def put(self, name: str, data: bytes | Path, **conditions: Any) -> ObjectInfo:
            if name.startswith("spans/"):
                raise DiskFull(f"no room to write {name}")
            return super().put(name, data, **conditions)

    for day in ("2013-01-01", "2013-01-02"):
        bench.write("source", GOOD, day)
    bench.write("target", GOOD, "2013-01-01")
    setting = replace(bench.setting, artifacts=WithoutRoom(bench.folder / "artifacts"))
    windows = Calendar.of(bench.dataset()).span("2013-01-01/2013-01-03")
    done = run_span(setting, bench.dataset(), windows)
    assert [outcome.exit_code for outcome in done.outcomes] == [0, 1]
    assert isinstance(done.error, DiskFull)
    assert (done.exit_code, done.report) == (3, None)


def test_a_window_that_has_not_ended_or_never_was_is_bad_input(bench: Workbench) -> None:
    outcome = bench.run("2026-03-01")
    assert isinstance(outcome.error, BadInput)
    assert outcome.exit_code == 2
    assert "window 2026-03-01 has not ended" in outcome.error.line()
    assert not bench.setting.state.runs.exists(outcome.run_id)
    with pytest.raises(BadInput, match="window 2012-12-31 lies before the dataset's start"):
        bench.window("2012-12-31")
