"""One sync of a window, step by step: plan, copy, verify, commit, report.

Each step finds its input in the state database and the artifacts under the run's id, so that each
can be repeated alone, and killed at any moment. Nothing that a later step rests on is visible
before it is proven; the window's pointer is written last. One that says that all is there is taken
back as soon as it is known to be wrong, when the window is planned.

Every step after the first raises `NotFound` where there is no such run, `BadInput` where a step
before it is not done, `WindowHeld` while another sync has the window, and `Incomplete` where
another one has begun since (`require_newest`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from reconcile.errors import Incomplete, ReconcileError
from reconcile.history import sync_plan_document
from reconcile.history.calendar import Calendar
from reconcile.history.sync_plan import (
    Action,
    PlannedObject,
    dealt,
)
from reconcile.jobs.artifacts import PLAN, Artifacts
from reconcile.jobs.sync_copying import carrying
from reconcile.jobs.sync_outcome import Became, Outcome
from reconcile.jobs.sync_planning import WindowPlan, plan_window
from reconcile.jobs.sync_progress import SyncProgress
from reconcile.jobs.sync_work import SyncSides, SyncWork
from reconcile.jobs.working import part_at_work, run_begun, step_at_work
from reconcile.model.discrepancy import Side
from reconcile.model.ledger import Equality, LedgerEntry, ObjectVersion, WindowState
from reconcile.model.run import Run, RunKind, SyncStep
from reconcile.model.traffic import Traffic
from reconcile.model.window import Window
from reconcile.state.runs import RunPartition


def plan(
    work: SyncWork, window: Window, run_id: str, *, slots: int = 1, approval: str | None = None
) -> Run:
    """Begins the run: takes the window, lists both sides, and plans what is done.

    Args:
        work: Of which dataset.
        window: Which window.
        run_id: The run's id; a known one begins anew.
        slots: Tasks that will copy.
        approval: Why somebody lets more be deleted than the brake does; None is nobody.

    Raises:
        BadInput: The window has not ended, or a location is absent.
        WindowHeld: Another sync has the window.
    """
    setting, name = work.setting, work.dataset.name
    with run_begun(setting, name, window, run_id, RunKind.SYNC) as artifacts:
        sides = work.sides(window)
        made = plan_window(work, sides, window, approval)
        _withdraw(work, window, made)
        missing = [_expected(work, one, run_id) for one in made.of(Action.COPY)]
        setting.state.sync_ledger.record(name, work.place, window.name, missing)
        artifacts.write_json(
            PLAN,
            {
                "objects": sync_plan_document.to_json(made.objects),
                "place": work.place,
                "deletes_stopped": made.deletes_stopped,
                "may_be_approved": made.may_be_approved,
                "approval": approval,
                "slots": slots,
                "made_at": setting.now().isoformat(),
                "locations": {
                    "origin": str(sides.origin.location),
                    "destination": str(sides.destination.location),
                },
                "traffic": traffic_json(sides),
            },
        )
        setting.state.runs.record_partitions(run_id, _partitions(sides, made.objects))
    return setting.state.runs.get(run_id)


def copy(
    work: SyncWork,
    run_id: str,
    *,
    slot: int | None = None,
    progress: SyncProgress | None = None,
) -> None:
    """Copies what the plan says, or a slot's share of it; what comes last waits for `commit`.

    Args:
        work: Of which dataset.
        run_id: The run.
        slot: Which of the plan's slots this is, from 0; None does everything. One too many has
            nothing to do.
        progress: Told of objects and bytes.

    Raises:
        Transient, AccessDenied, DiskFull: No object can be had any more; run it again, and it
            goes on where it stopped.
    """
    require_newest(work, run_id)
    at_work = step_at_work if slot is None else part_at_work
    with at_work(work.setting, run_id, SyncStep.COPY) as working:
        document = working.artifacts.read_json(PLAN)
        shares = dealt(sync_plan_document.from_json(document["objects"]), document["slots"])
        for number, share in enumerate(shares):
            if slot in (None, number):
                sides = work.sides(window_of(work, working.run))
                name, since = slot_name(number, len(shares)), document["made_at"]
                with _error_told(working.artifacts, name, since):
                    outcomes = carried(
                        work, sides, working.run, share, since=since, progress=progress
                    )
                working.artifacts.write_json(
                    name,
                    {
                        "made_at": since,
                        "outcomes": [outcome.to_json() for outcome in outcomes],
                        "traffic": traffic_json(sides),
                    },
                )


@contextmanager
def _error_told(artifacts: Artifacts, name: str, made_at: str) -> Iterator[None]:
    """Leaves a slot's error where its outcomes would be: the run's own is soon another slot's."""
    try:
        yield
    except ReconcileError as error:
        with suppress(ReconcileError):  # the first error is the one to tell
            artifacts.write_json(name, {"made_at": made_at, "error": error.line()})
        raise


