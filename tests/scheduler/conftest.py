"""What the orders of the running Airflow come to without Airflow."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from reconcile.config.datasets import find_dataset
from reconcile.history.calendar import Calendar
from reconcile.jobs.running import run_window
from reconcile.jobs.setting import Setting
from tests.running_airflow import RunningAirflow
from tests.scheduler.found_rows import Found, found

Expected = Callable[[str], Found]


@pytest.fixture(scope="session")
def expected(running_airflow: RunningAirflow, tmp_path_factory: pytest.TempPathFactory) -> Expected:
    """What `reconcile run` finds of a window, in a state database of its own."""
    state = f"sqlite:///{tmp_path_factory.mktemp('library') / 'state.db'}"
    dataset = find_dataset("orders", running_airflow.datasets)

    @cache
    def run(window: str) -> Found:
        with Setting.open(environ={"RECONCILE_STATE": state}) as setting:
            run_window(setting, dataset, Calendar.of(dataset).window(window))
        rows = found(state, "orders", window)
        assert rows.end == [("finished", "breached", None)]
        assert len(rows.letters) > 10
        return rows

    return run
