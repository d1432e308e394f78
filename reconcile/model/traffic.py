"""Traffic: what went over the wire, as it is counted and paid for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Traffic:
    """What was asked of a service, and what came back.

    Attributes:
        requests: HTTP requests sent, those of every page and every further try among them.
        bytes: Bytes of the answers' bodies that arrived.
    """

    requests: int = 0
    bytes: int = 0

    def __add__(self, other: Traffic) -> Traffic:
        return Traffic(self.requests + other.requests, self.bytes + other.bytes)

    def __sub__(self, earlier: Traffic) -> Traffic:
        return Traffic(self.requests - earlier.requests, self.bytes - earlier.bytes)
