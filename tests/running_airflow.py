"""A running Airflow, as a test sees it: its API, its commands, its folders."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from demo.airflow_api import AirflowApi
from demo.airflow_settings import ADMIN, AirflowUser, without

_ENDED = ("success", "failed")


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
            env={**own_environment(), **self.environment, **(add or {})},
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=200,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

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


def wait_until(
    met: Callable[[], bool], otherwise: str | Callable[[], str], *, seconds: float = 60
) -> None:
    """Waits for a condition; past the time it fails with what `otherwise` says."""
    deadline = time.monotonic() + seconds
    while not met():
        if time.monotonic() > deadline:
            pytest.fail(otherwise if isinstance(otherwise, str) else otherwise())
        time.sleep(0.3)


def own_environment() -> dict[str, str]:
    """This process's variables, less settings of an Airflow or of ours, which would lead astray."""
    return without(dict(os.environ), "AIRFLOW", "_AIRFLOW", "RECONCILE_")
