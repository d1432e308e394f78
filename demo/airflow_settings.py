"""How Airflow runs from this checkout: one machine, SQLite, no example DAGs."""

from __future__ import annotations

from pathlib import Path


def airflow_environment(home: Path, checkout: Path) -> dict[str, str]:
    """The variables that make `airflow` run this checkout's DAGs and plugin.

    Args:
        home: Airflow's own folder: its database, logs and passwords. Need not exist.
        checkout: The folder that holds `dags/` and `plugins/`.
    """
    home, checkout = home.absolute(), checkout.absolute()
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "AIRFLOW__CORE__DAGS_FOLDER": str(checkout / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(checkout / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__API__EXPOSE_CONFIG": "False",
    }
