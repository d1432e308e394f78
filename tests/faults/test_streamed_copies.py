"""Spans of an object that arrive in one answer: what breaks off is asked for part by part.

The fault proxies before S3 and Blob Storage count what is asked, and break it off.
"""

from __future__ import annotations

import pytest

from reconcile.errors import Changed, Throttled
from reconcile.stores import spans
from tests.fault_proxy import (
    After,
    Before,
    Dead,
    Effect,
    Fault,
    FlippedOnTheWayOut,
    Match,
    Reset,
    SlowDown,
    Truncated,
)
from tests.faults.routes import LARGE, PART, KeptInMemory, Route, require_proven

FROM_S3 = ["s3 to blob", "s3 to local"]
READ = "GetObject"
IN_SPAN = spans.SPAN_PARTS
LONG = bytes(index * 7 % 251 for index in range(20 * PART + 7))
"""21 parts: two spans, and five parts of a third."""


@pytest.fixture(autouse=True)
def _in_spans(route: Route, monkeypatch: pytest.MonkeyPatch) -> None:
    """Undoes what the fixture of the route has set for the others."""
    assert route.origin.proxy is not None
    monkeypatch.setattr(spans, "SPAN_PARTS", IN_SPAN)


@pytest.mark.parametrize("route", FROM_S3, indirect=True)
def test_every_span_is_asked_for_once(route: Route) -> None:
    pinned = route.given(LONG)
    require_proven(route, route.copier().copy(pinned, "k"), LONG)
    read = route.origin.wire.log.of(READ)
    assert [entry.bytes_out for entry in read] == [8 * PART, 8 * PART, 4 * PART + 7]


@pytest.mark.parametrize("route", FROM_S3, indirect=True)
def test_only_what_did_not_arrive_is_asked_for_again(route: Route) -> None:
    pinned = route.given(LONG)
    wire = route.origin.wire
    wire.script.add(Fault(Match(READ, nth=2), Truncated(5 * PART + 400)))
    require_proven(route, route.copier().copy(pinned, "k"), LONG)
    first, broken, *alone, last = [entry.bytes_out for entry in wire.log.of(READ)]
    assert (first, alone, last) == (8 * PART, [PART] * 3, 4 * PART + 7)
    assert 5 * PART <= broken < 6 * PART


BREAKS: dict[str, Effect] = {
    "reset": Reset(2400),
    "truncated": Truncated(2400),
    "dead": Dead(),
    "slow down": SlowDown(retry_after=0),
}


@pytest.mark.parametrize("route", FROM_S3, indirect=True)
@pytest.mark.parametrize("fault", BREAKS)
def test_an_answer_that_breaks_off_costs_no_copy(route: Route, fault: str) -> None:
    pinned = route.given(LARGE)
    route.origin.wire.script.add(Fault(Match(READ), BREAKS[fault]))
    require_proven(route, route.copier().copy(pinned, "k"), LARGE)
    if route.destination.proxy is not None:  # nor is anything sent twice
        assert route.destination.wire.log.count(route.destination.names.part) == 4


@pytest.mark.parametrize("route", FROM_S3, indirect=True)
def test_a_service_that_breaks_every_answer_off_is_given_up_and_gone_on_with(route: Route) -> None:
    pinned, journal = route.given(LARGE), KeptInMemory()
    wire = route.origin.wire
    wire.script.add(Fault(Match(READ), Truncated(PART + 400)))
    wire.script.add(Fault(Match(READ, nth=2), SlowDown(retry_after=0), times=None))
    with pytest.raises(Throttled):
        route.copier(journal=journal).copy(pinned, "k")
    assert route.written() is None
    wire.script.clear()
    wire.log.clear()
    require_proven(route, route.copier(journal=journal).copy(pinned, "k"), LARGE)
    assert [entry.bytes_out for entry in wire.log.of(READ)] == [len(LARGE) - PART]
    assert len(journal) == 0


@pytest.mark.parametrize("route", ["s3 to blob"], indirect=True)
def test_what_is_gone_on_with_is_read_from_the_first_part_that_is_missing(route: Route) -> None:
    pinned, journal = route.given(LONG), KeptInMemory()
    part, wire = route.destination.names.part, route.destination.wire
    wire.script.add(Fault(Match(part, nth=11), SlowDown(retry_after=0), times=None))
    with pytest.raises(Throttled):
        route.copier(journal=journal).copy(pinned, "k")
    wire.script.clear()
    route.origin.wire.log.clear()
    require_proven(route, route.copier(journal=journal).copy(pinned, "k"), LONG)
    read = route.origin.wire.log.of(READ)
    assert [entry.bytes_out for entry in read] == [8 * PART, 2 * PART + 7]


@pytest.mark.parametrize("route", FROM_S3, indirect=True)
@pytest.mark.parametrize("kept", [False, True], ids=["no journal", "journal"])
def test_an_origin_replaced_between_two_spans_is_never_torn(route: Route, kept: bool) -> None:
    pinned, journal = route.given(LONG), KeptInMemory()
    other = LONG[::-1]
    route.origin.wire.script.add(Fault(Match(READ, nth=2), Before(lambda: route.given(other))))
    copier = route.copier(journal=journal) if kept else route.copier()
    with pytest.raises(Changed):
        copier.copy(pinned, "k")
    assert route.written() is None
    assert len(journal) == 0
    again = route.given(other)
    require_proven(route, route.copier(journal=journal).copy(again, "k"), other)


@pytest.mark.parametrize("route", FROM_S3, indirect=True)
def test_an_origin_replaced_while_it_arrives_is_copied_as_it_was(route: Route) -> None:
    pinned = route.given(LARGE)
    route.origin.wire.script.add(Fault(Match(READ), After(lambda: route.given(LARGE[::-1]))))
    require_proven(route, route.copier().copy(pinned, "k"), LARGE)


@pytest.mark.parametrize("route", FROM_S3, indirect=True)
def test_an_origin_replaced_when_its_answer_broke_off_is_never_torn(route: Route) -> None:
    pinned, journal = route.given(LARGE), KeptInMemory()
    script = route.origin.wire.script
    script.add(Fault(Match(READ), Truncated(PART + 400)))
    script.add(Fault(Match(READ, nth=2), Before(lambda: route.given(LARGE[::-1]))))
    with pytest.raises(Changed):
        route.copier(journal=journal).copy(pinned, "k")
    assert route.written() is None
    assert len(journal) == 0


@pytest.mark.parametrize("route", FROM_S3, indirect=True)
@pytest.mark.parametrize("times", [1, None], ids=["once", "always"])
def test_what_turned_on_the_way_is_never_copied(route: Route, times: int | None) -> None:
    pinned = route.given(LARGE)
    flipped = Fault(Match(READ), FlippedOnTheWayOut(2400), times=times)
    route.origin.wire.script.add(flipped)
    with pytest.raises(Changed, match="other bytes than the store vouches for"):
        route.copier().copy(pinned, "k")
    assert route.written() is None
    assert route.left_over() == []
    if times is not None:
        require_proven(route, route.copier().copy(pinned, "k"), LARGE)
