"""What a report is made of, gathered from comparisons, runs and their artifacts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from reconcile.jobs.artifacts import COMPARISON, DISCREPANCIES, REPORT, VALIDATION, Artifacts
from reconcile.jobs.outcome import comparison_of, expectations_of, verdict_of
from reconcile.jobs.setting import Setting
from reconcile.model.dataset import Dataset
from reconcile.model.discrepancy import Side
from reconcile.model.run import Run, Step
from reconcile.report.content import Example, LetterCounts, PinnedInput, Report, WindowReport

Examples: TypeAlias = Callable[[Path], tuple[Example, ...]]
"""What picks some rows out of the file of discrepant ones."""


def report_of_runs(
    setting: Setting,
    dataset: Dataset,
    run_ids: Sequence[str],
    *,
    examples: Examples | None = None,
) -> Report:
    """The report of some runs of one dataset, one window each, in the order of their windows.

    Args:
        setting: Where they ran.
        dataset: Whose they are.
        run_ids: Which.
        examples: Picks the rows to show, for which the discrepant ones are fetched; none are if
            None, and nothing is fetched.

    Raises:
        NotFound: There is no such run.
    """
    runs = sorted(map(setting.state.runs.get, run_ids), key=lambda run: run.window_start)
    return Report(
        dataset=dataset.name,
        windows=tuple(window_report(setting, run, examples=examples) for run in runs),
        rules=dataset.compare,
        made_at=setting.now(),
        description=dataset.description,
        owner=dataset.owner,
        timezone=dataset.timezone,
        prices=setting.prices,
    )


def window_report(setting: Setting, run: Run, *, examples: Examples | None) -> WindowReport:
    """One run as a report shows it, as far as it has come; with some of its discrepant rows."""
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
    # Of a run that began again the artifacts of its earlier attempt are there, too.
    done = {Step.COMPARE, Step.VALIDATE} <= set(run.steps)
    if not done or not artifacts.exists(COMPARISON) or not artifacts.exists(VALIDATION):
        return shown
    shown = replace(shown, report=artifacts.location(REPORT))
    result = comparison_of(artifacts)
    judged = run.verdict or (None if run.error else verdict_of(artifacts))
    if result is None:
        reason = artifacts.read_json(COMPARISON)["indeterminate"]
        return replace(shown, verdict=judged, error=run.error or reason)
    shown = replace(
        shown,
        verdict=judged,
        result=result,
        expectations=expectations_of(artifacts),
        discrepancies=artifacts.location(DISCREPANCIES),
    )
    if examples is None:
        return shown
    with artifacts.file(DISCREPANCIES, setting.resources.spool) as path:
        return replace(shown, examples=examples(path))
