"""The end of a sync of a window: what comes last, what is deleted, and the window's pointer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

from reconcile.errors import Changed
from reconcile.history import sync_plan_document
from reconcile.history.sync_plan import PlannedObject, deletions, last
from reconcile.jobs.artifacts import PLAN
from reconcile.jobs.sync_copying import carrying
from reconcile.jobs.sync_outcome import UNDONE, Became, Outcome, figures, require_balance
from reconcile.jobs.sync_verification import VERIFIED, untouched
from reconcile.jobs.sync_work import SyncSides, SyncWork
from reconcile.jobs.synchronisation import carried, require_newest, traffic_json, window_of
from reconcile.jobs.working import require_held, step_at_work
from reconcile.model.ledger import SyncedWindow, WindowState
from reconcile.model.run import Run, SyncStep
from reconcile.model.window import Window
from reconcile.stores.leftovers import remove_leftovers

SYNCED = "sync.json"


def commit(work: SyncWork, run_id: str) -> SyncedWindow:
    """Makes the window final: what comes last is copied, deletes are carried out, and when all that
    is done the window's pointer is written.

    What comes last (`_SUCCESS`) and deletes wait until everything else is in place.
    """
    setting, name = work.setting, work.dataset.name
    require_newest(work, run_id)
    with step_at_work(setting, run_id, SyncStep.COMMIT) as working:
        document = working.artifacts.read_json(PLAN)
        verified = working.artifacts.read_json(VERIFIED)
        objects = sync_plan_document.from_json(document["objects"])
        window = window_of(work, working.run)
        sides = work.sides(window)
        stopped = document["deletes_stopped"]
        outcomes = list(map(Outcome.from_json, verified["outcomes"]))
        arrived = list(map(Outcome.from_json, verified["arrived"]))
        in_place = not arrived and _all_done(outcomes)
        outcomes += _last(
            work, sides, working.run, last(objects), since=document["made_at"], in_place=in_place
        )
        in_place = in_place and _all_done(outcomes)
        require_held(setting, working.run)
        outcomes += _deleted(sides, objects, may=in_place and stopped is None)
        require_balance(objects, outcomes)
        _clean_up(work, sides, window, working.run)
        gone = [one.name for one in objects if one.origin is None]
        setting.state.sync_ledger.forget(name, work.place, window.name, gone)
        outcomes += arrived
        counts = figures(outcomes)
        undone = [outcome for outcome in outcomes if outcome.became in UNDONE]
        synced = SyncedWindow(
            window=window.name,
            state=_state(counts, undone, stopped),
            objects=counts["objects"],
            bytes=counts["bytes"],
            missing=len(undone),
            run_id=run_id,
            committed_at=setting.now(),
        )
        working.artifacts.write_json(
            SYNCED,
            {
                "state": synced.state.value,
                "figures": counts,
                "undone": [outcome.to_json() for outcome in undone],
                "deletes_stopped": stopped,
                "may_be_approved": document["may_be_approved"],
                "approval": document["approval"],
                "locations": document["locations"],
                "traffic": traffic_json(sides, verified["traffic"]),
            },
        )
        require_held(setting, working.run)
        setting.state.sync_ledger.commit(name, work.place, synced)
    return synced


def _all_done(outcomes: Sequence[Outcome]) -> bool:
    return not any(outcome.became in UNDONE for outcome in outcomes)


def _last(
    work: SyncWork,
    sides: SyncSides,
    run: Run,
    planned: Sequence[PlannedObject],
    *,
    since: str,
    in_place: bool,
) -> list[Outcome]:
    """What says that all else is in place, when it is."""
    if in_place:
        return carried(work, sides, run, planned, since=since)
    return [untouched(one, "other objects are not in place") for one in planned]


def _deleted(sides: SyncSides, objects: Sequence[PlannedObject], *, may: bool) -> list[Outcome]:
    """Deletes what the origin has no more, where that may be; what was written anew stays."""
    extra = deletions(objects)
    back = sides.origin.found([one.name for one in extra]) if may else {}
    found = []
    for one in extra:
        became = Became.LEFT
        if may and one.name not in back and one.destination is not None:
            with suppress(Changed):
                sides.destination.store.delete(one.destination.name, if_match=one.destination.etag)
                became = Became.DELETED
        found.append(Outcome(one.name, became, one.size))
    return found


def _clean_up(work: SyncWork, sides: SyncSides, window: Window, run: Run) -> None:
    """Gives up what earlier runs have begun of this window and nobody has gone on with.

    One of since then may be at work, be it for another dataset with the same destination.
    """
    destination = sides.destination
    begun = work.setting.state.unfinished_uploads.below(
        destination.store.address, destination.prefix, before=run.started_at
    )
    if begun:
        with carrying(work, sides, window.name, run.id, progress=None) as carrier:
            for unfinished in begun:
                carrier.copier.clean_up(unfinished)
    remove_leftovers(destination.store, destination.folder, before=run.started_at)


def _state(
    counts: Mapping[str, int], undone: Sequence[Outcome], stopped: str | None
) -> WindowState:
    if counts["objects"] == 0 and not undone:
        return WindowState.EMPTY
    return WindowState.INCOMPLETE if undone or stopped is not None else WindowState.COMPLETE
