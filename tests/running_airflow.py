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
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import pytest

from demo.airflow_api import AirflowApi
from demo.airflow_server import airflow_recipes
from demo.airflow_settings import (
    ADMIN,
    VIEWER,
    AirflowUser,
    airflow_environment,
    server_url,
    serving_environment,
    without,
)
from demo.processes import Recipe, free_port, start_leashed, wait_until_ready
from demo.servers import postgres_recipe
from tests.dags.bookings import Bookings
from tests.scheduler.arrivals import write_arrivals
from tests.scheduler.orders import write_orders
from tests.scheduler.pauses import FOLDER as PAUSES

CHECKOUT = Path(__file__).parents[1]
FAMILY = "daily_reconciliation"
_HERE = Path(__file__).parent
_ENDED = ("success", "failed")
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


@dataclass(frozen=True)
class RunningAirflow:
    """How to reach it and what it works on.

    Attributes:
        url: Of the UI and the API.
        folder: Where everything of it lies.
        environment: Of its processes, and of commands that are to act upon it.
    """

    url: str
    folder: Path
    environment: Mapping[str, str]

    @property
    def datasets(self) -> Path:
        """Its dataset files: `tests.dags.bookings`, `tests.scheduler.orders` and yours."""
        return self.folder / "datasets"

    @property
    def state_url(self) -> str:
        """Our state database, with the artifacts beside it."""
        return self.environment["RECONCILE_STATE"]

    def api(self, user: AirflowUser = ADMIN) -> AirflowApi:
        """Its REST API, as one of its users: `ADMIN` or `VIEWER`."""
        return AirflowApi(self.url, user.name, user.password)

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The answer to an admin's request below `/api/v2`."""
        return self.api().ask(method, path, body)

    def run(self, *command: str, add: Mapping[str, str] | None = None) -> str:
        """What a command prints that acts upon this Airflow; it must end with 0."""
        done = subprocess.run(
            command,
            env={**_own_environment(), **self.environment, **(add or {})},
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=200,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def add_dataset(self, name: str, text: str, *, dag_id: str | None = None) -> str:
        """Writes a dataset file and waits for its DAG, whose id it returns; it is paused."""
        dag_id = dag_id or f"{FAMILY}__{name}"
        (self.datasets / f"{name}.yaml").write_text(text)
        self.parse(dag_id)
        return dag_id

    def parse(self, dag_id: str) -> None:
        """Has the DAG files read again, now, and waits until there is this DAG."""
        token = self.ask("GET", f"/dags/{FAMILY}__bookings")["file_token"]
        self.ask("PUT", f"/parseDagFile/{token}")
        wait_until(lambda: self.api().knows(f"/dags/{dag_id}"), f"there is no DAG {dag_id}")

    def unpause(self, dag_id: str, *, paused: bool = False) -> None:
        """Lets a DAG run, or (`paused`) no longer."""
        self.ask("PATCH", f"/dags/{dag_id}", {"is_paused": paused})

    def trigger(
        self,
        dag_id: str,
        *,
        window: str | None = None,
        logical_date: str | None = None,
        conf: Mapping[str, Any] | None = None,
    ) -> str:
        """Starts a run, as the form does; returns Airflow's id of it. The DAG is unpaused."""
        self.unpause(dag_id)
        conf = {**({} if window is None else {"window": window}), **(conf or {})}
        started = self.ask(
            "POST", f"/dags/{dag_id}/dagRuns", {"logical_date": logical_date, "conf": conf}
        )
        return str(started["dag_run_id"])

    def runs(self, dag_id: str, *, order_by: str = "logical_date") -> list[dict[str, Any]]:
        """The runs of a DAG as the API tells them, by window, or by `id` as they were made."""
        found = self.ask("GET", f"/dags/{dag_id}/dagRuns?order_by={order_by}&limit=100")
        return list(found["dag_runs"])

    def switch_on(self, dag_id: str) -> str:
        """Unpauses a DAG and waits for the run that its schedule begins; returns Airflow's id."""
        self.unpause(dag_id)

        def scheduled() -> list[str]:
            runs = self.runs(dag_id)
            return [run["dag_run_id"] for run in runs if run["run_type"] == "scheduled"]

        wait_until(lambda: bool(scheduled()), f"the schedule of {dag_id} begins no run")
        return scheduled()[0]

    def state_of(self, dag_id: str, run_id: str) -> str:
        """Of a run: queued, running, success or failed."""
        return str(self.ask("GET", f"/dags/{dag_id}/dagRuns/{run_id}")["state"])

    def wait_for_run(
        self, dag_id: str, run_id: str, *, states: Iterable[str] = _ENDED, seconds: float = 180
    ) -> str:
        """Waits until a run has one of the states; returns it."""
        states = tuple(states)
        wait_until(
            lambda: self.state_of(dag_id, run_id) in states,
            lambda: f"run {run_id} of {dag_id}: {self.task_states(dag_id, run_id)}",
            seconds=seconds,
        )
        return self.state_of(dag_id, run_id)

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """The task instances of a run, as the API tells them."""
        found = self.ask("GET", f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances")
        return list(found["task_instances"])

    def task_states(self, dag_id: str, run_id: str) -> dict[str, str | None]:
        """The state of each task; a mapped one is named `compare[2]`."""
        return {
            task["task_id"] + ("" if task["map_index"] < 0 else f"[{task['map_index']}]"): task[
                "state"
            ]
            for task in self.tasks(dag_id, run_id)
        }

    def clear(
        self,
        dag_id: str,
        run_id: str,
        tasks: Iterable[str | tuple[str, int]],
        *,
        downstream: bool = True,
    ) -> None:
        """Clears tasks of a run, as the UI's button does; a mapped one is `(id, map index)`."""
        self.ask(
            "POST",
            f"/dags/{dag_id}/clearTaskInstances",
            {
                "dry_run": False,
                "dag_run_id": run_id,
                "task_ids": [task if isinstance(task, str) else list(task) for task in tasks],
                "include_downstream": downstream,
                "only_failed": False,
                "reset_dag_runs": True,
            },
        )

    def task_log(
        self, dag_id: str, run_id: str, task_id: str, *, tries: int = 1, map_index: int = -1
    ) -> str:
        """What a task logged, a line an event."""
        found = self.ask(
            "GET",
            f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/logs/{tries}"
            f"?full_content=true&map_index={map_index}",
        )
        return "\n".join(
            line if isinstance(line, str) else json.dumps(line) for line in found["content"]
        )


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


def wait_until(
    met: Callable[[], bool], otherwise: str | Callable[[], str], *, seconds: float = 60
) -> None:
    """Waits for a condition; past the time it fails with what `otherwise` says."""
    deadline = time.monotonic() + seconds
    while not met():
        if time.monotonic() > deadline:
            pytest.fail(otherwise if isinstance(otherwise, str) else otherwise())
        time.sleep(0.3)


def _start(folder: Path, shared: Path, processes: list[subprocess.Popen[bytes]]) -> RunningAirflow:
    datasets = Bookings.written(folder).datasets
    write_orders(folder, datasets)
    write_arrivals(folder, datasets)
    (folder / "pauses").mkdir()
    home, port = folder / "airflow", free_port()
    # Below the folder of this run, which is its own: see the recipe.
    database, postgres = postgres_recipe(shared / "postgres" / "data")
    environment = {
        **airflow_environment(home, CHECKOUT, postgres=postgres),
        **serving_environment(home, port=port, secret=secrets.token_hex(32)),
        **_QUICK,
        "RECONCILE_DATASETS": str(folder / "datasets"),
        "RECONCILE_STATE": f"sqlite:///{folder / 'state.db'}",
        "RECONCILE_TASKS_PER_HOST": "2",
        "PYTHONPATH": os.pathsep.join((str(_HERE / "scheduler" / "site"), str(CHECKOUT))),
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
    dag = f"{FAMILY}__bookings"
    wait_until(lambda: airflow.api().knows(f"/dags/{dag}"), f"there is no DAG {dag}")
    return airflow


def _is_alive(process: subprocess.Popen[bytes]) -> bool:
    return process.poll() is None


def _log(folder: Path, name: str) -> Path:
    return folder / f"{name.replace(' ', '-')}.log"


def _own_environment() -> dict[str, str]:
    return without(dict(os.environ), "AIRFLOW", "_AIRFLOW", "RECONCILE_")


@contextmanager
def _no_other_airflow() -> Iterator[None]:
    """Settings of somebody's own Airflow would lead this one astray."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ.keys() - _own_environment().keys():
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


__all__ = ["ADMIN", "VIEWER", "RunningAirflow", "running_airflow", "wait_until"]
