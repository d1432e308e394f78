"""`make up`: Airflow over the demonstration's data runs by itself what it should, and ends."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.airflow_api import AirflowApi
from demo.airflow_settings import ADMIN, server_url
from demo.place import CHECKOUT, Place
from demo.processes import accepts, free_port
from demo.runner import clear
from demo.standing_servers import running_servers
from tests.running_airflow import wait_until

pytestmark = [pytest.mark.airflow, pytest.mark.servers]

DAG = "daily_reconciliation__flights"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path / ".demo")
    yield place
    clear(place)


def make_up(place: Place, port: int) -> subprocess.Popen[str]:
    """What `make up AIRFLOW_PORT=…` runs."""
    return subprocess.Popen(
        [sys.executable, "-m", "demo", "up", "--airflow-port", f"{port}", "--root", place.root],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def test_airflow_comes_up_over_the_flights_and_their_newest_window_is_reconciled(
    place: Place,
) -> None:
    port = free_port()
    with make_up(place, port) as first:
        said = first.communicate()[0]
    assert first.returncode == 0, said
    assert f"{server_url(port)}\n  sign in as admin, password admin" in said
    api = AirflowApi(server_url(port), ADMIN.name, ADMIN.password)
    runs = f"/dags/{DAG}/dagRuns"
    wait_until(lambda: bool(api.ask("GET", runs)["dag_runs"]), "the schedule begins no run")
    (run,) = api.ask("GET", runs)["dag_runs"]
    assert run["logical_date"] == "2013-12-31T00:00:00Z"
    servers = running_servers(place)
    with make_up(place, port + 1) as second:
        said = second.communicate()[0]
    assert second.returncode == 0, said
    assert server_url(port) in said, "it runs already, and stays where it is"
    assert running_servers(place) == servers
    path = f"{runs}/{run['dag_run_id']}"
    ended = ("success", "failed")
    wait_until(lambda: api.ask("GET", path)["state"] in ended, "it does not end", seconds=180)
    assert api.ask("GET", path)["state"] == "success"
    assert api.ask("GET", f"/dags/{DAG}")["next_dagrun_run_after"] is None
    clear(place)
    assert not accepts(port)
    assert not place.root.exists()


def test_a_port_that_is_taken_is_one_line(place: Place) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with make_up(place, port) as taken:
            said = taken.communicate()[0]
    assert taken.returncode == 1
    assert said.strip() == (
        f"Airflow is not up: port {port} is in use by another program. "
        f"Next: choose another one: make up AIRFLOW_PORT={port + 1}"
    )
    assert not place.root.exists()


def test_interrupted_it_stops_what_it_has_started(place: Place) -> None:
    with make_up(place, free_port()) as process:
        wait_until(lambda: "moto" in running_servers(place), "no server starts")
        process.send_signal(signal.SIGINT)
        said = process.communicate()[0]
    assert process.returncode == 130, said
    assert "Interrupted; what this had started is stopped again." in said
    assert running_servers(place) == []
