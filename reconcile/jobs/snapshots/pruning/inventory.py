"""Which manifests a repository should have, of all datasets, and which of them can be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from reconcile.errors import Damaged, NotFound
from reconcile.model.discrepancy import Side
from reconcile.model.snapshot import (
    Consistency,
    Hold,
    LedgerAction,
    LedgerLine,
    Manifest,
    Standing,
)
from reconcile.repository import manifests
from reconcile.repository.repository import Repository
from reconcile.snapshots.document import Fields
from reconcile.stores.protocol import ContainerMissing

Named = tuple[str, str]
"""A dataset, and the id of a snapshot of it."""

_READ_AT_ONCE = 16


@dataclass(frozen=True)
class Inventory:
    """The manifests of a repository.

    Attributes:
        manifests: Those that can be read.
        lost: Those that should be there, or are, and cannot be read; each with the reason.
    """

    manifests: Mapping[Named, Manifest]
    lost: Mapping[Named, str]


def inventory(repository: Repository, lines: Iterable[LedgerLine]) -> Inventory:
    """What is listed, and what the ledger knows: a listing that is short leaves nothing out.

    Raises:
        Transient: The store does not answer.
    """
    listed = set(manifests.everything(repository))
    expected = sorted(listed | expected_by(lines, repository=repository.id).keys())

    def read(named: Named) -> Manifest | str:
        try:
            return manifests.read(repository, *named)
        except ContainerMissing:
            raise
        except (Damaged, NotFound) as error:
            return error.line()

    with ThreadPoolExecutor(_READ_AT_ONCE, "manifest") as readers:
        found = dict(zip(expected, readers.map(read, expected), strict=True))
    return Inventory(
        {named: one for named, one in found.items() if isinstance(one, Manifest)},
        {named: one for named, one in found.items() if isinstance(one, str)},
    )


def expected_by(lines: Iterable[LedgerLine], *, repository: str) -> dict[Named, LedgerLine]:
    """The snapshots that a ledger says are there, each with the line that made it known."""
    there: dict[Named, LedgerLine] = {}
    for line in lines:
        if line.snapshot is None:
            continue
        named = (line.dataset, line.snapshot)
        copied_here = line.action is LedgerAction.COPY and line.details.get("to") == repository
        if line.action is LedgerAction.CREATE or copied_here:
            there.setdefault(named, line)
        elif line.action is LedgerAction.PRUNE:
            there.pop(named, None)
    return there


def lost_standing(
    id: str, reason: str, lines: Iterable[LedgerLine], *, dataset: str, repository: str
) -> Standing | None:
    """How a snapshot stands whose manifest cannot be read; None where the ledger knows none.

    It is damaged, so that it displaces no other; holds still hold it.
    """
    lines = tuple(lines)
    line = expected_by(lines, repository=repository).get((dataset, id))
    taken_at = None if line is None else _taken_at(line)
    if line is None or taken_at is None:
        return None
    manifest = Manifest(
        id=id,
        dataset=dataset,
        repository=repository,
        side=Side.SOURCE,
        location="",
        started_at=taken_at,
        taken_at=taken_at,
        segments=(),
        consistency=Consistency.INCONSISTENT,
        reasons=(reason,),
    )
    of_it = [one for one in lines if (one.dataset, one.snapshot) == (dataset, id)]
    return Standing(manifest, damaged=(reason,), holds=_holds(of_it), recorded_at=line.at)


def _holds(lines: Iterable[LedgerLine]) -> tuple[Hold, ...]:
    holds: tuple[Hold, ...] = ()
    for line in lines:
        if line.action is LedgerAction.HOLD:
            holds = (*holds, Hold(str(line.details.get("reason", "")), line.by, line.at))
        elif line.action is LedgerAction.RELEASE:
            holds = ()
    return holds


def _taken_at(line: LedgerLine) -> datetime | None:
    """When a snapshot was taken, by the line that made it known; None where it says no instant."""
    try:
        return Fields(dict(line.details), "a line of the ledger").instant("taken_at")
    except Damaged:
        return None
