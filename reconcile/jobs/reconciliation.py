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

from reconcile.history.calendar import Calendar
from reconcile.jobs.artifacts import PLAN, REPORT
from reconcile.jobs.outcome import verdict_of
from reconcile.jobs.pins import pin
from reconcile.jobs.setting import Setting
from reconcile.jobs.working import run_begun, step_at_work
from reconcile.model.dataset import Dataset
from reconcile.model.result import Verdict
from reconcile.model.run import Run, RunKind, Step
from reconcile.model.window import Window


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
    kind = RunKind.RECONCILIATION
    with run_begun(setting, dataset.name, window, run_id, kind) as artifacts:
        pins = pin(dataset, window, setting.clients)
        document = {**pins.to_json(), "slots": slots, "made_at": setting.now().isoformat()}
        artifacts.write_json(PLAN, document)
        setting.state.runs.record_partitions(run_id, pins.partitions({}))
    return setting.state.runs.get(run_id)


def verdict(setting: Setting, dataset: Dataset, run_id: str) -> Verdict:
    """Ends the run with its verdict and gives its window back. The caller decides what follows."""
    with step_at_work(setting, run_id, Step.VERDICT) as working:
        judged = verdict_of(working.artifacts)
    setting.state.runs.finish(
        run_id, judged, now=setting.now(), report=working.artifacts.location(REPORT)
    )
    setting.state.leases.release(dataset.name, working.run.window, run_id)
    return judged
