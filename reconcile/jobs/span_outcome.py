"""What came of windows that were taken one after the other, whatever was done with them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from reconcile.errors import ReconcileError, Unforeseen, worst
from reconcile.model.result import Verdict
from reconcile.model.window import Window

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


class _ToldWindow(Protocol):
    @property
    def window(self) -> str: ...

    @property
    def error(self) -> str | None: ...


class _Told(Protocol):
    @property
    def windows(self) -> Sequence[_ToldWindow]: ...


OutcomeT = TypeVar("OutcomeT", bound=WindowOutcome)
ReportT = TypeVar("ReportT", bound=_Told)


@dataclass(frozen=True)
class SpanOutcome(Generic[OutcomeT, ReportT]):
    """What came of a span of windows, in the order they were taken.

    Attributes:
        outcomes: One a window.
        report: All of them as one report; None where there is none.
        report_location: Where its HTML lies.
        error: Why there is no report of windows that did run.
    """

    outcomes: tuple[OutcomeT, ...]
    report: ReportT | None
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
        told = {window.window for window in windows if window.error}
        return tuple(
            f"{outcome.window.name}: {outcome.error.line()}"
            for outcome in self.outcomes
            if outcome.error is not None and outcome.window.name not in told
        )


def what_stopped(error: Exception, window: Window) -> ReconcileError:
    """An error that ended a window, as its outcome keeps it.

    One that nobody foresaw is logged: a defect in one window is no reason to leave others undone.
    """
    if isinstance(error, ReconcileError):
        return error
    unforeseen = Unforeseen(error, during=f"window {window.name}")
    _log.error("%s", unforeseen, exc_info=error)
    return unforeseen
