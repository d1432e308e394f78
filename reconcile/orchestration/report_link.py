"""The way from a task to the report of its run: a button below its details, a line in its log."""

from __future__ import annotations

import logging

from airflow.sdk import BaseOperator, BaseOperatorLink, conf
from airflow.sdk.types import TaskInstanceKey

from reconcile.model.airflow_run import AirflowRun

_log = logging.getLogger(__name__)


class ReportLink(BaseOperatorLink):
    """Airflow works it out where the task ended, well or badly, and shows it from then on."""

    name = "Report"

    def get_link(
        self,
        operator: BaseOperator,  # noqa: ARG002 - the shape that Airflow asks for
        *,
        ti_key: TaskInstanceKey,
    ) -> str:
        """Address of the report, relative to Airflow's own."""
        return AirflowRun(ti_key.dag_id, ti_key.run_id).report


def log_report(window: str, report: str) -> None:
    """Says where a window's report is: the UI opens a task at its log, and makes it a link.

    Says nothing where nobody said how Airflow is reached (`[api] base_url`).

    Args:
        window: What it is the report of, such as `flights@2013-01-05`.
        report: Its address, relative to Airflow's own.
    """
    base = conf.get("api", "base_url", fallback="")
    if base:
        _log.info("Report of %s: %s/%s", window, base.rstrip("/"), report)
