"""The gate of a run: its result and rows, held against the dataset's expectations."""

from __future__ import annotations

from typing import Any

import pyarrow.parquet as pq

from reconcile.jobs.artifacts import COMPARISON, PLAN, VALIDATION, Artifacts, rows_name
from reconcile.jobs.setting import Setting
from reconcile.jobs.working import Working, step_at_work
from reconcile.model.dataset import Dataset
from reconcile.model.discrepancy import Side
from reconcile.model.expectation import ExpectationSubject
from reconcile.model.result import ComparisonResult
from reconcile.model.run import Step
from reconcile.quality.figures import figures
from reconcile.quality.gate import KEY_COLUMN
from reconcile.quality.gate import validate as hold_against_expectations


def validate(setting: Setting, dataset: Dataset, run_id: str) -> None:
    """Holds the result and each side's rows against the dataset's expectations.

    Of a run that was compared in slots their findings are made one first; where one gave none the
    run is indeterminate.
    """
    artifacts = Artifacts(setting, run_id)
    if artifacts.exists(PLAN) and artifacts.read_json(PLAN)["slots"] > 1:
        # The engine, which makes one file of the slots': a run of one task need not wait for it.
        from reconcile.jobs.run_comparison import gather  # noqa: PLC0415

        gather(setting, dataset, run_id)
    with step_at_work(setting, run_id, Step.VALIDATE) as working:
        document = working.artifacts.read_json(COMPARISON)
        if "indeterminate" in document:
            working.artifacts.write_json(VALIDATION, {"results": []})
            return
        result = ComparisonResult.from_json(document["result"])
        rows = {
            ExpectationSubject(side): _exported(working, Side(side), names)
            for side, names in document["exports"].items()
        }
        gate = working.folder / "gate"
        hold_against_expectations(
            expectations=dataset.expectations,
            figures=figures(result, window=working.run.window),
            rows=rows,
            run_name=run_id,
            at=setting.now(),
            artifacts_folder=gate,
        )
        working.artifacts.upload(gate)


def _exported(working: Working, side: Side, names: list[str]) -> Any:
    with working.artifacts.file(rows_name(side), working.folder) as path:
        return pq.read_table(path).rename_columns([*names, KEY_COLUMN])
