"""Telling people how a run ended: one notice a run, from the task that ends it.

`verdict`, and a sync's `report`, is the last task of every run and fails whatever failed before it,
so its callbacks run once a run, when no retry is left, in the worker: where the state, the
artifacts and the Connections are at hand, and where the log is read. Those of a whole DAG would run
in the DAG processor, which should need none of them.
"""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import quote

from airflow.sdk import BaseNotifier, Context, conf

from reconcile.model.dataset import Dataset, OnBreach
from reconcile.orchestration.task_test import is_task_test

_log = logging.getLogger(__name__)


class EndNotifier(BaseNotifier):
    """Tells a dataset's recipients of a run that failed or breached. Never fails itself.

    Args:
        dataset: The dataset.
        begun_by: The task that hands on the id of our run, or of several.
        failed: Whether it is called of runs that failed.
    """

    def __init__(self, dataset: Dataset, *, begun_by: str, failed: bool) -> None:
        super().__init__()
        self.dataset = dataset
        self.begun_by = begun_by
        self.failed = failed

    def notify(self, context: Context) -> None:
        """Sends the notice, if the run's end asks for one."""
        if is_task_test():
            return
        # The jobs, and what sends: seconds of imports, for the tasks that have something to tell.
        from reconcile.orchestration.delivery import deliver
        from reconcile.orchestration.ended_run import notice_of

        try:
            notice = notice_of(
                self.dataset,
                context,
                begun_by=self.begun_by,
                failed=self.failed,
                link=run_link(context),
            )
            if notice is not None:
                deliver(notice, self.dataset.notify)
        except Exception as error:
            _log.error("no notice of this run's end: %s", type(error).__name__)


def end_callbacks(dataset: Dataset, *, begun_by: str, breach: bool = True) -> dict[str, Any]:
    """What the task that ends a run is given so that its dataset's recipients are told.

    Args:
        dataset: The dataset.
        begun_by: The task that hands on the id of our run, or of several.
        breach: Whether a run may end well and still be told, since it breached.
    """
    if not dataset.notify:
        return {}
    given: dict[str, Any] = {
        "on_failure_callback": EndNotifier(dataset, begun_by=begun_by, failed=True)
    }
    if breach and dataset.on_breach is OnBreach.WARN:
        given["on_success_callback"] = EndNotifier(dataset, begun_by=begun_by, failed=False)
    return given


def run_link(context: Context) -> str | None:
    """The page of the context's run; None where nobody said how Airflow is reached."""
    base = conf.get("api", "base_url", fallback="")
    if not base:
        return None
    ti = context["ti"]
    return f"{base.rstrip('/')}/dags/{ti.dag_id}/runs/{quote(ti.run_id, safe='')}"
