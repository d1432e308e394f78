"""The button below a task that leads to the report of its run."""

from __future__ import annotations

from airflow.sdk import BaseOperator, BaseOperatorLink
from airflow.sdk.types import TaskInstanceKey

from reconcile.model.airflow_run import AirflowRun


class ReportLink(BaseOperatorLink):
    """Airflow works it out where the task ended, well or badly, and shows it from then on."""

    name = "Report"

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        """Address of the report, relative to Airflow's own."""
        return AirflowRun(ti_key.dag_id, ti_key.run_id).report