def require_newest(work: SyncWork, run_id: str) -> None:
    """Passes where no other sync of the run's window has begun since it did.

    What this one has planned and verified may be wrong by now, and the newer one knows better.

    Raises:
        NotFound: There is no such run.
        Incomplete: It is so.
    """
    run = work.setting.state.runs.get(run_id)
    newest = work.setting.state.runs.newest(run.dataset, run.window, kind=run.kind)
    if newest is not None and newest.id != run_id:
        raise Incomplete(
            f"run {run_id} goes on no more: its window {run.window} was taken over",
            found=f"run {newest.id}, which began at {newest.started_at:%Y-%m-%dT%H:%M:%SZ}",
            next_step="leave it to that one, or begin this one anew with its step plan",
        )


def window_of(work: SyncWork, run: Run) -> Window:
    """The window that a run is about."""
    return Calendar.of(work.dataset).window(run.window)


def _expected(work: SyncWork, planned: PlannedObject, run_id: str) -> LedgerEntry:
    """An object that is expected and not there."""
    origin = planned.origin
    if origin is None:
        raise AssertionError(f"{planned.name} is not at the origin")
    return LedgerEntry(
        name=planned.name,
        size=planned.size,
        origin=ObjectVersion(origin.etag, origin.version),
        equality=Equality.ABSENT,
        run_id=run_id,
        recorded_at=work.setting.now(),
    )


def _withdraw(work: SyncWork, window: Window, made: WindowPlan) -> None:
    """A window that was complete, and of which something is to be done, says so from now on.

    Whatever becomes of this run, nobody should rest on what an earlier one has left.
    """
    ledger, name = work.setting.state.sync_ledger, work.dataset.name
    undone = sum(1 for one in made.objects if one.is_work)
    stood = ledger.windows(name, work.place).get(window.name) if undone else None
    if stood is not None and stood.state is WindowState.COMPLETE:
        ledger.commit(
            name,
            work.place,
            replace(
                stood, state=WindowState.INCOMPLETE, objects=made.origin_objects, missing=undone
            ),
        )


def _partitions(sides: SyncSides, objects: Sequence[PlannedObject]) -> list[RunPartition]:
    """What each side held when it was listed."""

    def of(side: Side, location: str, sizes: Sequence[int], traffic: Traffic) -> RunPartition:
        return RunPartition(
            side,
            location,
            len(sizes),
            sum(sizes),
            requests=traffic.requests,
            bytes_read=traffic.bytes,
        )

    ours = [one.origin.size for one in objects if one.origin is not None]
    theirs = [one.destination.size for one in objects if one.destination is not None]
    return [
        of(one.side, str(one.location), sizes, one.traffic)
        for one, sizes in ((sides.origin, ours), (sides.destination, theirs))
    ]


def carried(
    work: SyncWork,
    sides: SyncSides,
    run: Run,
    share: Sequence[PlannedObject],
    *,
    since: str,
    progress: SyncProgress | None = None,
) -> list[Outcome]:
    """Carries a share out; what this very run had done when it was killed is kept.

    Not what it had done before it was planned anew, at `since` (ISO 8601): the plan knows that.
    """
    if not share:
        return []
    ledger = work.setting.state.sync_ledger.entries(work.dataset.name, work.place, run.window)
    before = [
        Outcome(one.name, Became.KEPT, one.size, etag=entry.destination.etag)
        for one in share
        if (entry := ledger.get(one.name)) is not None
        and entry.run_id == run.id
        and entry.recorded_at >= datetime.fromisoformat(since)
        and entry.equality is Equality.PROVEN
        and entry.destination is not None
        and one.origin is not None
        and entry.origin.etag == one.origin.etag
    ]
    done = {outcome.name for outcome in before}
    rest = [one for one in share if one.name not in done]
    if progress is not None:
        progress.planned(len(rest), sum(one.size for one in rest))
    with carrying(work, sides, run.window, run.id, progress=progress) as carrier:
        return before + carrier.carry(rest)


def slot_name(number: int, slots: int) -> str:
    """The artifact that holds what one of so many slots did, counted from 0."""
    return f"slots/{number + 1}-of-{slots}.json"


def traffic_json(sides: SyncSides, *earlier: Mapping[str, Any]) -> dict[str, Any]:
    """What was asked of both sides, in these steps together."""
    return {
        side.value: dict(vars(sum((Traffic(**of[side.value]) for of in earlier), start=traffic)))
        for side, traffic in sides.traffic.items()
    }
