"""A server process of ours: started on a free port, waited for, and never left behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psutil  # type: ignore[import-untyped]

from demo.leash import GRACE_SECONDS, kill_session

_LEASH = Path(__file__).resolve().parent / "leash.py"


@dataclass(frozen=True)
class Recipe:
    """How one server is started.

    Attributes:
        name: What to call it in messages and log names.
        command: Program and arguments.
        ready: Whether it answers now.
        env: Environment besides ours.
        user: System user to run as, when not ours.
        stop_signal: What asks it to end.
        patience: Seconds that it may take until it answers.
    """

    name: str
    command: Sequence[str]
    ready: Callable[[], bool]
    env: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    patience: float = 60.0


@dataclass(frozen=True)
class Detached:
    """A server that outlives its starter; enough to find and stop that very process later."""

    name: str
    pid: int
    created: float
    stop_signal: int

    def is_running(self) -> bool:
        """Whether this very process, not another with its number, is alive."""
        process = self._process()
        return process is not None and process.status() != psutil.STATUS_ZOMBIE

    def stop(self) -> None:
        """Ends it and its children, politely and then not; no error when it is gone."""
        process = self._process()
        if process is None:
            # Children may have outlived it. Their session keeps its number from others.
            if not psutil.pid_exists(self.pid):
                kill_session(self.pid)
            return
        with suppress(ProcessLookupError):
            os.killpg(self.pid, self.stop_signal)
        with suppress(psutil.TimeoutExpired):
            process.wait(GRACE_SECONDS)
        kill_session(self.pid)

    def _process(self) -> psutil.Process | None:
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.created) < 1
        except psutil.NoSuchProcess:
            return None
        return process if same else None


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether a server of ours could listen on that port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # ended ones linger
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return not accepts(port)


def accepts(port: int) -> bool:
    """Whether something listens on that port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running(recipe: Recipe, *, log: Path) -> Iterator[None]:
    """The server of a recipe, ready, for as long as the block or this process lasts.

    Raises:
        RuntimeError: It ended or did not answer in time; the message ends with its log.
    """
    process = start_leashed(recipe, log=log, leash=subprocess.PIPE)
    assert process.stdin is not None
    try:
        wait_until_ready(recipe, lambda: process.poll() is None, log)
        yield
    finally:
        process.stdin.close()
        process.wait(20)


def start_leashed(recipe: Recipe, *, log: Path, leash: IO[bytes] | int) -> subprocess.Popen[bytes]:
    """The server of a recipe, not waited for, that ends when the leash does.

    Args:
        recipe: How it is started.
        log: Gets what it prints.
        leash: The reading end of a pipe, whose writing end somebody holds; `subprocess.PIPE`
            makes one that the caller holds as the process's `stdin`.
    """
    with log.open("wb") as output:
        return subprocess.Popen(
            [*_leash(recipe), *recipe.command],
            stdin=leash,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=os.environ | dict(recipe.env),
            start_new_session=True,
        )


def start_detached(recipe: Recipe, *, log: Path) -> Detached:
    """The server of a recipe, ready, on its own: whoever starts it must stop it.

    Raises:
        RuntimeError: It ended or did not answer in time; the message ends with its log.
    """
    server = None
    try:
        with _interrupted_later():
            server = _detached(recipe, log)
        wait_until_ready(recipe, server.is_running, log)
    except BaseException:
        if server is not None:
            server.stop()
        raise
    return server


def _detached(recipe: Recipe, log: Path) -> Detached:
    answer = subprocess.run(
        [*_leash(recipe, "--detach", str(log)), *recipe.command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        env=os.environ | dict(recipe.env),
        check=True,
    )
    pid = int(answer.stdout)
    try:
        created = psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        created = 0.0  # it ended at once, which whoever waits for it will tell
    return Detached(recipe.name, pid, created, int(recipe.stop_signal))


@contextmanager
def _interrupted_later() -> Iterator[None]:
    """Ctrl-C waits for the end of the block, when what it starts is known and can be stopped."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    interrupts: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _frame: interrupts.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if interrupts:
        raise KeyboardInterrupt


def _leash(recipe: Recipe, *options: str) -> list[str]:
    user = ["--user", recipe.user] if recipe.user else []
    return [
        sys.executable,
        "-I",
        "-S",
        str(_LEASH),
        *user,
        *options,
        recipe.stop_signal.name,
    ]


def wait_until_ready(recipe: Recipe, alive: Callable[[], bool], log: Path) -> None:
    """Waits until the server of a recipe answers.

    Raises:
        RuntimeError: It ended or did not answer in time; the message ends with its log.
    """
    deadline = time.monotonic() + recipe.patience
    while not recipe.ready():
        if not alive() or time.monotonic() > deadline:
            state = "does not answer" if alive() else "ended at once"
            tail = log.read_text(errors="replace").strip()[-1500:]
            raise RuntimeError(f"{recipe.name} {state}; its log ends: {tail}")
        time.sleep(0.05)
