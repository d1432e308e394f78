"""Runs a command that ends when whoever started this ends, even if that was killed.

    python leash.py [--user NAME] [--detach LOG] STOP_SIGNAL COMMAND...

Standard input is the leash: a pipe whose other end the starter holds. It closes when the starter
closes it or dies, and then the command gets the stop signal and, after a grace, SIGKILL. A pipe
rather than PR_SET_PDEATHSIG, which follows the starting *thread* and exists on Linux only.

With `--detach` there is no leash: the command's process id is printed and the command stays.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import threading

GRACE_SECONDS = 5.0


def _stop_when_let_go(child: subprocess.Popen[bytes], stop_signal: int) -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    # The whole group: a server may have children of its own.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, stop_signal)
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(GRACE_SECONDS)
    kill_session(child.pid)


def kill_session(leader: int) -> None:
    """Kills what is left of the session that a process began.

    A server's children may have left its group, as the tasks of an Airflow scheduler do.
    """
    for process in _processes():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.getsid(process) == leader:
                os.kill(process, signal.SIGKILL)


def _processes() -> list[int]:
    if os.path.isdir("/proc/self"):
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]
    listed = subprocess.run(["ps", "-A", "-o", "pid="], capture_output=True, check=True)
    return [int(number) for number in listed.stdout.split()]


def main() -> int:
    """Runs the command of the command line; its exit status is ours."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--user")
    parser.add_argument("--detach", type=argparse.FileType("wb"))
    parser.add_argument("stop_signal", type=lambda name: signal.Signals[name])
    parser.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    # The terminal's Ctrl-C is for the starter, which then lets go of the leash.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    child = subprocess.Popen(
        arguments.command,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        user=arguments.user,
        stdout=arguments.detach,
        stderr=arguments.detach and subprocess.STDOUT,
    )
    if arguments.detach:
        print(child.pid, flush=True)
        os._exit(0)  # not through Popen's destructor, which minds children that still run
    threading.Thread(
        target=_stop_when_let_go, args=(child, arguments.stop_signal), daemon=True
    ).start()
    return child.wait()


if __name__ == "__main__":
    sys.exit(main())
