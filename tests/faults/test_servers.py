"""Servers never outlive whoever needs them, and detached ones are stopped for certain."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from demo.processes import Detached, Recipe, accepts, free_port, running, start_detached
from demo.servers import rclone_recipe

KILLED_STARTER = """
import sys, time
from pathlib import Path
from demo.servers import rclone_server
with rclone_server(Path(sys.argv[1])) as endpoint:
    print(endpoint.url, flush=True)
    time.sleep(600)
"""


def port_of(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


def wait_until_closed(port: int) -> bool:
    deadline = time.monotonic() + 15
    while accepts(port) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not accepts(port)


def test_a_server_ends_when_its_starter_is_killed(tmp_path: Path) -> None:
    checkout = Path(__file__).resolve().parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", KILLED_STARTER, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(checkout)},
    ) as starter:
        assert starter.stdout is not None
        port = port_of(starter.stdout.readline().strip())
        assert accepts(port)
        starter.send_signal(signal.SIGKILL)
    assert wait_until_closed(port)


def test_a_detached_server_is_found_again_and_stopped(tmp_path: Path) -> None:
    recipe, endpoint = rclone_recipe(tmp_path)
    server = start_detached(recipe, log=tmp_path / "log")
    remembered = Detached(**json.loads(json.dumps(vars(server))))
    assert remembered.is_running()
    remembered.stop()
    assert not remembered.is_running()
    assert wait_until_closed(port_of(endpoint.url))
    remembered.stop()  # twice is no error


FAMILY = """
import os, subprocess, sys, time
from pathlib import Path
sleeper = [sys.executable, "-c", "import time; time.sleep(60)"]
child = subprocess.Popen(sleeper, process_group=0)
Path(sys.argv[1]).write_text(str(child.pid))
time.sleep(60)
"""


@pytest.mark.parametrize("dies_first", [False, True])
def test_a_stopped_server_leaves_no_child_behind(tmp_path: Path, dies_first: bool) -> None:
    """Not even one that has left its group, as Airflow's tasks do."""
    born = tmp_path / "child"
    command = [sys.executable, "-c", FAMILY, str(born)]
    recipe = Recipe("family", command, lambda: born.exists() and bool(born.read_text()))
    server = start_detached(recipe, log=tmp_path / "log")
    leader, child = psutil.Process(server.pid), psutil.Process(int(born.read_text()))
    if dies_first:
        leader.kill()
        psutil.wait_procs([leader], timeout=10)
    server.stop()
    assert psutil.wait_procs([child], timeout=10)[1] == []


def test_another_process_under_the_remembered_number_is_left_alone() -> None:
    created = psutil.Process().create_time()
    impostor = Detached("server", os.getpid(), created - 3600, int(signal.SIGKILL))
    assert not impostor.is_running()
    impostor.stop()


def test_a_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('the reason')"]
    recipe = Recipe("broken", command, lambda: accepts(free_port()))
    for start in (
        lambda: start_detached(recipe, log=tmp_path / "log"),
        lambda: running(recipe, log=tmp_path / "log").__enter__(),
    ):
        with pytest.raises(RuntimeError, match="broken ended at once; its log ends: the reason"):
            start()


def test_a_server_whose_starter_is_interrupted_meanwhile_does_not_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = Recipe("sleeper", [sys.executable, "-c", "import time; time.sleep(60)"], lambda: False)
    started: list[int] = []
    run = subprocess.run

    def interrupted(*words: object, **options: object) -> subprocess.CompletedProcess[bytes]:
        answer: subprocess.CompletedProcess[bytes] = run(*words, **options)  # type: ignore[call-overload]
        started.append(int(answer.stdout))
        signal.raise_signal(signal.SIGINT)
        return answer

    monkeypatch.setattr("demo.processes.subprocess.run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        start_detached(recipe, log=tmp_path / "log")
    psutil.wait_procs([psutil.Process(pid) for pid in started if psutil.pid_exists(pid)], 10)
    assert [pid for pid in started if psutil.pid_exists(pid)] == []
