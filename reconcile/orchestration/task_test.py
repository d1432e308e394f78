"""`airflow tasks test`: one task alone, in a run that Airflow makes up and forgets."""

from __future__ import annotations

import os


def is_task_test() -> bool:
    """Whether this process is one of that command."""
    return os.environ.get("AIRFLOW_TEST_MODE") == "True"
