"""The way from a task to the report of its run: a button below its details, a line in its log."""

from __future__ import annotations

from airflow.sdk import BaseOperator, BaseOperatorLink, conf
from airflow.sdk.types import TaskInstanceKey

from reconcile.model.airflow_run import AirflowRun


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


def report_url(run: AirflowRun) -> str | None:
    """The report's whole address, on which a log's reader can click.

    None where nobody said how Airflow is reached (`[api] base_url`).
    """
    base = conf.get("api", "base_url", fallback="")
    return f"{base.rstrip('/')}/{run.report}" if base else None
