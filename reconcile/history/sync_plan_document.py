"""A sync's plan as a document: what is written once and read by every task of the run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reconcile.history.sync_plan import Action, Plan, PlannedObject, Proof, Reason
from reconcile.model.objects import ObjectInfo


def to_json(plan: Sequence[PlannedObject]) -> list[dict[str, Any]]:
    """A plan as plain values; what an object has not is left out."""
    return [_object_json(planned) for planned in plan]


def from_json(document: Sequence[Mapping[str, Any]]) -> Plan:
    """The same plan again."""
    return tuple(map(_object, document))


def _object_json(planned: PlannedObject) -> dict[str, Any]:
    document: dict[str, Any] = {
        "name": planned.name,
        "action": planned.action.value,
        "reason": planned.reason.value,
    }
    for side, info in (("origin", planned.origin), ("destination", planned.destination)):
        if info is not None:
            document[side] = info.to_json()
    if planned.proof is not None:
        document["proof"] = dict(vars(planned.proof))
    return document


def _object(document: Mapping[str, Any]) -> PlannedObject:
    sides = {
        side: ObjectInfo.from_json(document[side])
        for side in ("origin", "destination")
        if side in document
    }
    return PlannedObject(
        name=document["name"],
        action=Action(document["action"]),
        reason=Reason(document["reason"]),
        proof=Proof(**document["proof"]) if "proof" in document else None,
        **sides,
    )
