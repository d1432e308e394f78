"""One running Airflow for a whole test run, whatever number of processes share the tests.

The first test that asks for it starts it, in whichever process of pytest-xdist that is; others
find it. It hangs on a leash that the controlling process holds: a named pipe, which closes when
that process ends, even if it is killed.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import pytest

from demo.airflow_server import airflow_recipes
from demo.airflow_settings import airflow_environment, server_url, serving_environment
from demo.processes import Recipe, free_port, start_leashed, wait_until_ready
from demo.servers import postgres_recipe
from reconcile.model.snapshot import SnapshotRules
from reconcile.model.sync import SyncRules
from tests.dags.bookings import Bookings
from tests.running_airflow import RunningAirflow, own_environment, wait_until
from tests.scheduler.arrivals import write_arrivals
from tests.scheduler.awaited import write_awaited
from tests.scheduler.orders import write_orders
from tests.scheduler.pauses import FOLDER as PAUSES
from tests.scheduler.snapshots import write_vaulted
from tests.scheduler.syncs import write_syncs

_HERE = Path(__file__).parent
_CHECKOUT = _HERE.parent
_PARSED = "daily_reconciliation__bookings"
_FOLDER = pytest.StashKey[Path]()
_LEASH = pytest.StashKey[int]()
_PROCESSES = pytest.StashKey[list["subprocess.Popen[bytes]"]]()

_QUICK = {
    "AIRFLOW__CORE__PARALLELISM": "2",
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
    "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "3",
}
"""Airflow's own intervals are for machines that run for months."""


@pytest.fixture(scope="session")
def running_airflow(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> RunningAirflow:
    """The running Airflow of this test run: scheduler, API server and DAG processor."""
    shared = request.config.stash[_FOLDER]
    told = shared / "airflow.json"
    with _locked(shared / "lock"):
        if not told.exists():
            folder = tmp_path_factory.mktemp("running-airflow")
            airflow = _start(folder, shared, request.config.stash[_PROCESSES])
            told.write_text(
                json.dumps([airflow.url, str(airflow.folder), dict(airflow.environment)])
            )
    url, path, environment = json.loads(told.read_text())
    return RunningAirflow(url, Path(path), environment)


def _start(folder: Path, shared: Path, processes: list[subprocess.Popen[bytes]]) -> RunningAirflow:
    datasets = Bookings.written(folder).datasets
    write_orders(folder, datasets)
    write_arrivals(folder, datasets)
    write_awaited(folder, datasets)
    write_syncs(folder, datasets)
    write_vaulted(folder, datasets)
    (folder / "pauses").mkdir()
    home, port = folder / "airflow", free_port()
    # Below the folder of this run, which is its own: see the recipe.
    database, postgres = postgres_recipe(shared / "postgres" / "data")
    environment = {
        **airflow_environment(home, _CHECKOUT, postgres=postgres),
        **serving_environment(home, port=port, secret=secrets.token_hex(32)),
        **_QUICK,
        "RECONCILE_DATASETS": str(folder / "datasets"),
        "RECONCILE_STATE": f"sqlite:///{folder / 'state.db'}",
        "RECONCILE_TASKS_PER_HOST": "2",
        "PYTHONPATH": os.pathsep.join((str(_HERE / "scheduler" / "site"), str(_CHECKOUT))),
        PAUSES: str(folder / "pauses"),
        "PYTHONWARNINGS": "ignore",
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
    }
    airflow = RunningAirflow(server_url(port), folder, environment)
    first, *others = (
        recipe
        for recipe in airflow_recipes(airflow.url, environment)
        if "triggerer" not in recipe.name  # nothing of ours defers
    )
    with _no_other_airflow(), (shared / "leash").open("rb") as leash:

        def start(*recipes: Recipe) -> None:
            started = [start_leashed(r, log=_log(folder, r.name), leash=leash) for r in recipes]
            processes.extend(started)
            with (shared / "processes").open("a") as numbers:
                numbers.writelines(f"{process.pid}\n" for process in started)
            for recipe, process in zip(recipes, started, strict=True):
                wait_until_ready(recipe, partial(_is_alive, process), _log(folder, recipe.name))

        start(database)
        airflow.run(sys.executable, "-m", "airflow", "db", "migrate")
        start(first)
        start(*others)
    for pool in (SyncRules.pool, SnapshotRules.pool):
        airflow.ask("POST", "/pools", {"name": pool, "slots": 2})
    wait_until(lambda: airflow.api().knows(f"/dags/{_PARSED}"), f"there is no DAG {_PARSED}")
    return airflow


def _is_alive(process: subprocess.Popen[bytes]) -> bool:
    return process.poll() is None


def _log(folder: Path, name: str) -> Path:
    return folder / f"{name.replace(' ', '-')}.log"


@contextmanager
def _no_other_airflow() -> Iterator[None]:
    """Settings of somebody's own Airflow would lead this one astray."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ.keys() - own_environment().keys():
            patch.delenv(name)
        yield


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


# The leash. Every process of a test run knows its folder; the controlling one holds its end.


def pytest_configure(config: pytest.Config) -> None:
    """Makes the folder that the processes of this test run share, and takes the leash."""
    handed_on = getattr(config, "workerinput", {}).get("running_airflow")
    folder = Path(handed_on or tempfile.mkdtemp(prefix="reconcile-tests-"))
    config.stash[_FOLDER] = folder
    config.stash[_PROCESSES] = []  # they outlive the test that starts them
    if handed_on is None:
        os.mkfifo(folder / "leash")
        # For both ways: opening one of its ends alone would wait for the other.
        config.stash[_LEASH] = os.open(folder / "leash", os.O_RDWR)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tells a process of pytest-xdist where the folder is."""
    node.workerinput["running_airflow"] = str(node.config.stash[_FOLDER])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Lets go of the leash and waits until Airflow has ended."""
    if _LEASH not in config.stash:
        return
    os.close(config.stash[_LEASH])
    for process in config.stash[_PROCESSES]:
        process.wait(20)
    folder = config.stash[_FOLDER]
    if (folder / "processes").exists():
        for number in (folder / "processes").read_text().split():
            try:
                psutil.Process(int(number)).wait(20)
            except (psutil.NoSuchProcess, psutil.TimeoutExpired):
                continue
    shutil.rmtree(folder, ignore_errors=True)
