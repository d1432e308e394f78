"""Who is at work in a repository, so that what they rely on is not swept."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta

from reconcile.errors import Changed, Damaged, Incomplete, NotFound, ReconcileError, Transient
from reconcile.model.objects import ObjectInfo
from reconcile.model.snapshot import LedgerAction
from reconcile.repository import layout, running_entry
from reconcile.repository.repository import Repository
from reconcile.repository.running_entry import Running

RENEWED_EVERY = timedelta(minutes=5)
STALE_AFTER = timedelta(hours=24)
"""Work that has not said for so long that it goes on is taken for dead."""


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
            entry = replace(self._entry, renewed_at=now)
            data = running_entry.to_bytes(entry)
            try:
                written = self._repository.store.put(self._name, data, if_match=self._tag)
                self._tag = written.etag
            except (Changed, NotFound, Transient) as error:
                self._tag = self._tag_of(data, error)
            self._entry = entry

    def require_running(self) -> None:
        """Asked before a manifest is written. Does and raises what `renew` does."""
        self.renew()

    def end(self) -> None:
        """Takes the entry away, unless it is another's by now."""
        with self._lock, suppress(Changed):
            self._repository.store.delete(self._name, if_match=self._tag)

    def _tag_of(self, data: bytes, error: ReconcileError) -> str:
        """The tag of what lies there, where it is ours: the answer to its write was lost."""
        store = self._repository.store
        try:
            found = store.head(self._name)
            if store.get(self._name, if_match=found.etag) == data:
                return found.etag
        except (Changed, NotFound):
            pass
        if isinstance(error, Transient):
            raise error
        raise self._ended("another's entry, or none") from error

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
    found = (
        _entry(repository, info, now)
        for info in repository.store.list(layout.RUNNING)
        if layout.running_of(info.name) is not None
    )
    return tuple(one for one in found if one is not None and now - one.renewed_at < STALE_AFTER)


def _entry(repository: Repository, info: ObjectInfo, now: datetime) -> Running | None:
    id = info.name.removeprefix(layout.RUNNING).removesuffix(".json")
    try:
        return running_entry.from_bytes(
            repository.store.get(info.name, length=running_entry.LARGEST), id=id
        )
    except NotFound:
        return None  # it has ended since the listing
    except Damaged:
        seen = info.modified or now
        return Running(id, None, "", "", "", seen, seen)


def _renewing(work: Work, ended: threading.Event, every: timedelta) -> None:
    while not ended.wait(every.total_seconds()):
        # What it meets, `require_running` meets again, and says.
        with suppress(ReconcileError):
            work.renew()
