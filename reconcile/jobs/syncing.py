"""Synchronising windows: one whole sync, or a span of them, window by window."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reconcile.errors import ReconcileError, Unforeseen, worst
from reconcile.jobs.setting import Setting
from reconcile.jobs.sync_commit import commit
from reconcile.jobs.sync_progress import SyncProgress
from reconcile.jobs.sync_reporting import report, report_of_sync
from reconcile.jobs.sync_verification import verify
from reconcile.jobs.sync_work import SyncWork
from reconcile.jobs.synchronisation import copy, plan
from reconcile.model.dataset import Dataset
from reconcile.model.ledger import WindowState
from reconcile.model.result import Verdict
from reconcile.model.run import SyncStep, new_run_id
from reconcile.model.window import Window
from reconcile.report.sync_content import SyncReport, SyncWindowReport
from reconcile.report.sync_html import sync_html_report

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SyncOutcome:
    """What came of one window.

    Attributes:
        window: Which.
        run_id: Its run.
        state: How it stands; None where the sync did not come to its end.
        verdict: `matched` where nothing is missing that anybody expects.
        error: Why it did not come to its end.
    """

    window: Window
    run_id: str
    state: WindowState | None = None
    verdict: Verdict | None = None
    error: ReconcileError | None = None

    @property
    def exit_code(self) -> int:
        """The exit code that says it."""
        if self.error is not None:
            return self.error.exit_code
        return 3 if self.verdict is None else self.verdict.exit_code


@dataclass(frozen=True)
class SyncSpanOutcome:
    """What came of a span of windows, in the order they were synchronised.

    Attributes:
        outcomes: One a window.
        report: All of them as one report.
        report_location: Where its HTML lies.
        error: Why there is no report of windows that did run.
    """

    outcomes: tuple[SyncOutcome, ...]
    report: SyncReport | None
    report_location: str | None
    error: ReconcileError | None = None

    @property
    def exit_code(self) -> int:
        """The worst of the windows and the report."""
        codes = [outcome.exit_code for outcome in self.outcomes]
        return worst(codes if self.error is None else [*codes, self.error.exit_code])

    @property
    def unreported(self) -> tuple[str, ...]:
        """Why windows came to no end, one line each, where the report does not say it."""
        windows = self.report.windows if self.report else ()
        told = {window.window for window in windows if window.error}
        return tuple(
            f"{outcome.window.name}: {outcome.error.line()}"
            for outcome in self.outcomes
            if outcome.error is not None and outcome.window.name not in told
        )


def sync_window(
    work: SyncWork,
    window: Window,
    *,
    run_id: str | None = None,
    approval: str | None = None,
    progress: SyncProgress | None = None,
    on_step: Callable[[SyncStep], None] = lambda _step: None,
) -> SyncOutcome:
    """One sync, whole. What goes wrong is in the outcome, never raised.

    Args:
        work: Of which dataset.
        window: Which window.
        run_id: The run's id; a new one if None.
        approval: Why more may be deleted than the brake lets go; None is nobody's approval.
        progress: Told of objects and bytes.
        on_step: Told of each step as it begins.
    """
    run_id = run_id or new_run_id(work.dataset.name, work.setting.now(), secrets.token_hex(3))
    try:
        on_step(SyncStep.PLAN)
        plan(work, window, run_id, approval=approval)
        on_step(SyncStep.COPY)
        copy(work, run_id, progress=progress)
        on_step(SyncStep.VERIFY)
        verify(work, run_id)
        on_step(SyncStep.COMMIT)
        synced = commit(work, run_id)
        on_step(SyncStep.REPORT)
        judged = report(work, run_id)
    except ReconcileError as error:
        return SyncOutcome(window, run_id, error=error)
    except Exception as error:
        # A defect in one window is no reason to leave the others undone.
        unforeseen = Unforeseen(error, during=f"window {window.name}")
        _log.error("%s", unforeseen, exc_info=error)
        return SyncOutcome(window, run_id, error=unforeseen)
    return SyncOutcome(window, run_id, synced.state, judged)


def sync_span(
    setting: Setting,
    dataset: Dataset,
    windows: Sequence[Window],
    *,
    approval: str | None = None,
    progress: SyncProgress | None = None,
    on_window: Callable[[Window], None] = lambda _window: None,
    on_step: Callable[[SyncStep], None] = lambda _step: None,
    on_outcome: Callable[[SyncOutcome], None] = lambda _outcome: None,
) -> SyncSpanOutcome:
    """Every window of a span, one after the other; a window that goes wrong stops no other.

    Args:
        setting: Where they run.
        dataset: The dataset.
        windows: Which, in the order to take them.
        approval: Why more may be deleted than the brake lets go; None is nobody's approval.
        progress: Told of objects and bytes.
        on_window: Told of each window as it begins.
        on_step: Told of each step as it begins.
        on_outcome: Told what came of each window.

    Raises:
        BadInput: The dataset is not synchronised, or its sides cannot be opened.
    """
    outcomes = []
    with SyncWork.open(setting, dataset) as work:
        for window in windows:
            on_window(window)
            outcome = sync_window(
                work, window, approval=approval, progress=progress, on_step=on_step
            )
            outcomes.append(outcome)
            on_outcome(outcome)
    try:
        return _span(work, outcomes)
    except ReconcileError as error:
        # What came of the windows is not lost with the report.
        return SyncSpanOutcome(tuple(outcomes), None, None, error)


def _span(work: SyncWork, outcomes: Sequence[SyncOutcome]) -> SyncSpanOutcome:
    setting = work.setting
    begun = [o.run_id for o in outcomes if setting.state.runs.exists(o.run_id)]
    unbegun = [
        SyncWindowReport(
            outcome.window.name,
            None,
            None,
            error=None if outcome.error is None else outcome.error.line(),
        )
        for outcome in outcomes
        if outcome.run_id not in begun
    ]
    content = report_of_sync(setting, work.dataset, begun, unbegun=unbegun)
    if not begun:
        return SyncSpanOutcome(tuple(outcomes), content, None)
    if len(outcomes) == 1:
        return SyncSpanOutcome(tuple(outcomes), content, content.windows[0].report)
    names = sorted((outcome.window for outcome in outcomes), key=lambda window: window.start)
    name = f"spans/{work.dataset.name}/sync-{names[0].name}--{names[-1].name}.html"
    setting.artifacts.put(name, sync_html_report(content).encode())
    return SyncSpanOutcome(tuple(outcomes), content, str(setting.artifacts_location.joined(name)))
