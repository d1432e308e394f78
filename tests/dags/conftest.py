"""Airflow for tests: as a library in this process, whole in processes of its own."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from demo.airflow_settings import airflow_environment
from tests.dags.bookings import Bookings

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def airflow_module(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], ModuleType]:
    """Imports a module that needs Airflow, without the set-up that would change this process.

    As a library Airflow reads its configuration, but leaves logging and the database alone.
    """

    def imported(name: str) -> ModuleType:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("_AIRFLOW__AS_LIBRARY", "1")
            patch.setenv("AIRFLOW_HOME", str(tmp_path_factory.getbasetemp() / "airflow-library"))
            return importlib.import_module(name)

    return imported


@dataclass(frozen=True)
class AirflowHome:
    """A folder in which Airflow runs this checkout's DAGs over one dataset of local files."""

    folder: Path
    bookings: Bookings

    @property
    def environment(self) -> dict[str, str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("AIRFLOW", "_AIRFLOW"))}
        return {
            **clean,
            **airflow_environment(self.folder, CHECKOUT),
            "RECONCILE_STATE": self.state_url("airflow"),
            "RECONCILE_DATASETS": str(self.bookings.datasets),
            "RECONCILE_TASKS_PER_HOST": "1",
            "PYTHONWARNINGS": "ignore",
        }

    def state_url(self, name: str) -> str:
        """Of one of our state databases, each with artifacts beside it."""
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        return f"sqlite:///{folder / 'state.db'}"

    def run(
        self, *command: str, add: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """A command in this home, with both of its outputs as one."""
        return subprocess.run(
            command,
            env={**self.environment, **(add or {})},
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=200,
        )


@pytest.fixture(scope="session")
def airflow_home(tmp_path_factory: pytest.TempPathFactory) -> AirflowHome:
    """Where Airflow is not set up yet: enough to parse DAG files."""
    folder = tmp_path_factory.mktemp("airflow-home")
    return AirflowHome(folder, Bookings.written(folder))


@pytest.fixture(scope="session")
def migrated_home(airflow_home: AirflowHome) -> AirflowHome:
    """Where Airflow has its database."""
    done = airflow_home.run(sys.executable, "-m", "airflow", "db", "migrate")
    assert done.returncode == 0, done.stdout
    return airflow_home
