"""Who is at work in a repository, so that what they rely on is not swept."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta

from reconcile.errors import (
    AccessDenied,
    Changed,
    Damaged,
    Incomplete,
    NotFound,
    ReconcileError,
)
from reconcile.model.objects import ObjectInfo
from reconcile.model.snapshot import LedgerAction
from reconcile.repository import layout, running_entry
from reconcile.repository.creation import UNANSWERED
from reconcile.repository.repository import Repository
from reconcile.repository.running_entry import Running
from reconcile.stores.protocol import Locked

RENEWED_EVERY = timedelta(minutes=5)
STALE_AFTER = timedelta(hours=24)
"""Work that has not said for so long that it goes on is taken for dead."""

_TRIES = 3


class Work:
    """Work of ours that others can see; safe to share between threads."""

    def __init__(self, repository: Repository, entry: Running) -> None:
        self._repository = repository
        self._name = layout.running(entry.id)
        self._lock = threading.Lock()
        self._entry = entry
        # Whoever begins takes over from whoever was there: it may have been killed.
        self._tag = repository.store.put(self._name, running_entry.to_bytes(entry)).etag

    @property
    def id(self) -> str:
        """Of the work."""
        return self._entry.id

    def renew(self) -> None:
        """Says that it goes on.

        Raises:
            Incomplete: It does not any more: another took it over, or it was silent for so long
                that what it relies on may have been swept.
        """
        with self._lock:
            now = self._repository.now()
            if now - self._entry.renewed_at >= STALE_AFTER:
                raise self._ended(f"silent since {self._entry.renewed_at.isoformat()}")
            self._write(replace(self._entry, renewed_at=now))

    def require_running(self) -> None:
        """Asked before a manifest is written. Does and raises what `renew` does."""
        self.renew()

    def end(self) -> None:
        """Takes the entry away, or says in it that it has ended where we may not delete.

        What cannot be done now does no harm: an entry that is not renewed is taken for dead.
        """
        with self._lock, suppress(ReconcileError):
            try:
                self._repository.store.delete(self._name, if_match=self._tag)
            except AccessDenied:
                self._write(replace(self._entry, ended=True))

    def _write(self, entry: Running) -> None:
        store, data = self._repository.store, running_entry.to_bytes(entry)
        for attempt in range(1, _TRIES + 1):
            try:
                self._tag = store.put(self._name, data, if_match=self._tag).etag
                break
            except UNANSWERED:  # first: what was cut short is a change as well
                if attempt == _TRIES:
                    raise
            except (Changed, NotFound) as error:
                tag = self._own_tag()  # an earlier write of ours arrived, and its answer did not
                if tag is None or attempt == _TRIES:
                    raise self._ended("another's entry, or none") from error
                self._tag = tag
        self._entry = entry

    def _own_tag(self) -> str | None:
        """The tag of what lies there, where it is ours."""
        store = self._repository.store
        try:
            found = store.head(self._name)
            data = store.get(self._name, length=running_entry.LARGEST, if_match=found.etag)
            theirs = running_entry.from_bytes(data, id=self._entry.id)
        except (Changed, NotFound, Damaged):
            return None
        return found.etag if theirs.token == self._entry.token else None

    def _ended(self, found: str) -> Incomplete:
        return Incomplete(
            f"{self._entry.action} {self._entry.snapshot} has lost its place in the repository",
            found=found,
            expected="its own entry among those at work",
            next_step="start it again; what it has stored is found again",
        )


@contextmanager
def running(
    repository: Repository,
    *,
    action: LedgerAction,
    dataset: str,
    snapshot: str,
    by: str,
    every: timedelta = RENEWED_EVERY,
) -> Iterator[Work]:
    """Shows, while it lasts, that somebody is at work; a thread of its own renews it.

    A create has its snapshot's id: begun again under it, it takes over, and whoever had it before
    is told by `require_running`. Other work has an id of its own.

    Args:
        repository: Where.
        action: What is done.
        dataset: Of which dataset.
        snapshot: Of which snapshot.
        by: Who does it.
        every: How often it is renewed.
    """
    token = secrets.token_hex(8)
    id = snapshot if action is LedgerAction.CREATE else f"{snapshot}.{action}.{token}"
    now = repository.now()
    work = Work(repository, Running(id, action, dataset, snapshot, by, now, now, token))
    ended = threading.Event()
    renewing = threading.Thread(target=_renewing, args=(work, ended, every), daemon=True)
    renewing.start()
    try:
        yield work
    finally:
        ended.set()
        renewing.join()
        work.end()


def others(repository: Repository, *, now: datetime) -> tuple[Running, ...]:
    """Everybody at work, by id; who has been silent for `STALE_AFTER` is not.

    Whoever's entry cannot be read is at work too, since it was written.
    """
    return tuple(one for one, info in _entries(repository, now) if _is_at_work(one, info, now))


def clear(repository: Repository, *, now: datetime) -> None:
    """Removes the entries of those that have ended or are taken for dead.

    Who was taken for dead and is not finds its place lost: it must not rely on what may go now.

    Raises:
        AccessDenied: We may not delete.
    """
    for entry, info in _entries(repository, now):
        if not _is_at_work(entry, info, now):
            with suppress(Changed, Locked):  # it has just begun again, or stays for a time
                repository.store.delete(info.name, if_match=info.etag)


def _is_at_work(entry: Running, info: ObjectInfo, now: datetime) -> bool:
    # A clock that is far behind is no silence, either.
    last = max(entry.renewed_at, info.modified or entry.renewed_at)
    return not entry.ended and now - last < STALE_AFTER


def _entries(repository: Repository, now: datetime) -> Iterator[tuple[Running, ObjectInfo]]:
    for info in repository.store.list(layout.RUNNING):
        id = layout.running_of(info.name)
        entry = None if id is None else _entry(repository, info, id, now)
        if entry is not None:
            yield entry, info


def _entry(repository: Repository, info: ObjectInfo, id: str, now: datetime) -> Running | None:
    try:
        data = repository.store.get(info.name, length=running_entry.LARGEST + 1)
        entry = running_entry.from_bytes(data, id=id)
    except NotFound:
        return None  # it has ended since the listing
    except Damaged:
        entry = Running(id, None, "", "", "", now, now)
    if entry.action is not None and entry.renewed_at <= now:
        return entry
    # Of a clock that is far ahead nothing is believed: the store knows when it was written.
    return replace(entry, renewed_at=info.modified or now)


def _renewing(work: Work, ended: threading.Event, every: timedelta) -> None:
    while not ended.wait(every.total_seconds()):
        # What it meets, `require_running` meets again, and says.
        with suppress(ReconcileError):
            work.renew()
