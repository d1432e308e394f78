"""The dead letters of a run: every discrepancy and failing row, routed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from reconcile.history.calendar import Calendar
from reconcile.jobs.artifacts import DISCREPANCIES
from reconcile.jobs.letters import discrepancy_letters, expectation_letters
from reconcile.jobs.outcome import comparison_of, expectations_of, judged_everything
from reconcile.jobs.setting import Setting
from reconcile.jobs.working import Working, step_at_work
from reconcile.model.dataset import Dataset
from reconcile.model.run import Step


def route(setting: Setting, dataset: Dataset, run_id: str) -> None:
    """Routes every discrepancy and failing row to the dead letters; closes those that are gone.

    Nothing is closed by a run that could not judge everything: what it did not see may still be
    there.
    """
    with step_at_work(setting, run_id, Step.ROUTE) as working:
        result = comparison_of(working.artifacts)
        letters = expectation_letters(expectations_of(working.artifacts))
        if result is None:
            _route(setting, dataset, working, letters, close_unseen=False)
            return
        judged = judged_everything(working.artifacts)
        with working.artifacts.file(DISCREPANCIES, setting.resources.spool) as path:
            found = discrepancy_letters(path, result.verdict)
            _route(setting, dataset, working, chain(found, letters), close_unseen=judged)


def _route(
    setting: Setting,
    dataset: Dataset,
    working: Working,
    letters: Iterator[Any],
    *,
    close_unseen: bool,
) -> None:
    setting.state.dead_letters.route(
        working.run.id,
        dataset.name,
        Calendar.of(dataset).window(working.run.window),
        letters,
        now=setting.now(),
        max_rows=dataset.max_dead_letters,
        full_file=working.artifacts.location(DISCREPANCIES),
        close_unseen=close_unseen,
    )
