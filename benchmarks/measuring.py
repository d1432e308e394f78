"""Measuring one whole process: wall time, processor time and peak memory.

The kernel hands a program the peak of the process that started it, so whoever measures must stay
small: this module and `__main__` import nothing large.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Command:
    """A command line and the variables that it needs."""

    arguments: Sequence[str]
    env: Mapping[str, str]


@dataclass(frozen=True)
class Measurement:
    """What one process cost.

    Attributes:
        wall: Seconds from start to end.
        cpu: Seconds of processor time, user and system, of it and of the processes it waited for.
        memory: Bytes resident at the peak, of the largest among these processes.
    """

    wall: float
    cpu: float
    memory: int


@dataclass(frozen=True)
class Finished:
    """A process that has ended."""

    cost: Measurement
    exit_code: int
    output: str


def program(name: str) -> str:
    """A console script of this environment."""
    return str(Path(sys.executable).parent / name)


def run(
    arguments: Sequence[str], *, env: Mapping[str, str] | None = None, cwd: str | None = None
) -> Finished:
    """Runs a program to its end. What it says on standard error is passed on.

    Args:
        arguments: The program and its arguments.
        env: Variables besides ours.
        cwd: Where it runs, if not here.
    """
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            arguments, stdout=output, env=os.environ | dict(env or {}), cwd=cwd
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode()
    in_bytes = 1 if sys.platform == "darwin" else 1024
    cost = Measurement(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * in_bytes)
    return Finished(cost, process.returncode, text)


def median(measurements: Sequence[Measurement]) -> Measurement:
    """The median of each figure by itself."""
    return Measurement(
        statistics.median(m.wall for m in measurements),
        statistics.median(m.cpu for m in measurements),
        int(statistics.median(m.memory for m in measurements)),
    )
