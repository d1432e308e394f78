"""Running windows: one whole reconciliation, or a span of them, window by window."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import TypeAlias

from reconcile.errors import ReconcileError
from reconcile.jobs import reconciliation, run_letters, run_report, run_validation
from reconcile.jobs.examples import examples_of
from reconcile.jobs.reporting import report_of_runs
from reconcile.jobs.run_comparison import compare
from reconcile.jobs.setting import Setting
from reconcile.jobs.span_outcome import SpanOutcome, WindowOutcome, what_stopped
from reconcile.model.dataset import Dataset
from reconcile.model.run import Step, new_run_id
from reconcile.model.window import Window
from reconcile.report.content import Report
from reconcile.report.html import html_report
from reconcile.stores.spool import Progress

RunSpanOutcome: TypeAlias = SpanOutcome[WindowOutcome, Report]
"""What came of a span of reconciliations."""


def run_window(
    setting: Setting,
    dataset: Dataset,
    window: Window,
    *,
    progress: Progress | None = None,
    on_step: Callable[[Step], None] = lambda _step: None,
) -> WindowOutcome:
    """One reconciliation, whole. What goes wrong is in the outcome, never raised.

    Args:
        setting: Where it runs.
        dataset: The dataset.
        window: Which window.
        progress: Told of bytes and objects as they are fetched.
        on_step: Told of each step as it begins.
    """
    run_id = new_run_id(dataset.name, setting.now(), secrets.token_hex(3))
    try:
        on_step(Step.PLAN)
        reconciliation.plan(setting, dataset, window, run_id)
        on_step(Step.COMPARE)
        compare(setting, dataset, run_id, progress=progress)
        on_step(Step.VALIDATE)
        run_validation.validate(setting, dataset, run_id)
        on_step(Step.ROUTE)
        run_letters.route(setting, dataset, run_id)
        on_step(Step.REPORT)
        run_report.report(setting, dataset, run_id)
        on_step(Step.VERDICT)
        judged = reconciliation.verdict(setting, dataset, run_id)
    except Exception as error:
        return WindowOutcome(window, run_id, error=what_stopped(error, window))
    return WindowOutcome(window, run_id, judged)


def run_span(
    setting: Setting,
    dataset: Dataset,
    windows: Sequence[Window],
    *,
    progress: Progress | None = None,
    on_window: Callable[[Window], None] = lambda _window: None,
    on_step: Callable[[Step], None] = lambda _step: None,
    on_outcome: Callable[[WindowOutcome], None] = lambda _outcome: None,
) -> RunSpanOutcome:
    """Every window of a span, one after the other; a window that goes wrong stops no other.

    Args:
        setting: Where they run.
        dataset: The dataset.
        windows: Which, in order.
        progress: Told of bytes and objects as they are fetched.
        on_window: Told of each window as it begins.
        on_step: Told of each step as it begins.
        on_outcome: Told what came of each window.
    """
    outcomes = []
    for window in windows:
        on_window(window)
        outcome = run_window(setting, dataset, window, progress=progress, on_step=on_step)
        outcomes.append(outcome)
        on_outcome(outcome)
    try:
        return _span(setting, dataset, outcomes)
    except ReconcileError as error:
        # What came of the windows is not lost with the report.
        return SpanOutcome(tuple(outcomes), None, None, error)


def _span(setting: Setting, dataset: Dataset, outcomes: Sequence[WindowOutcome]) -> RunSpanOutcome:
    begun = [o.run_id for o in outcomes if setting.state.runs.exists(o.run_id)]
    if not begun:
        return SpanOutcome(tuple(outcomes), None, None)
    report = report_of_runs(setting, dataset, begun, examples=examples_of)
    if len(outcomes) == 1:
        return SpanOutcome(tuple(outcomes), report, report.windows[0].report)
    first, last = outcomes[0].window.name, outcomes[-1].window.name
    name = f"spans/{dataset.name}/{first}--{last}.html"
    setting.artifacts.put(name, html_report(report).encode())
    return SpanOutcome(tuple(outcomes), report, str(setting.artifacts_location.joined(name)))
