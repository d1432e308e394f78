"""What a sync does with every object of a window, before it does anything.

                        the destination holds it
    the origin       no              yes
    holds it         COPY            sizes or checksums differ: REPLACE
                                     known to be equal:         KEEP
                                     else:                      PROVE, and replace if it differs
    has it not       (no object)     DELETE where deletes are propagated, else LEAVE

Names are relative to the window's partition on their side; the objects keep their whole names.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from reconcile.model.ledger import Equality, LedgerEntry, ObjectVersion
from reconcile.model.objects import PROOFS, ObjectInfo
from reconcile.model.sync import Brake

_REQUESTS = 1024**2
"""What the requests of an object take of a task, in bytes that could travel meanwhile."""


class Action(StrEnum):
    """What is done with one object."""

    COPY = "copy"
    REPLACE = "replace"
    PROVE = "prove"
    KEEP = "keep"
    DELETE = "delete"
    LEAVE = "leave"


class Reason(StrEnum):
    """Why, in the words of a report."""

    ABSENT = "absent at the destination"
    GONE = "gone from the destination"
    SIZE = "another size"
    CHECKSUM = "another checksum"
    KNOWN_DIFFERENT = "known to differ"
    REWRITTEN = "rewritten at the origin"
    OVERWRITTEN = "overwritten at the destination"
    NEVER_PROVEN = "never proven"
    PROVEN = "proven, and unchanged since"
    SAME_CHECKSUM = "the same checksum"
    DELETED = "no more at the origin"
    FOREIGN = "never seen at the origin"


@dataclass(frozen=True)
class Proof:
    """A checksum of all bytes that is known of both sides, and equal."""

    algorithm: str
    value: str


@dataclass(frozen=True)
class PlannedObject:
    """One object and what is done with it.

    Attributes:
        name: Below the window's partition, on both sides.
        action: What is done.
        reason: Why.
        origin: The object as it was listed at the origin; None where it is not there.
        destination: The same of the destination.
        proof: What both sides' bytes are known to give; only of what is kept.
    """

    name: str
    action: Action
    reason: Reason
    origin: ObjectInfo | None = None
    destination: ObjectInfo | None = None
    proof: Proof | None = None

    @property
    def size(self) -> int:
        """Bytes that it is about: the origin's, where it is there."""
        info = self.origin or self.destination
        return 0 if info is None else info.size

    @property
    def is_last(self) -> bool:
        """Whether its name says that all else is in place, as `_SUCCESS` does."""
        return comes_last(self.name)

    @property
    def is_work(self) -> bool:
        """Whether the copying tasks have to do with it."""
        return self.action in (Action.COPY, Action.REPLACE, Action.PROVE)


Plan = tuple[PlannedObject, ...]


def planned(
    origin: Mapping[str, ObjectInfo],
    destination: Mapping[str, ObjectInfo],
    ledger: Mapping[str, LedgerEntry],
    *,
    deletes: bool,
) -> Plan:
    """What is done with every object of a window.

    Args:
        origin: The origin's objects by their name below the partition. What is hidden is left out.
        destination: The destination's likewise.
        ledger: What earlier syncs found out, by the same names.
        deletes: Whether what the origin has not is deleted from the destination.

    Returns:
        Every name of either side once, in the order of their UTF-8 bytes; those that come last
        (`comes_last`) after all others.
    """
    here, there = _shown(origin), _shown(destination)
    objects = [
        _wanted(name, info, there.get(name), ledger.get(name)) for name, info in here.items()
    ]
    extra = Action.DELETE if deletes else Action.LEAVE
    for name in there.keys() - here.keys():
        reason = Reason.DELETED if name in ledger else Reason.FOREIGN
        objects.append(PlannedObject(name, extra, reason, destination=there[name]))
    return tuple(sorted(objects, key=lambda planned: _place(planned.name)))


def hidden(name: str, *, size: int) -> bool:
    """Whether an object is not synchronised: it is being written, hidden, or marks a folder.

    Args:
        name: Below the window's partition.
        size: Its bytes: only what is empty marks a folder.
    """
    if size == 0 and (not name or name.endswith("/")):
        return True
    if name.startswith(".") or "/." in name:
        return True
    return "_temporary" in name and "_temporary" in name.split("/")


def comes_last(name: str) -> bool:
    """Whether a name says that all else is in place: one with a part that begins with `_`, such as
    `day=1/_SUCCESS` or `_delta_log/0.json`."""
    return any(part.startswith("_") for part in name.split("/"))


def braked(
    plan: Sequence[PlannedObject],
    brake: Brake,
    *,
    origin_objects: int,
    destination_objects: int,
    approved: bool = False,
) -> str | None:
    """Why nothing may be deleted, in one line; None where it may.

    Args:
        plan: What would be done.
        brake: How much may be deleted without approval.
        origin_objects: How many objects the origin holds, those that are hidden left out.
        destination_objects: How many the destination holds, likewise.
        approved: Somebody has looked at it. An origin that is empty stays one: whoever means that
            deletes by hand.
    """
    deletes = sum(1 for planned in plan if planned.action is Action.DELETE)
    if not deletes:
        return None
    of_all = f"{deletes} of {destination_objects} objects would be deleted"
    if not origin_objects:
        return f"{of_all}, and the origin came back empty"
    if approved:
        return None
    if deletes > brake.objects:
        return f"{of_all}; the brake lets {brake.objects} go without approval"
    if Decimal(deletes) > brake.share * destination_objects:
        return f"{of_all}; the brake lets a share of {brake.share} go without approval"
    return None


