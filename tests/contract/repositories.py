"""What tests of repositories share: a key service, a clock, and stores that misbehave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from reconcile.errors import BadInput, Transient
from reconcile.model.objects import ObjectInfo
from reconcile.stores.memory import MemoryStore

NOON = datetime(2013, 11, 5, 12, tzinfo=UTC)


@dataclass
class PlayedKey:
    """A key service that adds its name to what it wraps."""

    id: str = "played"
    kind: str = "file"
    wrapped: int = 0

    def wrap(self, key: bytes, *, repository: str = "") -> bytes:
        self.wrapped += 1
        return f"{self.id} {repository} ".encode() + key[::-1]

    def unwrap(self, wrapped: bytes, *, repository: str = "") -> bytes:
        head = f"{self.id} {repository} ".encode()
        if not wrapped.startswith(head):
            raise BadInput("another key wrapped it")
        return wrapped.removeprefix(head)[::-1]


@dataclass
class Clock:
    """A clock that goes when it is told to."""

    at: datetime = NOON

    def __call__(self) -> datetime:
        return self.at

    def goes(self, by: timedelta) -> None:
        self.at += by


@dataclass
class Unkind(MemoryStore):
    """A store that does things just before and just after a write.

    Attributes:
        before: Called with the name before each write that is to happen.
        answers_lost: Names whose next write arrives, and whose answer does not.
        requests_lost: Names whose next write does not arrive.
    """

    before: Callable[[str], None] = lambda _name: None
    answers_lost: list[str] = field(default_factory=list)
    requests_lost: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def put(
        self,
        name: str,
        data: bytes | Path,
        *,
        create_only: bool = False,
        if_match: str | None = None,
    ) -> ObjectInfo:
        self.before(name)
        if name in self.requests_lost:
            self.requests_lost.remove(name)
            raise Transient("no answer")
        written = super().put(name, data, create_only=create_only, if_match=if_match)
        if name in self.answers_lost:
            self.answers_lost.remove(name)
            raise Transient("no answer")
        return written
