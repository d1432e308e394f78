"""One reconciliation, step by step: plan, compare, validate, route, report, verdict.

Here is how a run begins and ends; the steps between have modules of their own (`run_comparison`,
`run_validation`, `run_letters`, `run_report`), so that no step waits for what only another needs.

Each step finds its input in the state database and the artifacts under the run's id, so that each
can be repeated alone. A run holds the lease of its window while a step works; a step that fails
marks the run as failed and gives the lease back.

Every step after the first raises `NotFound` where there is no such run, `BadInput` where a step
before it is not done, and `WindowHeld` while another run has the window.
"""

from __future__ import annotations

from reconcile.errors import NotFound
from reconcile.history.calendar import Calendar
from reconcile.jobs.artifacts import PLAN, REPORT, Artifacts
from reconcile.jobs.outcome import verdict_of
from reconcile.jobs.pins import pin
from reconcile.jobs.setting import Setting
from reconcile.jobs.working import LEASE, failing, giving_back, step_at_work
from reconcile.model.dataset import Dataset
from reconcile.model.result import Verdict
from reconcile.model.run import Run, RunStatus, Step
from reconcile.model.window import Window


def newest_run(setting: Setting, dataset: str, window: Window) -> str:
    """The id of a window's newest run.

    Raises:
        NotFound: The window never ran.
    """
    newest = setting.state.runs.newest(dataset, window.name)
    if newest is None:
        raise NotFound(
            f"window {window.name} of dataset {dataset} has no run",
            next_step=f"run its first step, {Step.PLAN}, before this one",
        )
    return newest.id


def plan(setting: Setting, dataset: Dataset, window: Window, run_id: str, *, slots: int = 1) -> Run:
    """Begins the run: takes the window, lists both sides and pins their objects.

    Args:
        setting: Where it runs.
        dataset: The dataset.
        window: Which window.
        run_id: The run's id; a known one begins anew.
        slots: Tasks that will compare the window, a share of its match keys each.

    Raises:
        BadInput: The window has not ended, or a location is absent.
        WindowHeld: Another run holds the window.
        PartitionsAbsent: Both sides' partitions are absent.
    """
    Calendar.of(dataset).refuse_unended(window, setting.now())
    setting.state.leases.acquire(dataset.name, window.name, run_id, now=setting.now(), ttl=LEASE)
    with giving_back(setting, dataset.name, window.name, run_id):
        setting.state.runs.begin(run_id, dataset.name, window, now=setting.now())
    with failing(setting, dataset.name, window.name, run_id, Step.PLAN):
        _end_abandoned(setting, dataset, window, run_id)
        pins = pin(dataset, window, setting.clients)
        document = {**pins.to_json(), "slots": slots, "made_at": setting.now().isoformat()}
        Artifacts(setting, run_id).write_json(PLAN, document)
        setting.state.runs.record_partitions(run_id, pins.partitions({}))
        setting.state.runs.step_done(run_id, Step.PLAN, now=setting.now())
    return setting.state.runs.get(run_id)


def end_unfinished(setting: Setting, run_id: str, *, stopped_at: Step | None = None) -> str | None:
    """Ends a run that did not come as far as its verdict: why, in one line; None where it did.

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
    if stopped_at in run.steps:
        setting.state.runs.step_begun(run_id, stopped_at)
        run = setting.state.runs.get(run_id)
    undone = [step for step in Step if step is not Step.VERDICT and step not in run.steps]
    if not undone:
        return None
    line = run.error or f"its step {undone[0]} did not come to its end"
    setting.state.runs.fail(run_id, line, now=setting.now())
    setting.state.leases.release(run.dataset, run.window, run_id)
    return line


def verdict(setting: Setting, dataset: Dataset, run_id: str) -> Verdict:
    """Ends the run with its verdict and gives its window back. The caller decides what follows."""
    with step_at_work(setting, run_id, Step.VERDICT) as working:
        judged = verdict_of(working.artifacts)
    setting.state.runs.finish(
        run_id, judged, now=setting.now(), report=working.artifacts.location(REPORT)
    )
    setting.state.leases.release(dataset.name, working.run.window, run_id)
    return judged


def _end_abandoned(setting: Setting, dataset: Dataset, window: Window, run_id: str) -> None:
    """Marks runs of the window that a dead worker left running: its lease, now ours, had ended."""
    for run in setting.state.runs.list(dataset=dataset.name, window=window.name):
        if run.status is RunStatus.RUNNING and run.id != run_id:
            line = f"it stopped without a word; run {run_id} has taken its window over"
            setting.state.runs.fail(run.id, line, now=setting.now())
