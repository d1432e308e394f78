"""The comparison of a run: by one task, or by slots that compare a share of its match keys each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from reconcile.comparison.share import WHOLE, Share
from reconcile.errors import BadInput, Changed, Unreadable
from reconcile.history.calendar import Calendar
from reconcile.jobs.artifacts import COMPARISON, DISCREPANCIES, PLAN, Artifacts, rows_name
from reconcile.jobs.comparing import compare_rows
from reconcile.jobs.knowledge import Knowledge
from reconcile.jobs.letters import unreadable_letter
from reconcile.jobs.pins import listing_traffic, pins_from_json
from reconcile.jobs.reading import Export
from reconcile.jobs.setting import Setting
from reconcile.jobs.slots import basis_of, folder_of, found_by_slots, gathered, shares
from reconcile.jobs.working import Working, part_at_work, step_at_work
from reconcile.model.dataset import Dataset
from reconcile.model.discrepancy import Side
from reconcile.model.expectation import ExpectationSubject
from reconcile.model.result import ComparisonResult
from reconcile.model.run import Step
from reconcile.quality.catalogue import required_columns
from reconcile.stores.spool import Progress


def compare(
    setting: Setting,
    dataset: Dataset,
    run_id: str,
    *,
    slot: int | None = None,
    progress: Progress | None = None,
) -> None:
    """Compares the pinned objects; keeps the result, every discrepant row and what the gate reads.

    An object that is no longer the pinned one makes the run indeterminate, which is a result.

    Args:
        setting: Where it runs.
        dataset: The dataset.
        run_id: The run.
        slot: Which of the plan's slots this is, from 0; None does everything. One that fails
            leaves the others alone, and one too many has nothing to do.
        progress: Told of bytes and objects as they are fetched.

    Raises:
        Unreadable: An object is not Parquet; a dead letter names it.
        BadInput: One task compares what was planned for slots, or the other way round.
        BadInput, Incomplete: As the comparison says.
    """
    if slot is None:
        with step_at_work(setting, run_id, Step.COMPARE) as working:
            plan = working.artifacts.read_json(PLAN)
            _refuse_other_slots(run_id, plan, slot)
            document = _compared(setting, dataset, working, WHOLE, plan=plan, progress=progress)
            _record(setting, working, document, plan=plan)
        return
    with part_at_work(setting, run_id, Step.COMPARE) as working:
        plan = working.artifacts.read_json(PLAN)
        _refuse_other_slots(run_id, plan, slot)
        for share in shares(plan)[slot : slot + 1]:
            document = _compared(setting, dataset, working, share, plan=plan, progress=progress)
            basis = {"basis": basis_of(plan, dataset)}
            working.artifacts.write_json(folder_of(share) + COMPARISON, {**document, **basis})


def gather(setting: Setting, dataset: Dataset, run_id: str) -> None:
    """Makes one comparison of what the slots found, where the run was compared in slots.

    Where a slot gave no result the comparison has none either, and says so.

    Raises:
        BadInput: No slot has found anything yet.
        Unbalanced: The slots' rows do not add up to the footers'.
    """
    artifacts = Artifacts(setting, run_id)
    if not artifacts.exists(PLAN) or len(shares(plan := artifacts.read_json(PLAN))) == 1:
        return
    found = found_by_slots(artifacts, plan, dataset)
    unsettled = found.unsettled(setting.state.runs.get(run_id).error)
    with step_at_work(setting, run_id, Step.COMPARE) as working:
        if unsettled is not None:
            _record(setting, working, {"indeterminate": unsettled}, plan=plan)
            return
        together = working.folder / "together"
        together.mkdir()
        comparison = gathered(found, artifacts, dataset, into=together, resources=setting.resources)
        working.artifacts.upload(together)
        _record(setting, working, comparison, plan=plan)


def _refuse_other_slots(run_id: str, plan: Mapping[str, Any], slot: int | None) -> None:
    """Somebody gave the dataset slots, or took them, between two steps of a run."""
    planned = len(shares(plan))
    if (slot is None) != (planned == 1):
        raise BadInput(
            f"run {run_id} was planned for other tasks than this one",
            found="one that compares everything" if slot is None else f"slot {slot + 1}",
            expected=f"{planned} slots" if planned > 1 else "one that compares everything",
            next_step="run its step plan again, and what comes after it",
        )


def _compared(
    setting: Setting,
    dataset: Dataset,
    working: Working,
    share: Share,
    *,
    plan: Mapping[str, Any],
    progress: Progress | None,
) -> dict[str, Any]:
    """Compares a share of the window and leaves its files in the artifacts; says what it found."""
    pins = pins_from_json(plan, dataset, setting.clients)
    exports = _exports(dataset, working.folder)
    try:
        compared = compare_rows(
            pins.listings[Side.SOURCE],
            pins.listings[Side.TARGET],
            dataset.compare,
            discrepancies=working.folder / DISCREPANCIES,
            resources=setting.resources,
            exports=exports,
            share=share,
            strategy=dataset.strategy,
            knowledge=Knowledge(setting.state if setting.cache else None, setting.now),
            progress=progress,
        )
    except Changed as changed:
        return {"indeterminate": changed.line()}
    except Unreadable as unreadable:
        _route_unreadable(setting, dataset, working, unreadable)
        raise
    working.artifacts.upload(working.folder, below="" if share.is_whole else folder_of(share))
    return {
        "result": compared.result.to_json(),
        "exports": {
            export.side.value: [
                name
                for name in export.columns
                if name in compared.sides[export.side].schema.columns
            ]
            for export in exports
            if export.side in compared.exported
        },
        "files": [
            DISCREPANCIES,
            *(export.destination.name for export in exports if export.side in compared.exported),
        ],
        "rows": {side.value: ready.schema.rows for side, ready in compared.sides.items()},
    }


def _exports(dataset: Dataset, folder: Path) -> list[Export]:
    """What the gate will read of each side: only where it has expectations."""
    exports = []
    for side in (Side.SOURCE, Side.TARGET):
        subject = ExpectationSubject(side.value)
        if any(expectation.subject is subject for expectation in dataset.expectations):
            columns = required_columns(dataset.expectations, subject)
            exports.append(Export(side, columns, folder / rows_name(side)))
    return exports


def _record(
    setting: Setting, working: Working, document: dict[str, Any], *, plan: Mapping[str, Any]
) -> None:
    """Writes down what a comparison found: the counts first, its document last."""
    if "result" in document:
        listed = {side.value: traffic for side, traffic in listing_traffic(plan).items()}
        result = ComparisonResult.from_json(document["result"]).with_traffic(listed)
        document = {**document, "result": result.to_json()}
        runs, run_id = setting.state.runs, working.run.id
        rows = {Side(side): rows for side, rows in document["rows"].items()}
        runs.record_partitions(
            run_id,
            [
                replace(
                    part,
                    rows=rows[part.side],
                    requests=result.requests[part.side.value],
                    bytes_read=result.bytes_read[part.side.value],
                )
                for part in runs.partitions(run_id)
            ],
        )
        mismatched = {name: column.mismatched for name, column in result.columns.items()}
        runs.record_counts(run_id, result.counts, mismatched=mismatched)
    working.artifacts.write_json(COMPARISON, document)


def _route_unreadable(
    setting: Setting, dataset: Dataset, working: Working, error: Unreadable
) -> None:
    letter = unreadable_letter(error.object_name or "unknown", error.line())
    setting.state.dead_letters.route(
        working.run.id,
        dataset.name,
        Calendar.of(dataset).window(working.run.window),
        [letter],
        now=setting.now(),
        max_rows=1,
        full_file="",
        close_unseen=False,
    )
