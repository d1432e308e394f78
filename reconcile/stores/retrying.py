"""A coat with the same verbs that tries again what may come right by itself."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import stamina

from reconcile.errors import Transient
from reconcile.model.objects import ObjectInfo
from reconcile.model.traffic import Traffic
from reconcile.stores.protocol import CutShort, Store

T = TypeVar("T")


class Retrying:
    """A store whose calls are repeated after `Transient` and `CutShort`, with growing waits.

    Each SDK has tried a few times by itself already, so this is short: a last error comes
    through after `attempts` tries or when `seconds` have gone by.
    """

    def __init__(self, store: Store, *, attempts: int = 3, seconds: float = 30) -> None:
        self._store = store
        self._attempts = attempts
        self._seconds = seconds
        self.root = store.root
        self.address = store.address

    @property
    def traffic(self) -> Traffic | None:
        """The store's; every try is in it."""
        return self._store.traffic

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

    def head(self, name: str) -> ObjectInfo:
        """As the store's."""
        return self._call(lambda: self._store.head(name))

    def get(
        self, name: str, *, start: int = 0, length: int | None = None, if_match: str | None = None
    ) -> bytes:
        """As the store's."""
        return self._call(
            lambda: self._store.get(name, start=start, length=length, if_match=if_match)
        )

    def get_to_file(self, pinned: ObjectInfo, destination: Path) -> Mapping[str, str]:
        """As the store's."""
        return self._call(lambda: self._store.get_to_file(pinned, destination))

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
        return self._call(lambda: self._store.put(name, data))

    def delete(self, name: str, *, if_match: str | None = None) -> None:
        """As the store's."""
        self._call(lambda: self._store.delete(name, if_match=if_match))

    def path_of(self, name: str) -> Path | None:
        """As the store's."""
        return self._store.path_of(name)

    def _call(self, work: Callable[[], T]) -> T:
        for attempt in self._tries():
            with attempt:
                return work()
        raise AssertionError("stamina always tries once")

    def _tries(self) -> Iterator[stamina.Attempt]:
        return iter(
            stamina.retry_context(
                on=(Transient, CutShort),
                attempts=self._attempts,
                timeout=self._seconds,
                wait_initial=0.2,
                wait_max=5.0,
                wait_jitter=1.0,
            )
        )
