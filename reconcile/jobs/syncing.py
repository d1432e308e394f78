"""Synchronising windows: one whole sync, or a span of them, two windows at once."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TypeAlias

from reconcile.errors import ReconcileError
from reconcile.jobs.setting import Setting
from reconcile.jobs.span_outcome import SpanOutcome, WindowOutcome, what_stopped
from reconcile.jobs.sync_commit import commit
from reconcile.jobs.sync_progress import SyncProgress
from reconcile.jobs.sync_reporting import report, report_of_sync
from reconcile.jobs.sync_verification import verify
from reconcile.jobs.sync_work import SyncWork
from reconcile.jobs.synchronisation import copy, plan
from reconcile.jobs.window_lanes import KeptBack, Turn, WindowLanes
from reconcile.jobs.working import waiting_for
from reconcile.model.dataset import Dataset
from reconcile.model.ledger import WindowState
from reconcile.model.run import SyncStep, new_run_id
from reconcile.model.window import Window
from reconcile.report.sync_content import SyncReport, SyncWindowReport
from reconcile.report.sync_html import sync_html_report

LANES = 2
"""So many windows of a span are done at once."""


@dataclass(frozen=True)
class SyncOutcome(WindowOutcome):
    """What came of one window; `matched` is one of which nothing is missing that anybody expects.

    Attributes:
        state: How it stands; None where the sync did not come to its end.
    """

    state: WindowState | None = None


SyncSpanOutcome: TypeAlias = SpanOutcome[SyncOutcome, SyncReport]
"""What came of a span of syncs."""


def sync_window(
    work: SyncWork,
    window: Window,
    *,
    run_id: str | None = None,
    approval: str | None = None,
    progress: SyncProgress | None = None,
    on_step: Callable[[SyncStep], None] = lambda _step: None,
    turn: Turn | None = None,
) -> SyncOutcome:
    """One sync, whole. What goes wrong is in the outcome, never raised.

    Args:
        work: Of which dataset.
        window: Which window.
        run_id: The run's id; a new one if None.
        approval: Why more may be deleted than the brake lets go; None is nobody's approval.
        progress: Told of objects and bytes.
        on_step: Told of each step as it begins.
        turn: Waited for when all is copied; None is no wait.
    """
    run_id = run_id or new_run_id(work.dataset.name, work.setting.now(), secrets.token_hex(3))
    try:
        on_step(SyncStep.PLAN)
        plan(work, window, run_id, approval=approval)
        on_step(SyncStep.COPY)
        copy(work, run_id, progress=progress)
        if turn is not None and not turn.has_come:
            with waiting_for(work.setting, run_id, SyncStep.VERIFY):
                turn.wait()
        on_step(SyncStep.VERIFY)
        verify(work, run_id)
        on_step(SyncStep.COMMIT)
        synced = commit(work, run_id)
        on_step(SyncStep.REPORT)
        judged = report(work, run_id)
    except Exception as error:
        return SyncOutcome(window, run_id, error=what_stopped(error, window))
    return SyncOutcome(window, run_id, judged, state=synced.state)


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
    """Every window of a span, in their order; a window that goes wrong stops no other.

    While one is copied the next is planned and copied too, within the limits of one; it waits
    until that has ended before it does, so what is told is told window by window.

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

    def planned(objects: int, size: int) -> None:
        if progress is not None:
            progress.planned(objects, size)

    def copied(objects: int, size: int) -> None:
        if progress is not None:
            progress.copied(objects, size)

    with SyncWork.open(setting, dataset) as work:
        count = LANES if work.may_be_shared and len(windows) > 1 else 1
        free: SimpleQueue[SyncWork] = SimpleQueue()
        for lane in range(count):
            free.put(work.beside() if lane else work)

        def taken(window: Window, turn: Turn, told: KeptBack) -> SyncOutcome:
            told.tell(lambda: on_window(window))
            mine = free.get()
            outcome = sync_window(
                mine,
                window,
                approval=approval,
                progress=told,
                on_step=lambda step: told.tell(lambda: on_step(step)),
                turn=turn,
            )
            free.put(mine)
            turn.wait()
            on_outcome(outcome)
            return outcome

        lanes = WindowLanes[Window, SyncOutcome](
            count,
            told=lambda: KeptBack(planned=planned, copied=copied),
            interrupted=work.stop,
        )
        outcomes = lanes.outcomes(windows, taken)
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
