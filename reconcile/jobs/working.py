"""A step at work: it holds its run's window, has a folder of its own, and is marked when done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from reconcile.errors import BadInput, ReconcileError
from reconcile.jobs.artifacts import Artifacts
from reconcile.jobs.setting import Setting
from reconcile.model.run import Run, Step
from reconcile.state.lease_keeper import LeaseKeeper
from reconcile.stores.spool import Spool

LEASE = timedelta(minutes=10)
"""How long a dead worker keeps its window from others."""


@dataclass(frozen=True)
class Working:
    """A step at work: its run, its artifacts, and a folder of its own."""

    run: Run
    artifacts: Artifacts
    folder: Path


@contextmanager
def step_at_work(setting: Setting, run_id: str, step: Step) -> Iterator[Working]:
    """Takes a run up at a step and marks the step as done; one that fails, fails the run.

    Raises:
        NotFound: There is no such run.
        BadInput: A step before it is not done.
        WindowHeld: Another run has the window.
    """
    run = setting.state.runs.get(run_id)
    _require_before(run, step)
    with (
        _holding(setting, run),
        failing(setting, run.dataset, run.window, run_id, step),
        Spool(setting.resources.spool) as spool,
    ):
        setting.state.runs.step_begun(run_id, step)
        yield Working(run, Artifacts(setting, run_id), spool.path)
        setting.state.runs.step_done(run_id, step, now=setting.now())


@contextmanager
def part_at_work(setting: Setting, run_id: str, step: Step) -> Iterator[Working]:
    """One of several tasks that do a step together. It marks nothing; when it fails it leaves its
    error with the run, and the others go on and keep the window.

    Raises what `step_at_work` raises.
    """
    run = setting.state.runs.get(run_id)
    _require_before(run, step)
    with _holding(setting, run), Spool(setting.resources.spool) as spool:
        setting.state.runs.step_begun(run_id, step)
        try:
            yield Working(run, Artifacts(setting, run_id), spool.path)
        except BaseException as error:
            with suppress(ReconcileError):
                setting.state.runs.record_error(run_id, _line(error, step))
            raise


@contextmanager
def failing(setting: Setting, dataset: str, window: str, run_id: str, step: Step) -> Iterator[None]:
    """Marks the run as failed and gives its window back when the block raises."""
    with giving_back(setting, dataset, window, run_id):
        try:
            yield
        except BaseException as error:
            # The first error is the one to tell; that the state does not answer adds nothing.
            with suppress(ReconcileError):
                setting.state.runs.fail(run_id, _line(error, step), now=setting.now())
            raise


@contextmanager
def giving_back(setting: Setting, dataset: str, window: str, run_id: str) -> Iterator[None]:
    """Gives the window back when the block raises."""
    try:
        yield
    except BaseException:
        with suppress(ReconcileError):
            setting.state.leases.release(dataset, window, run_id)
        raise


def _holding(setting: Setting, run: Run) -> LeaseKeeper:
    return LeaseKeeper(
        setting.state.leases, run.dataset, run.window, run.id, ttl=LEASE, clock=setting.now
    )


def _require_before(run: Run, step: Step) -> None:
    order = list(Step)
    missing = [before for before in order[: order.index(step)] if before not in run.steps]
    if missing:
        raise BadInput(
            f"run {run.id} is not ready for the step {step}",
            found=f"steps done: {', '.join(run.steps) or 'none'}",
            next_step=f"run its step {missing[0]} first",
        )


def _line(error: BaseException, step: Step) -> str:
    """An error as the run keeps it. A foreign one's own words may quote what must not be kept."""
    match error:
        case ReconcileError():
            return str(error)
        case KeyboardInterrupt() | SystemExit():
            return f"its step {step} was interrupted"
        case _:
            return f"its step {step} ended with an unexpected {type(error).__name__}"
