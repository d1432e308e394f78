"""What is kept of uploads while they go on, so that another process can go on with them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from reconcile.errors import Changed, Transient
from reconcile.model.objects import ObjectInfo
from reconcile.model.unfinished import Part, Unfinished
from reconcile.stores.protocol import Store, Upload

_TRIES = 3
_SECONDS = 1.0
"""So much is sent again, at most, of what was sent when a process is killed."""


class Journal(Protocol):
    """Keeps uploads that have begun, by the address of their store and the object's name."""

    def find(self, address: str, name: str) -> Unfinished | None:
        """What was begun of an object; None where nothing was."""

    def keep(self, unfinished: Unfinished) -> None:
        """Keeps how far an upload has come, in place of what was known of it."""

    def forget(self, address: str, name: str) -> None:
        """Forgets an upload that has ended."""


class _NoJournal:
    def find(self, address: str, name: str) -> Unfinished | None:  # noqa: ARG002
        return None

    def keep(self, unfinished: Unfinished) -> None:
        pass

    def forget(self, address: str, name: str) -> None:
        pass


NO_JOURNAL: Journal = _NoJournal()
"""Keeps nothing: what fails is given up and begun anew."""


def pin_of(address: str, pinned: ObjectInfo, *, part_size: int) -> str:
    """A digest of what an upload's parts are of."""
    what = [address, pinned.name, pinned.version, pinned.etag, pinned.size, part_size]
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()


class Progress:
    """The parts of one upload that were sent, written down about once a second.

    As a context manager it writes down at the end what was not yet, also where the block raises.
    """

    def __init__(
        self, journal: Journal, unfinished: Unfinished, *, clock: Callable[[], float]
    ) -> None:
        self.parts: dict[int, Part] = dict(unfinished.parts)
        self._journal = journal
        self._unfinished = unfinished
        self._clock = clock
        self._kept_at = clock()
        self._kept = len(self.parts)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_error: object) -> None:
        self._keep()

    def sent(self, number: int, part: Part) -> None:
        """Takes a part that the service has."""
        self.parts[number] = part
        if self._clock() - self._kept_at >= _SECONDS:
            self._keep()

    def _keep(self) -> None:
        if len(self.parts) == self._kept:
            return
        self._journal.keep(replace(self._unfinished, parts=dict(self.parts)))
        self._kept, self._kept_at = len(self.parts), self._clock()


class Uploads:
    """The uploads to one store that a journal keeps."""

    def __init__(self, destination: Store, journal: Journal) -> None:
        self._destination = destination
        self._journal = journal

    def begun(self, name: str, pin: str) -> tuple[Unfinished, Upload]:
        """An upload, with the parts that are there: the one that was begun before, or a new one."""
        found = self._journal.find(self._destination.address, name)
        if found is not None:
            upload = self._resumed(found, pin)
            if upload is not None:
                return upload
            self.clean_up(found)
        return self._begun_anew(name, pin)

    def _resumed(self, found: Unfinished, pin: str) -> tuple[Unfinished, Upload] | None:
        if found.upload is None or found.pin != pin:
            return None
        upload = self._destination.upload(found.name, id=found.upload)
        try:
            there = upload.parts()
        except Changed:
            return None
        parts = {
            number: part for number, part in found.parts.items() if there.get(number) == part.size
        }
        return replace(found, parts=parts), upload

    def _begun_anew(self, name: str, pin: str) -> tuple[Unfinished, Upload]:
        unfinished = Unfinished(self._destination.address, name, pin)
        if self._journal is not NO_JOURNAL:
            # Should this process end before the id is written down, it is one of those that are
            # not among the others.
            others = tuple(self._destination.uploads_of(name))
            unfinished = replace(unfinished, others=others)
        for _ in range(_TRIES - 1):
            self._journal.keep(unfinished)
            try:
                return self._kept(unfinished)
            except Transient:  # one may have begun whose id nobody knows
                if self._journal is not NO_JOURNAL:
                    self.clean_up(unfinished)
        self._journal.keep(unfinished)
        return self._kept(unfinished)

    def _kept(self, unfinished: Unfinished) -> tuple[Unfinished, Upload]:
        upload = self._destination.upload(unfinished.name)
        unfinished = replace(unfinished, upload=upload.id)
        self._journal.keep(unfinished)
        return unfinished, upload

    def clean_up(self, unfinished: Unfinished) -> None:
        """Gives an upload up and forgets it; of one without an id, those that came after."""
        known = unfinished.upload is not None
        ids = [unfinished.upload] if known else self._begun_since(unfinished)
        for id in ids:
            self._destination.upload(unfinished.name, id=id).abort()
        self._journal.forget(unfinished.address, unfinished.name)

    def _begun_since(self, unfinished: Unfinished) -> list[str]:
        begun = self._destination.uploads_of(unfinished.name)
        return [id for id in begun if id not in unfinished.others]
