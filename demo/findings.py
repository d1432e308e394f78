"""What the system found about a window, read back from its state and artifacts."""

from __future__ import annotations

from dataclasses import replace

from demo.ground_truth import Facts, facts_from_json
from reconcile.jobs.artifacts import COMPARISON, Artifacts
from reconcile.jobs.setting import Setting
from reconcile.model.dead_letter import LetterStatus
from reconcile.model.result import Verdict
from reconcile.model.window import Window


def found_facts(setting: Setting, dataset: str, window: Window) -> Facts:
    """The facts of a window's newest run, and the letters of the window that are open.

    Raises:
        NotFound: The run compared nothing.
        RuntimeError: The window never ran, or its run came to no verdict.
    """
    run = setting.state.runs.newest(dataset, window.name)
    if run is None or run.verdict is None:
        reason = "never ran" if run is None else run.error or "came to no verdict"
        raise RuntimeError(f"window {window.name} of {dataset}: {reason}")
    letters = setting.state.dead_letters.counts_by_kind(
        dataset=dataset, window=window, status=LetterStatus.OPEN
    )
    compared = Artifacts(setting, run.id).read_json(COMPARISON)["result"]
    facts = facts_from_json(compared, letters=letters)
    return replace(facts, verdict=Verdict(run.verdict))
