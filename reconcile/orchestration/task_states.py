"""What became of a run's tasks. Airflow has the say.

A task that was cleared and then never came to its work left what an earlier attempt had done: its
XComs, which Airflow deletes when the task begins, and what it wrote down in our state.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import Context, TaskInstanceState


def succeeded_tasks(context: Context) -> frozenset[str]:
    """The tasks of the context's run that succeeded; mapped ones as `compare_0`, `compare_1` …"""
    run = context["dag_run"]
    states = context["ti"].get_task_states(run.dag_id, run_ids=[run.run_id]).get(run.run_id, {})
    return frozenset(task for task, state in states.items() if state == TaskInstanceState.SUCCESS)


def handed_on(context: Context, task_id: str) -> Any:
    """What a task of the context's run returned; None where it did not succeed, or nothing."""
    if task_id not in succeeded_tasks(context):
        return None
    return context["ti"].xcom_pull(task_ids=task_id)
