"""What a report is made of, gathered from comparisons, runs and their artifacts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reconcile.jobs.artifacts import COMPARISON, DISCREPANCIES, REPORT, VALIDATION, Artifacts
from reconcile.jobs.examples import examples_of
from reconcile.jobs.outcome import comparison_of, expectations_of, verdict_of
from reconcile.jobs.setting import Setting
from reconcile.model.dataset import Dataset
from reconcile.model.discrepancy import Side
from reconcile.model.run import Run
from reconcile.report.content import LetterCounts, PinnedInput, Report, WindowReport


def report_of_runs(setting: Setting, dataset: Dataset, run_ids: Sequence[str]) -> Report:
    """The report of some runs of one dataset, one window each, in the order of their windows.

    Raises:
        NotFound: There is no such run.
    """
    runs = sorted(map(setting.state.runs.get, run_ids), key=lambda run: run.window_start)
    return Report(
        dataset=dataset.name,
        windows=tuple(window_report(setting, run) for run in runs),
        rules=dataset.compare,
        made_at=setting.now(),
        description=dataset.description,
        owner=dataset.owner,
        timezone=dataset.timezone,
    )


def window_report(setting: Setting, run: Run) -> WindowReport:
    """One run as a report shows it, as far as it has come."""
    artifacts = Artifacts(setting, run.id)
    inputs = {
        partition.side: PinnedInput(
            partition.location, partition.objects, partition.bytes, partition.rows
        )
        for partition in setting.state.runs.partitions(run.id)
    }
    shown = WindowReport(
        window=run.window,
        run_id=run.id,
        verdict=run.verdict,
        started_at=run.started_at,
        finished_at=run.finished_at,
        source=inputs.get(Side.SOURCE),
        target=inputs.get(Side.TARGET),
        dead_letters=LetterCounts(run.opened, run.reopened, run.closed),
        error=run.error,
    )
    if not artifacts.exists(COMPARISON) or not artifacts.exists(VALIDATION):
        return shown
    shown = replace(shown, report=artifacts.location(REPORT))
    result = comparison_of(artifacts)
    judged = run.verdict or (None if run.error else verdict_of(artifacts))
    if result is None:
        reason = artifacts.read_json(COMPARISON)["indeterminate"]
        return replace(shown, verdict=judged, error=run.error or reason)
    with artifacts.file(DISCREPANCIES, setting.resources.spool) as path:
        examples = examples_of(path)
    return replace(
        shown,
        verdict=judged,
        result=result,
        expectations=expectations_of(artifacts),
        examples=examples,
        discrepancies=artifacts.location(DISCREPANCIES),
    )
