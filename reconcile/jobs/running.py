"""Running windows: one whole reconciliation, or a span of them, window by window."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reconcile.errors import ReconcileError, Unforeseen, worst
from reconcile.jobs import reconciliation, run_letters, run_report, run_validation
from reconcile.jobs.examples import examples_of
from reconcile.jobs.reporting import report_of_runs
from reconcile.jobs.run_comparison import compare
from reconcile.jobs.setting import Setting
from reconcile.model.dataset import Dataset
from reconcile.model.result import Verdict
from reconcile.model.run import Step, new_run_id
from reconcile.model.window import Window
from reconcile.report.content import Report
from reconcile.report.html import html_report
from reconcile.stores.spool import Progress

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WindowOutcome:
    """What came of one window.

    Attributes:
        window: Which.
        run_id: Its run.
        verdict: Its verdict; None where it came to none.
        error: Why it came to none.
    """

    window: Window
    run_id: str
    verdict: Verdict | None = None
    error: ReconcileError | None = None

    @property
    def exit_code(self) -> int:
        """The exit code that says it."""
        if self.error is not None:
            return self.error.exit_code
        return 3 if self.verdict is None else self.verdict.exit_code


@dataclass(frozen=True)
class SpanOutcome:
    """What came of a span of windows, in their order.

    Attributes:
        outcomes: One a window.
        report: All of them as one report; None where no window came as far as a run.
        report_location: Where its HTML lies.
        error: Why there is no report of windows that did run.
    """

    outcomes: tuple[WindowOutcome, ...]
    report: Report | None
    report_location: str | None
    error: ReconcileError | None = None

    @property
    def exit_code(self) -> int:
        """The worst of the windows and the report, in the order 2, 3, 1, 0."""
        codes = [outcome.exit_code for outcome in self.outcomes]
        return worst(codes if self.error is None else [*codes, self.error.exit_code])

    @property
    def unreported(self) -> tuple[str, ...]:
        """Why windows came to no verdict, one line each, where the report does not say it."""
        windows = self.report.windows if self.report else ()
        told = {window.run_id for window in windows if window.error}
        return tuple(
            f"{outcome.window.name}: {outcome.error.line()}"
            for outcome in self.outcomes
            if outcome.error is not None and outcome.run_id not in told
        )


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
    except ReconcileError as error:
        return WindowOutcome(window, run_id, error=error)
    except Exception as error:
        # A defect in one window is no reason to leave the others undone.
        unforeseen = Unforeseen(error, during=f"window {window.name}")
        _log.error("%s", unforeseen, exc_info=error)
        return WindowOutcome(window, run_id, error=unforeseen)
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
) -> SpanOutcome:
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


def _span(setting: Setting, dataset: Dataset, outcomes: Sequence[WindowOutcome]) -> SpanOutcome:
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
