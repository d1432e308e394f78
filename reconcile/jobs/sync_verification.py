"""What a sync has done, held against both sides once more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reconcile.history import sync_plan_document
from reconcile.history.sync_plan import Action, PlannedObject, Reason, dealt
from reconcile.jobs.artifacts import PLAN, Artifacts
from reconcile.jobs.sync_lanes import both
from reconcile.jobs.sync_outcome import UNDONE, Became, Outcome, require_balance
from reconcile.jobs.sync_work import SyncSide, SyncSides, SyncWork
from reconcile.jobs.synchronisation import require_newest, slot_name, traffic_json, window_of
from reconcile.jobs.working import step_at_work
from reconcile.model.ledger import Equality, LedgerEntry, ObjectVersion
from reconcile.model.objects import ObjectInfo
from reconcile.model.run import Run, SyncStep

VERIFIED = "verified.json"


def verify(work: SyncWork, run_id: str) -> None:
    """Lists both sides again and holds them against what was copied and what was kept.

    Raises:
        Unbalanced: Not every planned object has come to one end: a defect of this program.
    """
    require_newest(work, run_id)
    _end_copying(work, run_id)
    with step_at_work(work.setting, run_id, SyncStep.VERIFY) as working:
        document = working.artifacts.read_json(PLAN)
        objects = sync_plan_document.from_json(document["objects"])
        outcomes, traffic = _of_slots(working.artifacts, document, objects)
        # Before anything is deleted on the strength of these outcomes.
        require_balance([one for one in objects if not _comes_later(one)], outcomes)
        _record_kept(work, working.run, objects)
        sides = work.sides(window_of(work, working.run))
        arrived: list[Outcome] = []
        # Where nothing was written, the plan's own listing has just said it all.
        if any(one.is_work for one in objects):
            outcomes, arrived = _held_against(work, sides, objects, outcomes)
        working.artifacts.write_json(
            VERIFIED,
            {
                "outcomes": [outcome.to_json() for outcome in outcomes],
                "arrived": [outcome.to_json() for outcome in arrived],
                "traffic": traffic_json(sides, *traffic),
            },
        )


def _end_copying(work: SyncWork, run_id: str) -> None:
    """Marks the copying of several slots as done; what one of them has not done is told later."""
    artifacts = Artifacts(work.setting, run_id)
    if artifacts.exists(PLAN) and artifacts.read_json(PLAN)["slots"] > 1:
        with step_at_work(work.setting, run_id, SyncStep.COPY):
            pass


def _of_slots(
    artifacts: Artifacts,
    document: Mapping[str, Any],
    objects: Sequence[PlannedObject],
) -> tuple[list[Outcome], list[Mapping[str, Any]]]:
    """What became of the copied, the kept and the left objects; and what the slots asked for."""
    outcomes: list[Outcome] = []
    traffic = [document["traffic"]]
    for number, share in enumerate(dealt(objects, document["slots"])):
        name = slot_name(number, document["slots"])
        found = artifacts.read_json(name) if artifacts.exists(name) else {}
        if found.get("made_at") != document["made_at"] or "error" in found:
            because = found.get("error", "its task gave no result")
            outcomes += [untouched(one, f"slot {number + 1}: {because}") for one in share]
        else:
            outcomes += map(Outcome.from_json, found["outcomes"])
            traffic.append(found["traffic"])
    for one in objects:
        if one.action is Action.KEEP and one.destination is not None:
            etag = one.destination.etag
            outcomes.append(Outcome(one.name, Became.KEPT, one.size, etag=etag))
        elif one.action is Action.LEAVE:
            outcomes.append(Outcome(one.name, Became.LEFT, one.size))
    return outcomes, traffic


def _comes_later(planned: PlannedObject) -> bool:
    """Whether it is `commit`'s to say what becomes of it."""
    return planned.action is Action.DELETE or (planned.is_work and planned.is_last)


def untouched(planned: PlannedObject, reason: str) -> Outcome:
    """What becomes of an object that nobody came to."""
    became = Became.ABSENT if planned.destination is None else Became.UNPROVEN
    return Outcome(planned.name, became, planned.size, reason=reason)


def _record_kept(work: SyncWork, run: Run, objects: Sequence[PlannedObject]) -> None:
    """What both services vouch for is in the ledger from now on, too."""
    found = [
        LedgerEntry(
            name=one.name,
            size=one.size,
            origin=ObjectVersion(one.origin.etag, one.origin.version),
            equality=Equality.PROVEN,
            run_id=run.id,
            recorded_at=work.setting.now(),
            destination=ObjectVersion(one.destination.etag, one.destination.version),
            algorithm=one.proof.algorithm,
            origin_value=one.proof.value,
            destination_value=one.proof.value,
        )
        for one in objects
        if one.reason is Reason.SAME_CHECKSUM
        and one.proof is not None
        and one.origin is not None
        and one.destination is not None
    ]
    ledger = work.setting.state.sync_ledger
    ledger.record(work.dataset.name, work.place, run.window, found)


def _held_against(
    work: SyncWork,
    sides: SyncSides,
    objects: Sequence[PlannedObject],
    outcomes: Sequence[Outcome],
) -> tuple[list[Outcome], list[Outcome]]:
    """The outcomes, worse where a side has moved on since; and objects new at the origin."""
    planned = {one.name: one for one in objects}
    worked_on = [one.name for one in objects if one.is_work and not one.is_last]
    origin, destination = both(
        lambda: _now(sides.origin, worked_on),
        lambda: _now(sides.destination, worked_on),
        interrupted=work.stop,
    )

    def checked(outcome: Outcome) -> Outcome:
        name = outcome.name
        if outcome.became in UNDONE or outcome.etag is None:
            return outcome
        if destination.tells_of(name):
            there = destination.objects.get(name)
            if there is None:
                because = "it has vanished from the destination meanwhile"
                return _worse(outcome, Became.ABSENT, because)
            if there.etag != outcome.etag:
                because = "it was replaced at the destination meanwhile"
                return _worse(outcome, Became.UNPROVEN, because)
        if origin.tells_of(name):
            here, pinned = origin.objects.get(name), planned[name].origin
            if here is None or pinned is None or here.etag != pinned.etag:
                return _worse(outcome, Became.UNPROVEN, "the origin has another one by now")
        return outcome

    since = "it arrived while the window was synchronised: run it again"
    arrived = [
        Outcome(name, Became.ABSENT, origin.objects[name].size, reason=since)
        for name in sorted(origin.objects.keys() - planned.keys())
    ]
    return [checked(outcome) for outcome in outcomes], arrived


@dataclass(frozen=True)
class _Now:
    """What a side holds now: all of it, or of some objects those that are there."""

    objects: Mapping[str, ObjectInfo]
    asked: frozenset[str] | None

    def tells_of(self, name: str) -> bool:
        return self.asked is None or name in self.asked


def _now(side: SyncSide, names: Sequence[str]) -> _Now:
    """A side that is listed from an inventory is asked only for what was worked on."""
    if side.inventory is None:
        return _Now(side.listed_if_there(), None)
    return _Now(side.found(names), frozenset(names))


def _worse(outcome: Outcome, became: Became, reason: str) -> Outcome:
    return replace(outcome, became=became, way=None, etag=None, reason=f"{reason}: run it again")
