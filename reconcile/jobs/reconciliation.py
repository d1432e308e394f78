"""One reconciliation, step by step: plan, compare, validate, route, report, verdict.

Each step finds its input in the state database and the artifacts under the run's id, so that each
can be repeated alone. A run holds the lease of its window while a step works; a step that fails
marks the run as failed and gives the lease back.

Every step after the first raises `NotFound` where there is no such run, `BadInput` where a step
before it is not done, and `WindowHeld` while another run has the window.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from reconcile.errors import BadInput, Changed, NotFound, ReconcileError, Unreadable
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
from reconcile.jobs.comparing import Compared, Export, compare_rows
from reconcile.jobs.letters import discrepancy_letters, expectation_letters, unreadable_letter
from reconcile.jobs.outcome import comparison_of, expectations_of, judged_everything, verdict_of
from reconcile.jobs.pins import pin, pins_from_json
from reconcile.jobs.reporting import report_of_runs
from reconcile.jobs.setting import Setting
from reconcile.model.dataset import Dataset
from reconcile.model.discrepancy import Side
from reconcile.model.expectation import ExpectationSubject
from reconcile.model.result import ComparisonResult, Verdict
from reconcile.model.run import Run, RunStatus, Step
from reconcile.model.window import Window
from reconcile.quality.catalogue import required_columns
from reconcile.quality.figures import figures
from reconcile.quality.gate import KEY_COLUMN
from reconcile.quality.gate import validate as hold_against_expectations
from reconcile.report.html import html_report
from reconcile.report.json_document import json_document
from reconcile.state.lease_keeper import LeaseKeeper
from reconcile.stores.spool import Progress, Spool

LEASE = timedelta(minutes=10)
"""How long a dead worker keeps its window from others."""

_SUBJECTS = {Side.SOURCE: ExpectationSubject.SOURCE, Side.TARGET: ExpectationSubject.TARGET}


def new_run_id(dataset: str, now: datetime, token: str) -> str:
    """A run's id: sortable by the time it began.

    Args:
        dataset: The dataset's name.
        now: When it begins, UTC.
        token: What tells apart runs of one second.
    """
    return f"{now:%Y%m%dT%H%M%S}-{dataset}-{token}"


def run_of(setting: Setting, dataset: str, window: Window, run_id: str | None) -> str:
    """The given run, else the newest of the window.

    Raises:
        NotFound: The window never ran.
    """
    if run_id is not None:
        return run_id
    newest = setting.state.runs.newest(dataset, window.name)
    if newest is None:
        raise NotFound(
            f"window {window.name} of dataset {dataset} has no run",
            next_step=f"run its first step, {Step.PLAN}, before this one",
        )
    return newest.id


def plan(setting: Setting, dataset: Dataset, window: Window, run_id: str) -> Run:
    """Begins the run: takes the window, lists both sides and pins their objects.

    Raises:
        BadInput: The window has not ended, or a location is absent.
        WindowHeld: Another run holds the window.
        PartitionsAbsent: Both sides' partitions are absent.
    """
    Calendar.of(dataset).refuse_unended(window, setting.now())
    setting.state.leases.acquire(dataset.name, window.name, run_id, now=setting.now(), ttl=LEASE)
    with _giving_back(setting, dataset, window.name, run_id):
        setting.state.runs.begin(run_id, dataset.name, window, now=setting.now())
    with _failing(setting, dataset, window.name, run_id):
        _end_abandoned(setting, dataset, window, run_id)
        pins = pin(dataset, window, setting.clients)
        Artifacts(setting, run_id).write_json(PLAN, pins.to_json())
        setting.state.runs.record_partitions(run_id, pins.partitions({}))
        setting.state.runs.step_done(run_id, Step.PLAN, now=setting.now())
    return setting.state.runs.get(run_id)


def compare(
    setting: Setting, dataset: Dataset, run_id: str, *, progress: Progress | None = None
) -> None:
    """Compares the pinned objects; keeps the result, every discrepant row and what the gate reads.

    An object that is no longer the pinned one makes the run indeterminate, which is a result.

    Raises:
        Unreadable: An object is not Parquet; a dead letter names it.
        BadInput, Incomplete: As the comparison says.
    """
    with _step(setting, dataset, run_id, Step.COMPARE) as working:
        document = working.artifacts.read_json(PLAN)
        pins = pins_from_json(document, dataset, setting.clients)
        exports = _exports(dataset, working.folder)
        discrepancies = working.folder / DISCREPANCIES
        try:
            compared = compare_rows(
                pins.listings[Side.SOURCE],
                pins.listings[Side.TARGET],
                dataset.compare,
                discrepancies=discrepancies,
                resources=setting.resources,
                exports=exports,
                progress=progress,
            )
        except Changed as changed:
            working.artifacts.write_json(COMPARISON, {"indeterminate": changed.line()})
            return
        except Unreadable as unreadable:
            _route_unreadable(setting, dataset, working, unreadable)
            raise
        _record(setting, working.run, compared, pins.partitions(_rows_of(compared)))
        working.artifacts.upload(working.folder)
        working.artifacts.write_json(
            COMPARISON,
            {
                "result": compared.result.to_json(),
                "exports": {
                    export.side.value: [
                        name
                        for name in export.columns
                        if name in compared.sides[export.side].schema.columns
                    ]
                    for export in exports
                },
            },
        )


def validate(setting: Setting, dataset: Dataset, run_id: str) -> None:
    """Holds the result and each side's rows against the dataset's expectations."""
    with _step(setting, dataset, run_id, Step.VALIDATE) as working:
        document = working.artifacts.read_json(COMPARISON)
        if "indeterminate" in document:
            working.artifacts.write_json(VALIDATION, {"results": []})
            return
        result = ComparisonResult.from_json(document["result"])
        rows = {
            _SUBJECTS[Side(side)]: _exported(working, Side(side), names)
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
    with _step(setting, dataset, run_id, Step.ROUTE) as working:
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
    with _step(setting, dataset, run_id, Step.REPORT) as working:
        content = report_of_runs(setting, dataset, [working.run.id])
        working.artifacts.write_text(REPORT, html_report(content))
        working.artifacts.write_json(DOCUMENT, json_document(content))
        return working.artifacts.location(REPORT)


def verdict(setting: Setting, dataset: Dataset, run_id: str) -> Verdict:
    """Ends the run with its verdict and gives its window back. The caller decides what follows."""
    with _step(setting, dataset, run_id, Step.VERDICT) as working:
        judged = verdict_of(working.artifacts)
    setting.state.runs.finish(
        run_id, judged, now=setting.now(), report=working.artifacts.location(REPORT)
    )
    setting.state.leases.release(dataset.name, working.run.window, run_id)
    return judged


@dataclass(frozen=True)
class _Working:
    """A step at work: its run, its artifacts, and a folder of its own."""

    run: Run
    artifacts: Artifacts
    folder: Path


@contextmanager
def _step(setting: Setting, dataset: Dataset, run_id: str, step: Step) -> Iterator[_Working]:
    """Takes the run up at a step, holding its window, and marks the step as done."""
    run = setting.state.runs.get(run_id)
    _require_before(run, step)
    with (
        LeaseKeeper(
            setting.state.leases, dataset.name, run.window, run_id, ttl=LEASE, clock=setting.now
        ),
        _failing(setting, dataset, run.window, run_id),
        Spool(setting.resources.spool) as spool,
    ):
        setting.state.runs.step_begun(run_id, step)
        yield _Working(run, Artifacts(setting, run_id), spool.path)
        setting.state.runs.step_done(run_id, step, now=setting.now())


def _require_before(run: Run, step: Step) -> None:
    order = list(Step)
    missing = [before for before in order[: order.index(step)] if before not in run.steps]
    if missing:
        raise BadInput(
            f"run {run.id} is not ready for the step {step}",
            found=f"steps done: {', '.join(run.steps) or 'none'}",
            next_step=f"run its step {missing[0]} first",
        )


def _end_abandoned(setting: Setting, dataset: Dataset, window: Window, run_id: str) -> None:
    """Marks runs of the window that a dead worker left running: its lease, now ours, had ended."""
    for run in setting.state.runs.list(dataset=dataset.name, window=window.name):
        if run.status is RunStatus.RUNNING and run.id != run_id:
            line = f"it stopped without a word; run {run_id} has taken its window over"
            setting.state.runs.fail(run.id, line, now=setting.now())


@contextmanager
def _failing(setting: Setting, dataset: Dataset, window: str, run_id: str) -> Iterator[None]:
    """Marks the run as failed and gives its window back when the block raises."""
    with _giving_back(setting, dataset, window, run_id):
        try:
            yield
        except BaseException as error:
            known = isinstance(error, ReconcileError)
            line = str(error) if known else _unforeseen(error)
            # The first error is the one to tell; that the state does not answer adds nothing.
            with suppress(ReconcileError):
                setting.state.runs.fail(run_id, line, now=setting.now())
            raise


def _unforeseen(error: BaseException) -> str:
    stopped = isinstance(error, KeyboardInterrupt | SystemExit)
    return "interrupted" if stopped else f"unexpected {type(error).__name__}"


@contextmanager
def _giving_back(setting: Setting, dataset: Dataset, window: str, run_id: str) -> Iterator[None]:
    """Gives the window back when the block raises."""
    try:
        yield
    except BaseException:
        with suppress(ReconcileError):
            setting.state.leases.release(dataset.name, window, run_id)
        raise


def _exports(dataset: Dataset, folder: Path) -> list[Export]:
    """What the gate will read of each side: only where it has expectations."""
    exports = []
    for side, subject in _SUBJECTS.items():
        if any(expectation.subject is subject for expectation in dataset.expectations):
            columns = required_columns(dataset.expectations, subject)
            exports.append(Export(side, columns, folder / _rows_name(side)))
    return exports


def _rows_name(side: Side) -> str:
    return f"{side.value}_rows.parquet"


def _exported(working: _Working, side: Side, names: list[str]) -> Any:
    with working.artifacts.file(_rows_name(side), working.folder) as path:
        return pq.read_table(path).rename_columns([*names, KEY_COLUMN])


def _rows_of(compared: Compared) -> Mapping[Side, int | None]:
    return {side: ready.schema.rows for side, ready in compared.sides.items()}


def _record(setting: Setting, run: Run, compared: Compared, partitions: list[Any]) -> None:
    result = compared.result
    mismatched = {name: column.mismatched for name, column in result.columns.items()}
    setting.state.runs.record_partitions(run.id, partitions)
    setting.state.runs.record_counts(run.id, result.counts, mismatched=mismatched)


def _route_unreadable(
    setting: Setting, dataset: Dataset, working: _Working, error: Unreadable
) -> None:
    letter = unreadable_letter(error.object_name or "unknown", error.line())
    setting.state.dead_letters.route(
        working.run.id,
        dataset.name,
        Calendar.of(dataset).window(working.run.window),
        [letter],
        now=setting.now(),
        max_rows=1,
        full_file="",
        close_unseen=False,
    )


def _route(
    setting: Setting,
    dataset: Dataset,
    working: _Working,
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
