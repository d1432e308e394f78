"""What every task of a dataset's DAGs has."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from reconcile.model.dataset import Dataset


def task_defaults(dataset: Dataset) -> dict[str, Any]:
    """A DAG's `default_args`: whose the tasks are, where they run, how often they are tried."""
    return {
        "owner": dataset.owner or "reconcile",
        "pool": dataset.pool,
        **({} if dataset.queue is None else {"queue": dataset.queue}),
        # After 1 to 2 minutes, 3 to 6 and 9 to 15: longer than a dead worker keeps its window.
        "retries": 3,
        "retry_delay": timedelta(minutes=1),
        "retry_exponential_backoff": 3,
        "max_retry_delay": timedelta(minutes=15),
    }
