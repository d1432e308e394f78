"""The account of a dataset's snapshots, for an auditor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from reconcile.errors import NotFound, ReconcileError
from reconcile.jobs.snapshots.loading import Loaded, loaded
from reconcile.jobs.snapshots.places import repository_lies_at
from reconcile.jobs.snapshots.work import SnapshotWork
from reconcile.model.snapshot import Decision, Protection, RepositoryPlace, Standing
from reconcile.report.snapshot_content import RepositoryAccount, SnapshotReport
from reconcile.repository import layout
from reconcile.repository.repository import Repository
from reconcile.snapshots.retention import decided
from reconcile.stores.protocol import ContainerMissing

_ASKED = 100
"""So many of the newest snapshots are asked whether they are locked."""
_ASKED_AT_ONCE = 16


def account(work: SnapshotWork) -> SnapshotReport:
    """What is protected, since when, how often it was proven, what is held, and what is not well.

    A repository that cannot be asked, or is not there yet, is said in the account.
    """
    rules, dataset = work.rules, work.dataset
    first = _repository(work, rules.repository, work.repository)
    second = None if rules.copy is None else _repository(work, rules.copy, work.copy_repository)
    return SnapshotReport(
        dataset=dataset.name,
        location=str(work.origin.location),
        timezone=dataset.timezone,
        rules=rules,
        made_at=work.setting.now(),
        repository=first,
        copy=second,
        decisions=_decisions(work, first),
        description=dataset.description or None,
        owner=dataset.owner or None,
    )


def _repository(
    work: SnapshotWork, place: RepositoryPlace, opened: Callable[[], Repository]
) -> RepositoryAccount:
    try:
        repository = opened()
        found = loaded(work, repository)
        protection = _protection(repository, found.standings[-_ASKED:])
    except ContainerMissing as error:
        return RepositoryAccount(place.location, error=error.line())
    except NotFound as error:
        is_there = repository_lies_at(work.setting, place)
        return RepositoryAccount(place.location, error=error.line() if is_there else None)
    except ReconcileError as error:
        return RepositoryAccount(place.location, error=error.line())
    return RepositoryAccount(
        location=place.location,
        id=repository.id,
        encrypted=repository.encrypted,
        standings=found.standings,
        lines=tuple(line for line in found.lines if line.dataset == work.dataset.name),
        problems=(*found.problems, *_unreadable(found)),
        protection=protection,
        unprotected=_unprotected(place, found.standings, protection),
    )


def _decisions(work: SnapshotWork, first: RepositoryAccount) -> tuple[Decision, ...]:
    """What the retention would do; nothing where it would not be let."""
    if first.error is not None or first.problems:
        return ()
    return decided(
        first.standings,
        work.rules.retention,
        now=work.setting.now(),
        zone=work.dataset.timezone,
    )


def _protection(repository: Repository, standings: Sequence[Standing]) -> dict[str, Protection]:
    names = {
        one.manifest.id: layout.manifest(one.manifest.dataset, one.manifest.id) for one in standings
    }
    with ThreadPoolExecutor(_ASKED_AT_ONCE, "protection") as asking:
        found = asking.map(repository.store.protection, names.values())
        return {id: one for id, one in zip(names, found, strict=True) if one is not None}


def _unreadable(found: Loaded) -> list[str]:
    return [f"Snapshot {id} cannot be read: {why}" for id, why in found.unreadable.items()]


def _unprotected(
    place: RepositoryPlace, standings: Sequence[Standing], protection: dict[str, Protection]
) -> str | None:
    if place.lock is None or not standings:
        return None
    newest = standings[-1].manifest.id
    locked = protection.get(newest, Protection()).until is not None
    return None if locked else "the store does not lock what is written to it"