def dealt(plan: Sequence[PlannedObject], slots: int) -> tuple[Plan, ...]:
    """What each slot copies, replaces and proves, balanced by bytes and by objects.

    What comes last is not dealt: it is `last`'s, when all slots are done.

    Args:
        plan: What is to be done.
        slots: How many tasks share it.

    Returns:
        One plan a slot, each in the order of the whole; the same for the same plan.
    """
    work = [(place, one) for place, one in enumerate(plan) if one.is_work and not one.is_last]
    slot_of: dict[int, int] = {}
    loads = [(0, slot) for slot in range(slots)]
    for place, one in sorted(work, key=lambda each: (-each[1].size, each[0])):
        load, slot = loads[0]
        slot_of[place] = slot
        heapq.heapreplace(loads, (load + one.size + _REQUESTS, slot))
    shares: tuple[list[PlannedObject], ...] = tuple([] for _ in range(slots))
    for place, one in work:
        shares[slot_of[place]].append(one)
    return tuple(map(tuple, shares))


def last(plan: Sequence[PlannedObject]) -> Plan:
    """What is copied, replaced and proven when all else of the window is in place."""
    return tuple(planned for planned in plan if planned.is_work and planned.is_last)


def deletions(plan: Sequence[PlannedObject]) -> Plan:
    """What is deleted."""
    return tuple(planned for planned in plan if planned.action is Action.DELETE)


def _shown(objects: Mapping[str, ObjectInfo]) -> dict[str, ObjectInfo]:
    return {name: info for name, info in objects.items() if not hidden(name, size=info.size)}


def _place(name: str) -> tuple[bool, bytes]:
    return comes_last(name), name.encode("utf-8", "surrogatepass")


def _wanted(
    name: str, origin: ObjectInfo, destination: ObjectInfo | None, entry: LedgerEntry | None
) -> PlannedObject:
    if destination is None:
        was_there = entry is not None and entry.destination is not None
        return PlannedObject(name, Action.COPY, Reason.GONE if was_there else Reason.ABSENT, origin)
    action, reason, proof = _judged(origin, destination, entry)
    return PlannedObject(name, action, reason, origin, destination, proof)


def _judged(
    origin: ObjectInfo, destination: ObjectInfo, entry: LedgerEntry | None
) -> tuple[Action, Reason, Proof | None]:
    """An object that is there on both sides."""
    if origin.size != destination.size:
        return Action.REPLACE, Reason.SIZE, None
    ours, theirs = _known_origin(origin, entry), _known_destination(destination, entry)
    common = ours.checksums.keys() & theirs.checksums.keys()
    if any(ours.checksums[one] != theirs.checksums[one] for one in common):
        return Action.REPLACE, Reason.CHECKSUM, None
    proof = next((Proof(one, ours.checksums[one]) for one in PROOFS if one in common), None)
    equality = entry.equality if entry is not None and ours.same and theirs.same else None
    if equality is Equality.DIFFERENT:
        return Action.REPLACE, Reason.KNOWN_DIFFERENT, None
    if equality is Equality.PROVEN:
        return Action.KEEP, Reason.PROVEN, proof
    if proof is not None:
        return Action.KEEP, Reason.SAME_CHECKSUM, proof
    if entry is None or entry.equality is not Equality.PROVEN:
        return Action.PROVE, Reason.NEVER_PROVEN, None
    return Action.PROVE, Reason.OVERWRITTEN if ours.same else Reason.REWRITTEN, None


@dataclass(frozen=True)
class _Known:
    """What is known of one side's object: whether it is the ledger's, and its checksums."""

    same: bool
    checksums: Mapping[str, str]


def _known_origin(info: ObjectInfo, entry: LedgerEntry | None) -> _Known:
    if entry is None or not _is(info, entry.origin, entry.size):
        return _Known(same=False, checksums=info.checksums)
    return _Known(same=True, checksums=_with(info, entry.algorithm, entry.origin_value))


def _known_destination(info: ObjectInfo, entry: LedgerEntry | None) -> _Known:
    known = None if entry is None else entry.destination
    if entry is None or known is None or not _is(info, known, entry.size):
        return _Known(same=False, checksums=info.checksums)
    return _Known(same=True, checksums=_with(info, entry.algorithm, entry.destination_value))


def _with(info: ObjectInfo, algorithm: str | None, value: str | None) -> Mapping[str, str]:
    """What its service vouches for, and what the ledger knows of the same bytes."""
    known = {algorithm: value} if algorithm is not None and value is not None else {}
    return {**known, **info.checksums}


def _is(info: ObjectInfo, known: ObjectVersion, size: int) -> bool:
    """Whether an object is still the one that was known; one without a tag never is.

    Listings do not tell versions: where one of both is not told, the tag decides.
    """
    versions = {info.version, known.version} - {None}
    return bool(info.etag) and info.etag == known.etag and len(versions) < 2 and info.size == size
