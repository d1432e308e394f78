"""A clock that only moves when somebody pauses."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class FakeTime:
    """Seconds since whenever, and the pauses that were made."""

    now: float = 1000.0
    pauses: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds
