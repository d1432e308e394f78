"""Whether a run's window is whole, or need not be waited for. Imported by tasks only."""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import UTC, datetime

from airflow.sdk import Context

from reconcile.config.schedule import Schedule
from reconcile.history.calendar import Calendar
from reconcile.jobs.waiting import waited_for
from reconcile.model.dataset import Dataset, Ready
from reconcile.model.discrepancy import Side
from reconcile.model.window import Window
from reconcile.orchestration.connections import AirflowClients
from reconcile.orchestration.due_windows import DueWindows
from reconcile.orchestration.failures import plain_failures
from reconcile.orchestration.task_run import window_of_task

_log = logging.getLogger(__name__)


def is_ready(
    dataset: Dataset, context: Context, *, sides: Collection[Side], schedule: str | None
) -> bool:
    """Whether the run's window need not be waited for: it is whole, or its time is up.

    Its time counts from when the window was due, so that an old one is never waited for. What is
    not there then counts as absent.

    Args:
        dataset: The dataset.
        context: Airflow's, of the task.
        sides: Those that are waited for.
        schedule: What makes a window due; None for its end.

    Raises:
        AirflowFailException: A person must change something.
        AirflowException: It may pass by itself.
    """
    with plain_failures():
        window = window_of_task(dataset, context)
        give_up = _due_at(dataset, window, schedule) + (dataset.ready or Ready()).timeout
        now = _now()
        lines = waited_for(dataset, window, clients=AirflowClients(), now=now, sides=sides)
        for line in lines:
            _log.info("%s@%s: %s", dataset.name, window.name, line)
        if lines and now >= give_up:
            _log.warning("it is not waited for any longer, since %s", f"{give_up:%Y-%m-%dT%H:%MZ}")
        return not lines or now >= give_up


def _due_at(dataset: Dataset, window: Window, schedule: str | None) -> datetime:
    if schedule is None:
        return window.end
    return DueWindows(Calendar.of(dataset), Schedule(schedule, dataset.timezone)).due_at(window)


def _now() -> datetime:
    return datetime.now(UTC)
