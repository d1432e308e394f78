"""Makes the timetable of windows known to Airflow."""

from airflow.plugins_manager import AirflowPlugin

from reconcile.orchestration.timetable import WindowTimetable


class ReconcilePlugin(AirflowPlugin):
    """What this project adds to Airflow."""

    name = "reconcile"
    timetables = [WindowTimetable]  # noqa: RUF012 - the shape that Airflow asks for
