"""Commands of the demonstration, run as a person at a terminal would run them."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

from demo.place import CHECKOUT


class StepFailed(Exception):
    """A command ended otherwise than it must."""


def run(command: Sequence[str], *, expected: int = 0) -> None:
    """Shows a command line, then what the command prints.

    Raises:
        StepFailed: It ends with another exit code than the expected one.
    """
    _show(command)
    code = subprocess.run(command, cwd=CHECKOUT, check=False).returncode
    _check(command, code, expected, None)


def run_into_log(
    command: Sequence[str],
    *,
    log: Path,
    telling: Callable[[Iterable[str]], Iterator[str]],
    expected: int = 0,
) -> None:
    """Shows a command line, and of what the command prints only the telling lines.

    Raises:
        StepFailed: It ends with another exit code than the expected one.
    """
    _show(command)
    with log.open("w") as file, start(command) as process:
        assert process.stdout is not None
        for line in telling(_kept(process.stdout, file)):
            print(f"  {line}", flush=True)
    _check(command, process.returncode, expected, log)


def _kept(lines: Iterable[str], file: IO[str]) -> Iterator[str]:
    for line in lines:
        file.write(line)
        yield line


def start(command: Sequence[str], *, output: IO[str] | None = None) -> subprocess.Popen[str]:
    """Starts a command; its output goes to a file, or else to the caller."""
    return subprocess.Popen(
        command,
        cwd=CHECKOUT,
        text=True,
        errors="replace",
        stdout=subprocess.PIPE if output is None else output,
        stderr=subprocess.STDOUT,
    )


def finish(process: subprocess.Popen[str], *, log: Path) -> None:
    """Waits for a started command.

    Raises:
        StepFailed: It failed.
    """
    command = [str(part) for part in process.args] if isinstance(process.args, list) else []
    _check(command, process.wait(), 0, log)


def _show(command: Sequence[str]) -> None:
    print(f"\n$ {shlex.join(command)}", flush=True)


def _check(command: Sequence[str], code: int, expected: int, log: Path | None) -> None:
    if code == expected:
        return
    where = f"; its log is {log}" if log else ""
    raise StepFailed(f"`{shlex.join(command)}` ended with {code}, expected {expected}{where}")
