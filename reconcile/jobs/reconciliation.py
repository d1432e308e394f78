"""One reconciliation, step by step: plan, compare, validate, route, report, verdict.

Each step finds its input in the state database and the artifacts under the run's id, so that each
can be repeated alone. A run holds the lease of its window while a step works; a step that fails
marks the run as failed and gives the lease back.

Every step after the first raises `NotFound` where there is no such run, `BadInput` where a step
before it is not done, and `WindowHeld` while another run has the window.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

import pyarrow.parquet as pq

from reconcile.errors import NotFound
from reconcile.history.calendar import Calendar
from reconcile.jobs.artifacts import (
    COMPARISON,
    DISCREPANCIES,
    DOCUMENT,
    PLAN,
    REPORT,
    VALIDATION,
    Artifacts,
)
from reconcile.jobs.letters import discrepancy_letters, expectation_letters
from reconcile.jobs.outcome import comparison_of, expectations_of, judged_everything, verdict_of
from reconcile.jobs.pins import pin
from reconcile.jobs.reporting import report_of_runs
from reconcile.jobs.run_comparison import SUBJECTS, gather, rows_name
from reconcile.jobs.setting import Setting
from reconcile.jobs.working import (
    LEASE,
    Working,
    failing,
    giving_back,
    step_at_work,
)
from reconcile.model.dataset import Dataset
from reconcile.model.discrepancy import Side
from reconcile.model.result import ComparisonResult, Verdict
from reconcile.model.run import Run, RunStatus, Step
from reconcile.model.window import Window
from reconcile.quality.figures import figures
from reconcile.quality.gate import KEY_COLUMN
from reconcile.quality.gate import validate as hold_against_expectations
from reconcile.report.html import html_report
from reconcile.report.json_document import json_document


def newest_run(setting: Setting, dataset: str, window: Window) -> str:
    """The id of a window's newest run.

    Raises:
        NotFound: The window never ran.
    """
    newest = setting.state.runs.newest(dataset, window.name)
    if newest is None:
        raise NotFound(
            f"window {window.name} of dataset {dataset} has no run",
            next_step=f"run its first step, {Step.PLAN}, before this one",
        )
    return newest.id


def plan(setting: Setting, dataset: Dataset, window: Window, run_id: str, *, slots: int = 1) -> Run:
    """Begins the run: takes the window, lists both sides and pins their objects.

    Args:
        setting: Where it runs.
        dataset: The dataset.
        window: Which window.
        run_id: The run's id; a known one begins anew.
        slots: Tasks that will compare the window, a share of its match keys each.

    Raises:
        BadInput: The window has not ended, or a location is absent.
        WindowHeld: Another run holds the window.
        PartitionsAbsent: Both sides' partitions are absent.
    """
    Calendar.of(dataset).refuse_unended(window, setting.now())
    setting.state.leases.acquire(dataset.name, window.name, run_id, now=setting.now(), ttl=LEASE)
    with giving_back(setting, dataset.name, window.name, run_id):
        setting.state.runs.begin(run_id, dataset.name, window, now=setting.now())
    with failing(setting, dataset.name, window.name, run_id, Step.PLAN):
        _end_abandoned(setting, dataset, window, run_id)
        pins = pin(dataset, window, setting.clients)
        document = {**pins.to_json(), "slots": slots, "made_at": setting.now().isoformat()}
        Artifacts(setting, run_id).write_json(PLAN, document)
        setting.state.runs.record_partitions(run_id, pins.partitions({}))
        setting.state.runs.step_done(run_id, Step.PLAN, now=setting.now())
    return setting.state.runs.get(run_id)


def validate(setting: Setting, dataset: Dataset, run_id: str) -> None:
    """Holds the result and each side's rows against the dataset's expectations.

    Of a run that was compared in slots their findings are made one first; where one gave none the
    run is indeterminate.
    """
    gather(setting, dataset, run_id)
    with step_at_work(setting, run_id, Step.VALIDATE) as working:
        document = working.artifacts.read_json(COMPARISON)
        if "indeterminate" in document:
            working.artifacts.write_json(VALIDATION, {"results": []})
            return
        result = ComparisonResult.from_json(document["result"])
        rows = {
            SUBJECTS[Side(side)]: _exported(working, Side(side), names)
            for side, names in document["exports"].items()
        }
        gate = working.folder / "gate"
        hold_against_expectations(
            expectations=dataset.expectations,
            figures=figures(result, window=working.run.window),
            rows=rows,
            run_name=run_id,
            at=setting.now(),
            artifacts_folder=gate,
        )
        working.artifacts.upload(gate)


def route(setting: Setting, dataset: Dataset, run_id: str) -> None:
    """Routes every discrepancy and failing row to the dead letters; closes those that are gone.

    Nothing is closed by a run that could not judge everything: what it did not see may still be
    there.
    """
    with step_at_work(setting, run_id, Step.ROUTE) as working:
        result = comparison_of(working.artifacts)
        letters = expectation_letters(expectations_of(working.artifacts))
        if result is None:
            _route(setting, dataset, working, letters, close_unseen=False)
            return
        judged = judged_everything(working.artifacts)
        with working.artifacts.file(DISCREPANCIES, setting.resources.spool) as path:
            found = discrepancy_letters(path, result.verdict)
            _route(setting, dataset, working, chain(found, letters), close_unseen=judged)


def report(setting: Setting, dataset: Dataset, run_id: str) -> str:
    """Writes the run's report as HTML and JSON, and says where the HTML lies."""
    with step_at_work(setting, run_id, Step.REPORT) as working:
        content = report_of_runs(setting, dataset, [working.run.id])
        working.artifacts.write_text(REPORT, html_report(content))
        working.artifacts.write_json(DOCUMENT, json_document(content))
        return working.artifacts.location(REPORT)


