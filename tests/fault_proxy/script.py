"""What goes wrong when: a test writes it, the proxy plays it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from tests.fault_proxy.messages import Answer, Forward, Request


@dataclass(frozen=True)
class Match:
    """Which requests: those for which all that is told holds.

    Attributes:
        operation: By name, as in `operations.py`, or several; None for any.
        key: The object's or blob's; None for any.
        container: The bucket's or container's; None for any.
        where: Whatever else, asked of the request.
        nth: The first of these requests to mean, counted from 1 since the fault was added.
    """

    operation: str | tuple[str, ...] | None = None
    key: str | None = None
    container: str | None = None
    where: Callable[[Request], bool] | None = None
    nth: int = 1

    def holds(self, request: Request) -> bool:
        """Whether a request is one of these, whichever in number."""
        found = request.operation
        named = (self.operation,) if isinstance(self.operation, str) else self.operation
        return (
            (named is None or found.name in named)
            and self.key in (None, found.key)
            and self.container in (None, found.container)
            and (self.where is None or self.where(request))
        )


class Effect(Protocol):
    """What happens to a request: it may be changed, passed on or not, and its answer changed."""

    def play(self, request: Request, forward: Forward) -> Answer:
        """The answer that the client gets; `forward` has the work done."""


@dataclass(frozen=True)
class Fault:
    """What happens to some requests.

    Attributes:
        on: Which ones.
        effect: What happens.
        times: To so many of them, from the nth on; None to all.
    """

    on: Match
    effect: Effect
    times: int | None = 1


class Script:
    """The faults of one proxy. What was added first is nearest to the client."""

    def __init__(self) -> None:
        self._met: list[tuple[Fault, list[int]]] = []
        self._lock = threading.Lock()

    def add(self, *faults: Fault) -> None:
        """Further faults, counted from now on."""
        with self._lock:
            self._met += [(fault, [0]) for fault in faults]

    def clear(self) -> None:
        """No fault any more."""
        with self._lock:
            self._met.clear()

    def unused(self) -> list[Fault]:
        """The faults that have met none of their requests: a test of them would prove nothing."""
        with self._lock:
            return [fault for fault, met in self._met if met[0] < fault.on.nth]

    def play(self, request: Request, forward: Forward) -> Answer:
        """The answer to a request, after all that the script has for it."""
        for effect in reversed(self._due(request)):
            forward = _through(effect, forward)
        return forward(request)

    def _due(self, request: Request) -> list[Effect]:
        due: list[Effect] = []
        with self._lock:
            for fault, met in self._met:
                if fault.on.holds(request):
                    met[0] += 1
                    last = None if fault.times is None else fault.on.nth + fault.times - 1
                    if fault.on.nth <= met[0] and (last is None or met[0] <= last):
                        due.append(fault.effect)
        return due


def _through(effect: Effect, forward: Forward) -> Forward:
    return lambda request: effect.play(request, forward)
