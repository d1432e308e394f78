"""What this Airflow is told besides its variables; it imports the file by its name.

Tries come soon, and a test can stop a task in the middle of a step, to kill it there: see
`tests.scheduler.pauses`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.scheduler.pauses import make_pausable


def task_policy(task: Any) -> None:
    """A task that fails is tried once more, at once; a slot is not."""
    if task.retries:
        task.retries = 0 if task.dag_id.endswith("__slotted") else 1
        task.retry_delay = timedelta(seconds=1)
        task.retry_exponential_backoff = 0


make_pausable()
