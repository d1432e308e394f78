"""Copies that are broken off by storms and by credentials that expire, and gone on with."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reconcile.errors import (
    AccessDenied,
    Throttled,
)
from tests.fault_proxy import (
    ExpiredCredentials,
    Fault,
    Match,
    Request,
    SlowDown,
)
from tests.faults.routes import (
    LARGE,
    TO_A_WIRE,
    KeptInMemory,
    Route,
    require_proven,
)


def first_tries() -> Callable[[Request], bool]:
    """Of whatever is asked several times, the first."""
    seen: set[tuple[object, ...]] = set()

    def is_first(request: Request) -> bool:
        span = request.header("range") or request.header("x-ms-range")
        asked = (request.method, request.target.partition("?")[0], request.operation.name, span)
        part = request.query.get("partNumber") or request.query.get("blockid")
        is_new = (*asked, part) not in seen
        seen.add((*asked, part))
        return is_new

    return is_first


@pytest.mark.parametrize("route", TO_A_WIRE, indirect=True)
def test_a_storm_of_slow_downs_ends_in_a_copy(route: Route) -> None:
    pinned = route.given(LARGE)
    reads, parts = route.origin.names.read, route.destination.names.part
    for end, name in ((route.origin, reads), (route.destination, parts)):
        busy = Match(name, where=first_tries())
        end.wire.script.add(Fault(busy, SlowDown(retry_after=0), times=None))
    require_proven(route, route.copier().copy(pinned, "k"), LARGE)
    assert route.origin.wire.log.statuses(reads).count(503) == 4
    assert route.destination.wire.log.statuses(parts).count(503) == 4


@pytest.mark.parametrize("route", TO_A_WIRE, indirect=True)
def test_a_storm_that_does_not_end_leaves_what_can_be_gone_on_with(route: Route) -> None:
    pinned, journal = route.given(LARGE), KeptInMemory()
    name, wire = route.destination.names.part, route.destination.wire
    wire.script.add(Fault(Match(name, nth=3), SlowDown(retry_after=7), times=None))
    with pytest.raises(Throttled) as caught:
        route.copier(journal=journal).copy(pinned, "k")
    assert caught.value.retry_after == 7
    assert route.written() is None
    wire.script.clear()
    wire.log.clear()
    require_proven(route, route.copier(journal=journal).copy(pinned, "k"), LARGE)
    assert wire.log.count(name) == 2
    assert len(journal) == 0


def everything_from(name: str, *, nth: int) -> Callable[[Request], bool]:
    """The nth request of that name, and whatever comes after it."""
    met: list[Request] = []

    def is_after(request: Request) -> bool:
        if request.operation.name == name:
            met.append(request)
        return len(met) >= nth

    return is_after


@pytest.mark.parametrize("route", TO_A_WIRE, indirect=True)
@pytest.mark.parametrize("side", ["origin", "destination"])
def test_credentials_that_expire_on_the_way_cost_what_was_not_sent(route: Route, side: str) -> None:
    pinned, journal = route.given(LARGE), KeptInMemory()
    parts = route.destination.names.part
    end, name = {
        "origin": (route.origin, route.origin.names.read),
        "destination": (route.destination, parts),
    }[side]
    expired = Match(where=everything_from(name, nth=3))
    end.wire.script.add(Fault(expired, ExpiredCredentials(), times=None))
    with pytest.raises(AccessDenied):
        route.copier(journal=journal).copy(pinned, "k")
    assert route.written() is None
    assert len(journal) == 1
    end.wire.script.clear()
    route.destination.wire.log.clear()
    require_proven(route, route.copier(journal=journal).copy(pinned, "k"), LARGE)
    assert route.destination.wire.log.count(parts) == 2
    assert len(journal) == 0
