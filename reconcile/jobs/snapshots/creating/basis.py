"""What a new snapshot starts from: the earlier one that is most like it, and what is there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from reconcile.errors import BadInput, NotFound
from reconcile.jobs.snapshots.loading import Loaded
from reconcile.jobs.snapshots.places import repository_lies_at
from reconcile.jobs.snapshots.work import SnapshotWork
from reconcile.model.snapshot import LedgerAction, LedgerLine, Manifest
from reconcile.model.window import Window
from reconcile.repository.repository import Repository
from reconcile.stores.protocol import ContainerMissing

_ID = re.compile(r"[0-9a-f]{64}", re.ASCII)


def basis_of(found: Loaded, span: tuple[str, str] | None) -> Manifest | None:
    """The newest snapshot of the same windows in which nothing was found damaged.

    None where there is none: then all is read, and what is damaged is written again.
    """
    whole = [one.manifest for one in found.standings if not one.damaged]
    like = [one for one in whole if one.span in (None, span)]
    alike = [one for one in whole if one.span == span]
    return max(alike or like or whole, key=_taken_at, default=None)


def distrusted(lines: Iterable[LedgerLine]) -> set[str]:
    """Ids of chunks that were found damaged and that nobody has put again since."""
    damaged: set[str] = set()
    for line in lines:
        if line.action is LedgerAction.VERIFY:
            damaged.update(_ids(line.details.get("damaged_chunks")))
        elif line.action is LedgerAction.CREATE:
            damaged.difference_update(_ids(line.details.get("healed")))
    return damaged


def ended_span(
    work: SnapshotWork, span: Sequence[Window] | None, *, now: datetime
) -> tuple[tuple[Window, ...] | None, tuple[str, str] | None]:
    """The windows that have ended of those that are asked for, and the first and last one's name.

    Raises:
        BadInput: None has ended.
    """
    if span is None:
        return None, None
    ended = tuple(window for window in span if window.end <= now)
    if not ended:
        if span:
            work.origin.calendar.refuse_unended(span[0], now)
        raise BadInput("no window is asked for", expected="at least one window")
    first, last = min(ended), max(ended)
    return ended, (first.name, last.name)


def repository_to_save_to(work: SnapshotWork, *, anew: bool) -> Repository:
    """The repository, made where there is none yet.

    Raises:
        NotFound: There is none any more, as `refuse_anew` says.
    """
    try:
        return work.repository()
    except ContainerMissing:
        raise
    except NotFound:
        if repository_lies_at(work.setting, work.rules.repository):
            raise  # it is something else that is lost: the key
    if not anew:
        refuse_anew(work, None)
    return work.repository(create=True)


def refuse_anew(work: SnapshotWork, found: Loaded | None) -> None:
    """Passes where a repository has a snapshot of the dataset, or the state knows of none.

    A disk that is not mounted, or a bucket that somebody emptied, would fill as if nothing had
    ever been there, and nobody would learn that all earlier snapshots are gone.

    Args:
        work: Of which dataset.
        found: What the repository has; None where there is none.

    Raises:
        NotFound: It has none, and some are known of.
    """
    if found is not None and (found.manifests or found.unreadable):
        return
    name, place = work.dataset.name, work.rules.repository.location
    known = work.setting.state.snapshots.list(name)
    ids = {one.id for one in known if one.removed_at is None}
    if not ids:
        return
    raise NotFound(
        f"{place} holds no snapshot of {name}, and {len(ids)} are known of",
        found="no repository" if found is None else "another repository than theirs",
        expected="the one that they are in",
        next_step="find out what became of it; where snapshots shall begin anew there: "
        f"`reconcile snapshot create {name} --anew`",
    )


def _ids(values: object) -> list[str]:
    listed = values if isinstance(values, list | tuple) else []
    return [one for one in listed if isinstance(one, str) and _ID.fullmatch(one)]


def _taken_at(manifest: Manifest) -> tuple[datetime, str]:
    return manifest.taken_at, manifest.id
