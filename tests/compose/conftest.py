"""Airflow's command line, for the commands of docker-compose.yaml."""

from tests.dags.conftest import airflow_module

__all__ = ["airflow_module"]
