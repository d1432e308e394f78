"""What passed, in the order in which it was answered: for counting."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass

SERVICE_AGENT = "blob-service-fetching"
"""The `User-Agent` of what a service fetches by itself, played by the proxy."""


@dataclass(frozen=True)
class Entry:
    """One request and its answer.

    Attributes:
        operation: `PutObject`, `UploadPart`, ...
        container: The bucket or container.
        key: The object or blob.
        bytes_in: Of the request's body, decoded.
        bytes_out: Of the answer's body, as far as it was sent.
        status: Of the answer; None where none was sent.
        agent: The `User-Agent`.
    """

    operation: str
    container: str
    key: str
    bytes_in: int
    bytes_out: int
    status: int | None
    agent: str

    @property
    def by_service(self) -> bool:
        """Whether a service asked, in a copy from URL, rather than a client."""
        return self.agent == SERVICE_AGENT


class Log:
    """Every request so far, those among them that the script answered."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[Entry]:
        with self._lock:
            return iter(tuple(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    def append(self, entry: Entry) -> None:
        """Takes another; done before the answer is sent, so that who has it finds it here."""
        with self._lock:
            self._entries.append(entry)

    def clear(self) -> None:
        """Forgets what was."""
        with self._lock:
            self._entries.clear()

    def of(self, *operations: str, key: str | None = None) -> list[Entry]:
        """The requests for these operations, of one key if told; of all operations if none is."""
        return [
            entry
            for entry in self
            if (not operations or entry.operation in operations) and key in (None, entry.key)
        ]

    def count(self, *operations: str, key: str | None = None) -> int:
        """How many there were."""
        return len(self.of(*operations, key=key))

    @property
    def bytes_out(self) -> int:
        """The bytes of all answers' bodies."""
        return sum(entry.bytes_out for entry in self)

    def statuses(self, operation: str) -> list[int | None]:
        """The statuses of one operation's answers, in order."""
        return [entry.status for entry in self.of(operation)]
