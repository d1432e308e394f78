"""A run: one execution over one dataset and window."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from reconcile.model.result import Verdict


class RunStatus(StrEnum):
    """How far a run has come. A verdict exists only from `finished` on."""

    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"


class Step(StrEnum):
    """The steps of one reconciliation, in order."""

    PLAN = "plan"
    COMPARE = "compare"
    VALIDATE = "validate"
    ROUTE = "route"
    REPORT = "report"
    VERDICT = "verdict"


class SyncStep(StrEnum):
    """The steps of one sync of a window, in order."""

    PLAN = "plan"
    COPY = "copy"
    VERIFY = "verify"
    COMMIT = "commit"
    REPORT = "report"


class RunKind(StrEnum):
    """What a run does with its window."""

    RECONCILIATION = "reconciliation"
    SYNC = "sync"

    @property
    def steps(self) -> tuple[StrEnum, ...]:
        """Its steps, in order."""
        return tuple(SyncStep if self is RunKind.SYNC else Step)

    def hold(self, window: str) -> str:
        """What a run of this kind holds while it works: others of the kind keep off the window."""
        return window if self is RunKind.RECONCILIATION else f"{self.value} {window}"


@dataclass(frozen=True)
class Run:
    """One row of `runs`, as read.

    Attributes:
        id: Unique text, sortable by the time the run began.
        dataset: The dataset's name.
        window: The window's name.
        window_start: First instant of the window, UTC.
        window_end: First instant after the window, UTC.
        status: How far it has come.
        steps: The steps that are done, in order.
        verdict: Worst of comparison and gate, once known.
        started_at: When it began, UTC.
        finished_at: When it ended, UTC.
        error: The one line it failed with.
        report: Location of its HTML report.
        opened: Dead letters opened by it.
        reopened: Dead letters reopened by it.
        closed: Dead letters closed by it.
        kind: What it does.
    """

    id: str
    dataset: str
    window: str
    window_start: datetime
    window_end: datetime
    status: RunStatus
    started_at: datetime
    steps: tuple[StrEnum, ...] = field(default=())
    verdict: Verdict | None = None
    finished_at: datetime | None = None
    error: str | None = None
    report: str | None = None
    opened: int = 0
    reopened: int = 0
    closed: int = 0
    kind: RunKind = RunKind.RECONCILIATION


def new_run_id(dataset: str, now: datetime, token: str) -> str:
    """A run's id: sortable by the time it began.

    Args:
        dataset: The dataset's name.
        now: When it begins, UTC.
        token: What tells apart runs of one second.
    """
    return f"{now:%Y%m%dT%H%M%S}-{dataset}-{token}"