def end_unfinished(setting: Setting, run_id: str, *, stopped_at: Step | None = None) -> str | None:
    """Ends a run that did not come as far as its verdict: why, in one line; None where it did.

    For whoever knows that nobody works on the run any more.

    Args:
        setting: Where it ran.
        run_id: The run.
        stopped_at: The first step that was to be done and was not, where somebody knows. What is
            there of it and of those after it is an earlier attempt's, and counts no more.

    Raises:
        NotFound: There is no such run.
    """
    run = setting.state.runs.get(run_id)
    if stopped_at in run.steps:
        setting.state.runs.step_begun(run_id, stopped_at)
        run = setting.state.runs.get(run_id)
    undone = [step for step in Step if step is not Step.VERDICT and step not in run.steps]
    if not undone:
        return None
    line = run.error or f"its step {undone[0]} did not come to its end"
    setting.state.runs.fail(run_id, line, now=setting.now())
    setting.state.leases.release(run.dataset, run.window, run_id)
    return line


def verdict(setting: Setting, dataset: Dataset, run_id: str) -> Verdict:
    """Ends the run with its verdict and gives its window back. The caller decides what follows."""
    with step_at_work(setting, run_id, Step.VERDICT) as working:
        judged = verdict_of(working.artifacts)
    setting.state.runs.finish(
        run_id, judged, now=setting.now(), report=working.artifacts.location(REPORT)
    )
    setting.state.leases.release(dataset.name, working.run.window, run_id)
    return judged


def _end_abandoned(setting: Setting, dataset: Dataset, window: Window, run_id: str) -> None:
    """Marks runs of the window that a dead worker left running: its lease, now ours, had ended."""
    for run in setting.state.runs.list(dataset=dataset.name, window=window.name):
        if run.status is RunStatus.RUNNING and run.id != run_id:
            line = f"it stopped without a word; run {run_id} has taken its window over"
            setting.state.runs.fail(run.id, line, now=setting.now())


def _exported(working: Working, side: Side, names: list[str]) -> Any:
    with working.artifacts.file(rows_name(side), working.folder) as path:
        return pq.read_table(path).rename_columns([*names, KEY_COLUMN])


def _route(
    setting: Setting,
    dataset: Dataset,
    working: Working,
    letters: Iterator[Any],
    *,
    close_unseen: bool,
) -> None:
    setting.state.dead_letters.route(
        working.run.id,
        dataset.name,
        Calendar.of(dataset).window(working.run.window),
        letters,
        now=setting.now(),
        max_rows=dataset.max_dead_letters,
        full_file=working.artifacts.location(DISCREPANCIES),
        close_unseen=close_unseen,
    )
