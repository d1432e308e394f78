"""A run at work: step by step it holds its window, has a folder of its own, and is marked as done.

Here is how a run of any kind begins, goes on, and ends when it stopped on the way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from reconcile.errors import BadInput, NotFound, ReconcileError
from reconcile.jobs.artifacts import Artifacts
from reconcile.jobs.setting import Setting
from reconcile.model.run import Run, RunKind, RunStatus
from reconcile.model.window import Window
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
def run_begun(
    setting: Setting, dataset: str, window: Window, run_id: str, kind: RunKind
) -> Iterator[Artifacts]:
    """Begins a run, whose first step is what the block does: takes the window and marks the step.

    Args:
        setting: Where it runs.
        dataset: The dataset's name.
        window: Which window.
        run_id: The run's id; a known one begins anew.
        kind: What it does.

    Raises:
        WindowHeld: Another run of the kind has the window.
    """
    held, step = kind.hold(window.name), kind.steps[0]
    with LeaseKeeper(setting.state.leases, dataset, held, run_id, ttl=LEASE, clock=setting.now):
        with giving_back(setting, dataset, held, run_id):
            setting.state.runs.begin(run_id, dataset, window, kind=kind, now=setting.now())
        with failing(setting, dataset, held, run_id, step):
            _end_abandoned(setting, dataset, window, run_id, kind)
            yield Artifacts(setting, run_id)
            setting.state.runs.step_done(run_id, step, now=setting.now())


def newest_run(
    setting: Setting, dataset: str, window: Window, *, kind: RunKind = RunKind.RECONCILIATION
) -> str:
    """The id of a window's newest run of a kind.

    Raises:
        NotFound: The window never ran.
    """
    newest = setting.state.runs.newest(dataset, window.name, kind=kind)
    if newest is None:
        raise NotFound(
            f"window {window.name} of dataset {dataset} has no {kind}",
            next_step=f"run its first step, {kind.steps[0]}, before this one",
        )
    return newest.id


def end_unfinished(
    setting: Setting, run_id: str, *, stopped_at: StrEnum | None = None
) -> str | None:
    """Ends a run that did not come as far as its last step: why, in one line; None where it did.

    For whoever knows that nobody works on the run any more.

    Args:
        setting: Where it ran.
        run_id: The run.
        stopped_at: The first step that was to be done and was not, where somebody knows. What is
            there of it and of those after it is an earlier attempt's, and counts no more.

    Raises:
        NotFound: There is no such run.
    """
    run = setting.state.runs.get(run_id)
    if stopped_at is not None and stopped_at in run.steps:
        setting.state.runs.step_begun(run_id, stopped_at)
        run = setting.state.runs.get(run_id)
    undone = [step for step in run.kind.steps[:-1] if step not in run.steps]
    if not undone:
        return None
    line = run.error or f"its step {undone[0]} did not come to its end"
    setting.state.runs.fail(run_id, line, now=setting.now())
    setting.state.leases.release(run.dataset, run.kind.hold(run.window), run_id)
    return line


@contextmanager
def step_at_work(setting: Setting, run_id: str, step: StrEnum) -> Iterator[Working]:
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
        failing(setting, run.dataset, run.kind.hold(run.window), run_id, step),
        Spool(setting.resources.spool) as spool,
    ):
        setting.state.runs.step_begun(run_id, step)
        yield Working(run, Artifacts(setting, run_id), spool.path)
        setting.state.runs.step_done(run_id, step, now=setting.now())


@contextmanager
def waiting_for(setting: Setting, run_id: str, step: StrEnum) -> Iterator[None]:
    """Keeps the window of a run that waits for its next step; a wait that fails, fails the run.

    Raises:
        NotFound: There is no such run.
        WindowHeld: Another run has the window.
    """
    run = setting.state.runs.get(run_id)
    held = run.kind.hold(run.window)
    with _holding(setting, run), failing(setting, run.dataset, held, run_id, step):
        yield


@contextmanager
def part_at_work(setting: Setting, run_id: str, step: StrEnum) -> Iterator[Working]:
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
def failing(
    setting: Setting, dataset: str, held: str, run_id: str, step: StrEnum
) -> Iterator[None]:
    """Marks the run as failed and gives back what it holds when the block raises."""
    with giving_back(setting, dataset, held, run_id):
        try:
            yield
        except BaseException as error:
            # The first error is the one to tell; that the state does not answer adds nothing.
            with suppress(ReconcileError):
                setting.state.runs.fail(run_id, _line(error, step), now=setting.now())
            raise


@contextmanager
def giving_back(setting: Setting, dataset: str, held: str, run_id: str) -> Iterator[None]:
    """Gives back what a run holds (`RunKind.hold`) when the block raises."""
    try:
        yield
    except BaseException:
        with suppress(ReconcileError):
            setting.state.leases.release(dataset, held, run_id)
        raise


def require_held(setting: Setting, run: Run) -> None:
    """Passes where the run holds its window still: before what cannot be undone.

    A process that stood still for longer than a lease learns of it here.

    Raises:
        WindowHeld: Another run has taken it over, or had it meanwhile.
    """
    held = run.kind.hold(run.window)
    setting.state.leases.renew(run.dataset, held, run.id, now=setting.now(), ttl=LEASE)


def _end_abandoned(
    setting: Setting, dataset: str, window: Window, run_id: str, kind: RunKind
) -> None:
    """Marks runs of the window that a dead worker left running: its lease, now ours, had ended."""
    for run in setting.state.runs.list(dataset=dataset, window=window.name, kind=kind):
        if run.status is RunStatus.RUNNING and run.id != run_id:
            line = f"it stopped without a word; run {run_id} has taken its window over"
            setting.state.runs.fail(run.id, line, now=setting.now())


def _holding(setting: Setting, run: Run) -> LeaseKeeper:
    return LeaseKeeper(
        setting.state.leases,
        run.dataset,
        run.kind.hold(run.window),
        run.id,
        ttl=LEASE,
        clock=setting.now,
    )


def _require_before(run: Run, step: StrEnum) -> None:
    order = run.kind.steps
    _refuse_other_kind(run, order, step)
    missing = [before for before in order[: order.index(step)] if before not in run.steps]
    if missing:
        raise BadInput(
            f"run {run.id} is not ready for the step {step}",
            found=f"steps done: {', '.join(run.steps) or 'none'}",
            next_step=f"run its step {missing[0]} first",
        )


def _refuse_other_kind(run: Run, steps: Sequence[StrEnum], step: StrEnum) -> None:
    if not any(step is known for known in steps):
        raise BadInput(
            f"run {run.id} is no run with a step {step}",
            found=f"a {run.kind}",
            expected="the id of another run",
            next_step="reconcile runs list",
        )


def _line(error: BaseException, step: StrEnum) -> str:
    """An error as the run keeps it. A foreign one's own words may quote what must not be kept."""
    match error:
        case ReconcileError():
            return str(error)
        case KeyboardInterrupt() | SystemExit():
            return f"its step {step} was interrupted"
        case _:
            return f"its step {step} ended with an unexpected {type(error).__name__}"
