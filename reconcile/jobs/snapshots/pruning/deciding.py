"""What a prune will do, found out anew each time it is asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from reconcile.jobs.snapshots.loading import Loaded, loaded
from reconcile.jobs.snapshots.pruning.inventory import Inventory, inventory, lost_standing
from reconcile.jobs.snapshots.pruning.pruned import PrunePlan
from reconcile.jobs.snapshots.work import SnapshotWork
from reconcile.model.snapshot import Decision, RepositoryPlace, Standing
from reconcile.repository.repository import Repository
from reconcile.repository.running import others
from reconcile.snapshots.retention import decided


@dataclass(frozen=True)
class Decided:
    """A plan, and what it rests on.

    Attributes:
        plan: It.
        known: What is known of the dataset's snapshots.
        inventory: The manifests of all datasets.
    """

    plan: PrunePlan
    known: Loaded
    inventory: Inventory


def decided_now(work: SnapshotWork, repository: Repository, place: RepositoryPlace) -> Decided:
    """What the policy does with each snapshot of the dataset now.

    Where the ledger does not hold together, or a manifest cannot be read that the policy does not
    itself remove, nothing goes.

    Raises:
        Transient: The store or the state does not answer.
    """
    known = loaded(work, repository)
    there = inventory(repository, known.lines)
    dataset = work.dataset.name
    lost = {id: reason for (of, id), reason in there.lost.items() if of == dataset}
    stubs, unknown = _stubs(known, lost, dataset=dataset, repository=repository.id)
    standings = sorted([*known.standings, *stubs], key=_age)
    decisions = _decisions(work, standings, complete=not known.problems)
    kept = {one.snapshot for one in decisions if one.keep}
    # What a lost one was tagged nobody knows any more.
    tags = work.rules.retention.tags
    unread = [id for id in lost if id in kept or id in unknown or tags]
    problems = [
        *known.problems,
        *(f"Snapshot {id} should be kept and cannot be read: {lost[id]}" for id in unread),
        *(
            f"Snapshot {id} of {of} cannot be read: {reason}"
            for (of, id), reason in there.lost.items()
            if of != dataset
        ),
    ]
    if problems:
        decisions = _decisions(work, standings, complete=False)
    decisions = _spared(decisions, _relied_on(work, repository))
    sizes = {one.manifest.id: one.manifest.bytes for one in standings}
    removed = {one.snapshot: sizes[one.snapshot] for one in decisions if not one.keep}
    return Decided(PrunePlan(place.location, decisions, removed, tuple(problems)), known, there)


def _stubs(
    known: Loaded, lost: dict[str, str], *, dataset: str, repository: str
) -> tuple[list[Standing], set[str]]:
    """The lost ones as far as the ledger knows them, and the ids of those that it does not."""
    found, unknown = [], set()
    for id, reason in lost.items():
        stub = lost_standing(id, reason, known.lines, dataset=dataset, repository=repository)
        if stub is None:
            unknown.add(id)
        else:
            found.append(stub)
    return found, unknown


def _decisions(
    work: SnapshotWork, standings: Iterable[Standing], *, complete: bool
) -> tuple[Decision, ...]:
    return decided(
        tuple(standings),
        work.rules.retention,
        now=work.setting.now(),
        zone=work.dataset.timezone,
        complete=complete,
    )


def _relied_on(work: SnapshotWork, repository: Repository) -> dict[str, str]:
    """Snapshots that somebody at work relies on, each with the reason; an empty id is all."""
    at_work = others(repository, now=work.setting.now())
    return {
        one.snapshot: f"a {one.action} of it by {one.by} is at work"
        if one.action is not None
        else f"somebody is at work on nobody knows what: {one.id}"
        for one in at_work
    }


def _spared(decisions: tuple[Decision, ...], relied_on: dict[str, str]) -> tuple[Decision, ...]:
    if not relied_on:
        return decisions

    def spared(one: Decision) -> Decision:
        reason = relied_on.get(one.snapshot) or relied_on.get("")
        return one if one.keep or reason is None else replace(one, keep=True, reasons=(reason,))

    return tuple(spared(one) for one in decisions)


def _age(standing: Standing) -> tuple[object, str]:
    return standing.manifest.taken_at, standing.manifest.id
