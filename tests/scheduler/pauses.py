"""Stops a task of the running Airflow in the middle of its work, where a test kills it.

A test asks by a file whose name says where; the first task to come there takes the file, leaves
its process id, and waits for its end.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import Any

from reconcile.model.run import Step
from reconcile.state.runs import Runs

FOLDER = "RECONCILE_TEST_PAUSES"
_LONGEST = 300.0


class At(StrEnum):
    """Where in a step."""

    BEGUN = "begun"  # nothing of it is done
    DONE = "done"  # everything is, and nobody knows


@dataclass(frozen=True)
class Pause:
    """The next task of a dataset that comes to a place in a step stays there."""

    folder: Path
    dataset: str
    step: Step
    at: At

    def ask(self) -> None:
        """From now on."""
        self._file("taken").unlink(missing_ok=True)
        self._file("asked").touch()

    def taken_by(self) -> int | None:
        """The process that stays; None while no task has come."""
        try:
            return int(self._file("taken").read_text())
        except FileNotFoundError:
            return None

    def take(self) -> None:
        """Stays, where that is asked for; called by the task."""
        own = self._file(str(os.getpid()))
        try:
            self._file("asked").rename(own)  # of several tasks, one
        except FileNotFoundError:
            return
        own.write_text(str(os.getpid()))
        own.rename(self._file("taken"))
        time.sleep(_LONGEST)

    def _file(self, state: str) -> Path:
        return self.folder / f"{self.dataset}.{self.step}.{self.at}.{state}"


def make_pausable() -> None:
    """Has every step of this process look whether it is to stay somewhere."""
    begun, done = Runs.step_begun, Runs.step_done

    @wraps(begun)
    def step_begun(runs: Runs, run_id: str, step: Step) -> None:
        begun(runs, run_id, step)
        _pause(run_id, step, At.BEGUN).take()

    @wraps(done)
    def step_done(runs: Runs, run_id: str, step: Step, **told: Any) -> None:
        _pause(run_id, step, At.DONE).take()
        done(runs, run_id, step, **told)

    Runs.step_begun, Runs.step_done = step_begun, step_done  # type: ignore[method-assign]


def _pause(run_id: str, step: Step, at: At) -> Pause:
    dataset = run_id.split("-")[1]
    return Pause(Path(os.environ[FOLDER]), dataset, step, at)
