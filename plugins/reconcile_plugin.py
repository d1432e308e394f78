"""Makes the timetable of windows known to Airflow, and serves our pages on its address."""

from airflow.plugins_manager import AirflowPlugin

from reconcile.model.airflow_run import PAGES
from reconcile.orchestration.timetable import WindowTimetable
from reconcile.web.mounted import MountedPages


class ReconcilePlugin(AirflowPlugin):
    """What this project adds to Airflow."""

    name = "reconcile"
    timetables = [WindowTimetable]  # noqa: RUF012 - the shape that Airflow asks for
    fastapi_apps = [  # noqa: RUF012 - the same
        {"app": MountedPages(), "url_prefix": f"/{PAGES}", "name": "Reconciliation reports"}
    ]
