"""A meter: counts what one store asks of its service and what comes back."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator

from reconcile.model.traffic import Traffic


class Meter:
    """Counts; safe to share between threads."""

    def __init__(self) -> None:
        self._traffic = Traffic()
        self._lock = threading.Lock()

    @property
    def traffic(self) -> Traffic:
        """All that was counted so far."""
        return self._traffic

    def sent(self) -> None:
        """Counts one request."""
        self._add(Traffic(requests=1))

    def received(self, body: bytes) -> None:
        """Counts the body of an answer, or a part of it."""
        self._add(Traffic(bytes=len(body)))

    def streamed(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The chunks, counted as they pass."""
        for chunk in chunks:
            self.received(chunk)
            yield chunk

    def _add(self, traffic: Traffic) -> None:
        with self._lock:
            self._traffic += traffic
