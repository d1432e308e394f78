"""A whole Airflow on this machine, a recipe for each of its processes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence

from demo.airflow_api import health
from demo.processes import Recipe

AIRFLOW = "airflow "
"""How the names of its processes begin."""

_PATIENCE = 180.0
"""Seconds: starting takes some ten of them, on an idle machine."""


def airflow_recipes(url: str, environment: Mapping[str, str]) -> list[Recipe]:
    """The processes of `airflow standalone`, in the order in which to start them.

    First the API server: a task that runs before it answers has nobody to report to. Each is
    ready when Airflow says so itself.

    Args:
        url: Where the API server will answer.
        environment: For all of them; see `demo.airflow_settings`.
    """
    return [
        _recipe("api-server", (), "metadatabase", url, environment),
        # Logs lie on this machine, where the API server reads them: nobody need serve them.
        _recipe("scheduler", ("--skip-serve-logs",), "scheduler", url, environment),
        _recipe("dag-processor", (), "dag_processor", url, environment),
        _recipe("triggerer", ("--skip-serve-logs",), "triggerer", url, environment),
    ]


def _recipe(
    part: str, options: Sequence[str], named: str, url: str, environment: Mapping[str, str]
) -> Recipe:
    return Recipe(
        f"{AIRFLOW}{part}",
        [sys.executable, "-m", "airflow", part, *options],
        _healthy(url, named),
        environment,
        patience=_PATIENCE,
    )


def _healthy(url: str, named: str) -> Callable[[], bool]:
    return lambda: health(url).get(named) == "healthy"
