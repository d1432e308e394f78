"""A coat with the same verbs that tries again what may come right by itself."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import stamina

from reconcile.errors import Transient
from reconcile.model.objects import ObjectInfo
from reconcile.model.unfinished import Part
from reconcile.stores.arriving import Arriving
from reconcile.stores.circuit import CircuitOpen
from reconcile.stores.coat import Coat, CoatedUpload
from reconcile.stores.pacing import OutOfPatience
from reconcile.stores.protocol import CutShort, Store, Stream, Upload

T = TypeVar("T")


class Retrying(Coat):
    """A store whose calls are repeated after `Transient` and `CutShort`, with growing waits.

    Each SDK has tried a few times by itself already, so this is short: a last error comes
    through after `attempts` tries or when `seconds` have gone by.
    """

    def __init__(self, store: Store, *, attempts: int = 3, seconds: float = 30) -> None:
        super().__init__(store, self._call)
        self._attempts = attempts
        self._seconds = seconds

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """As the store's; after an interruption it goes on behind the last object given."""
        last: bytes | None = None
        for attempt in self._tries():
            with attempt:
                for info in self._store.list(prefix):
                    name = os.fsencode(info.name)
                    if last is None or name > last:
                        last = name
                        yield info

    def streamed(self, pinned: ObjectInfo, *, start: int, length: int) -> Stream | None:
        """As the store's. One that has begun is not begun again: whoever reads knows the rest."""
        return self._call(lambda: self._store.streamed(pinned, start=start, length=length))

    def unchecked(self, pinned: ObjectInfo, *, start: int) -> Stream | None:
        """As the store's. One that has begun is not begun again: whoever reads knows the rest."""
        return self._call(lambda: self._store.unchecked(pinned, start=start))

    def put_arriving(
        self, name: str, arriving: Arriving, *, if_match: str | None = None
    ) -> ObjectInfo:
        """As the store's, tried once: what has arrived is gone."""
        return self._store.put_arriving(name, arriving, if_match=if_match)

    def put(
        self,
        name: str,
        data: bytes | Path,
        *,
        create_only: bool = False,
        if_match: str | None = None,
    ) -> ObjectInfo:
        """As the store's.

        A conditional write is tried once: had the first try arrived unseen, the second would be
        told that somebody else was there.
        """
        if create_only or if_match is not None:
            return self._store.put(name, data, create_only=create_only, if_match=if_match)
        return super().put(name, data)

    def upload(self, name: str, *, id: str | None = None) -> Upload:
        """As the store's; its parts are repeated.

        It is begun once: had the first try arrived unseen, nobody would know its id.
        """
        return _RetryingUpload(self._store.upload(name, id=id), self._call)

    def _call(self, work: Callable[[], T], *, size: int = 0) -> T:  # noqa: ARG002 - a door's
        for attempt in self._tries():
            with attempt:
                return work()
        raise AssertionError("stamina always tries once")

    def _tries(self) -> Iterator[stamina.Attempt]:
        return iter(
            stamina.retry_context(
                on=_may_come_right,
                attempts=self._attempts,
                timeout=self._seconds,
                wait_initial=0.2,
                wait_max=5.0,
                wait_jitter=1.0,
            )
        )


class _RetryingUpload(CoatedUpload):
    """An upload whose parts are sent again; it is committed once, like any conditional write."""

    def commit(
        self, parts: Sequence[Part], *, crc64nvme: str, if_match: str | None = None
    ) -> ObjectInfo:
        """As the upload's, tried once."""
        return self._upload.commit(parts, crc64nvme=crc64nvme, if_match=if_match)


def _may_come_right(error: Exception) -> bool:
    """Whether another try soon may help: not where the coats below have given up for longer."""
    if isinstance(error, OutOfPatience | CircuitOpen):
        return False
    return isinstance(error, Transient | CutShort)
