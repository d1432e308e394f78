"""What each step between a run's first and last does, for whoever takes one step by itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from reconcile.jobs.setting import Setting
from reconcile.model.dataset import Dataset
from reconcile.model.run import Step

Work: TypeAlias = Callable[[Setting, Dataset, str], object]
"""Given where it runs, the dataset and the run's id."""


def work_of(step: Step, *, slot: int | None = None) -> Work:
    """What a step does.

    Each is imported when it is asked for: a task takes one step in a process of its own, and need
    not wait for the engine, Arrow or the page's templates where only another step has to.

    Args:
        step: Any but the first and the last, which `jobs.reconciliation` has.
        slot: Which of the run's slots compares, from 0; None compares everything.
    """
    match step:
        case Step.COMPARE:
            from reconcile.jobs.run_comparison import compare  # noqa: PLC0415

            return partial(compare, slot=slot)
        case Step.VALIDATE:
            from reconcile.jobs.run_validation import validate  # noqa: PLC0415

            return validate
        case Step.ROUTE:
            from reconcile.jobs.run_letters import route  # noqa: PLC0415

            return route
        case Step.REPORT:
            from reconcile.jobs.run_report import report  # noqa: PLC0415

            return report
    raise ValueError(f"{step} begins or ends a run")
