"""Objects larger than a part that go in one request while they arrive; and what that may not cost.

That MD5s of bodies are checked is enforced by the fault proxy before S3, and by Azurite itself.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconcile.errors import AccessDenied, AlreadyExists, Changed, ReconcileError
from reconcile.model.objects import ObjectInfo
from reconcile.stores import arriving
from reconcile.stores.arriving import Arriving
from reconcile.stores.coat import Coat
from reconcile.stores.proof import Copied
from reconcile.stores.protocol import Store
from tests.fault_proxy import (
    Before,
    Dead,
    Effect,
    ExpiredCredentials,
    FailsAfterwards,
    Fault,
    FlippedOnTheWayIn,
    FlippedOnTheWayOut,
    Lost,
    Match,
    Reset,
    SlowDown,
    Truncated,
)
from tests.faults.routes import PART, TO_A_WIRE, KeptInMemory, Route, copied, require_proven

pytestmark = pytest.mark.parametrize("route", TO_A_WIRE, indirect=True)

DATA = bytes(index * 7 % 251 for index in range(7 * PART + 500))
_SENT = {"PutObject": "PutObject", "PutBlob": "PutBlock"}


@pytest.fixture(autouse=True)
def _in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arriving, "CHUNK_BYTES", PART)


def at_once(route: Route, pinned: ObjectInfo, told: list[int] | None = None) -> Copied:
    counted = [] if told is None else told
    copier = route.copier(at_once=len(DATA), journal=KeptInMemory(), on_bytes=counted.append)
    found = copied(copier, pinned)
    assert sum(counted) == len(DATA)
    return found


def given(route: Route) -> ObjectInfo:
    """An object whose MD5 its service tells."""
    pinned = route.given(DATA)
    assert pinned.md5 is not None
    return pinned


def sent(route: Route) -> int:
    """Requests that brought the whole object."""
    log = route.destination.wire.log
    entries = log.of(_SENT[route.destination.names.put])
    return sum(1 for entry in entries if entry.bytes_in >= len(DATA))


def in_parts(route: Route) -> int:
    log = route.destination.wire.log
    return len(log.of(route.destination.names.part)) - (
        sent(route) if route.destination.names.part == "PutBlock" else 0
    )


def test_it_is_read_once_and_sent_once(route: Route) -> None:
    require_proven(route, at_once(route, given(route)), DATA)
    assert route.origin.wire.log.count(route.origin.names.read) == 1
    assert (sent(route), in_parts(route)) == (1, 0)


BREAKS: dict[str, Effect] = {
    "reset": Reset(2400),
    "truncated": Truncated(2400),
    "dead": Dead(),
    "slow down": SlowDown(retry_after=0),
}


@pytest.mark.parametrize("fault", BREAKS)
def test_an_answer_that_breaks_off_is_gone_on_with(route: Route, fault: str) -> None:
    pinned = given(route)
    route.origin.wire.script.add(Fault(Match(route.origin.names.read), BREAKS[fault]))
    require_proven(route, at_once(route, pinned), DATA)
    assert sum(e.bytes_out for e in route.origin.wire.log.of(route.origin.names.read)) < 11 * PART
    assert (sent(route), in_parts(route)) == (1, 0)


def test_a_service_that_breaks_every_answer_off_is_read_part_by_part(route: Route) -> None:
    pinned = given(route)
    read = route.origin.names.read
    route.origin.wire.script.add(Fault(Match(read), Truncated(400), times=4))
    require_proven(route, at_once(route, pinned), DATA)
    assert in_parts(route) == 8


def test_what_turned_on_the_way_out_is_never_visible(route: Route) -> None:
    pinned = given(route)
    read = route.origin.names.read
    route.origin.wire.script.add(Fault(Match(read), FlippedOnTheWayOut(2400)))
    require_proven(route, at_once(route, pinned), DATA)
    assert in_parts(route) == 8


def test_an_origin_that_stays_corrupt_on_the_way_is_never_copied(route: Route) -> None:
    pinned = given(route)
    read = route.origin.names.read
    route.origin.wire.script.add(Fault(Match(read), FlippedOnTheWayOut(400), times=None))
    with pytest.raises(Changed):
        at_once(route, pinned)
    assert route.written() is None


@pytest.mark.parametrize("times", [1, None], ids=["once", "always"])
def test_what_turned_on_the_way_in_is_refused_there(route: Route, times: int | None) -> None:
    pinned = given(route)
    step = _SENT[route.destination.names.put]
    route.destination.wire.script.add(Fault(Match(step), FlippedOnTheWayIn(400), times=times))
    if times is None and step == route.destination.names.part:
        with pytest.raises(ReconcileError):
            at_once(route, pinned)
        assert route.written() is None
        return
    require_proven(route, at_once(route, pinned), DATA)
    assert in_parts(route) == 8


def test_an_md5_that_is_none_costs_one_request_and_no_copy(route: Route) -> None:
    """As tags are of what a key of KMS encrypts, or as somebody has told Blob Storage."""
    pinned = given(route)
    wrong = replace(pinned, md5="AAAAAAAAAAAAAAAAAAAAAA==")
    store = route.origin.store
    head = store.head
    store.head = lambda name: replace(head(name), md5=wrong.md5)  # type: ignore[method-assign]
    require_proven(route, at_once(route, wrong), DATA)
    assert in_parts(route) == 8


def test_an_origin_replaced_when_its_answer_broke_off_is_never_torn(route: Route) -> None:
    pinned = given(route)
    read, truth = route.origin.names.read, route.origin.truth
    route.origin.wire.script.add(
        Fault(Match(read), Truncated(2400)),
        Fault(Match(read, nth=2), Before(lambda: truth.put("k", DATA[::-1]))),
    )
    with pytest.raises(Changed):
        at_once_failing(route, pinned)
    assert route.written() is None


def at_once_failing(route: Route, pinned: ObjectInfo) -> Copied:
    return copied(route.copier(at_once=len(DATA)), pinned)


LOST: dict[str, Effect] = {"500": FailsAfterwards(), "reset": Lost()}


@pytest.mark.parametrize("answer", LOST)
def test_a_lost_answer_is_no_loss(route: Route, answer: str) -> None:
    pinned = given(route)
    names = route.destination.names
    last = names.put if names.put == "PutObject" else names.commit
    route.destination.wire.script.add(Fault(Match(last), LOST[answer]))
    require_proven(route, at_once_or_again(route, pinned), DATA)


def at_once_or_again(route: Route, pinned: ObjectInfo) -> Copied:
    try:
        return at_once_failing(route, pinned)
    except ReconcileError:
        return at_once_failing(route, pinned)


def test_what_is_there_stays(route: Route) -> None:
    pinned = given(route)
    route.destination.truth.put("k", b"there")
    with pytest.raises(AlreadyExists):
        at_once_failing(route, pinned)
    assert route.written() == b"there"


def test_what_is_to_be_replaced_is(route: Route) -> None:
    pinned = given(route)
    there = route.destination.truth.put("k", b"there")
    copier = route.copier(at_once=len(DATA))
    require_proven(route, copied(copier, pinned, replaces=there.etag), DATA)


def test_what_was_begun_in_parts_is_gone_on_with(route: Route) -> None:
    pinned, journal = given(route), KeptInMemory()
    part = route.destination.names.part
    route.destination.wire.script.add(Fault(Match(part, nth=4), Dead(), times=None))
    with pytest.raises(ReconcileError):
        route.copier(journal=journal).copy(pinned, "k")
    route.destination.wire.script.clear()
    route.destination.wire.log.clear()
    require_proven(route, copied(route.copier(journal=journal, at_once=len(DATA)), pinned), DATA)
    assert in_parts(route) == 5


def test_a_read_that_is_refused_is_told_as_such(route: Route) -> None:
    pinned = given(route)
    route.origin.wire.script.add(
        Fault(Match(route.origin.names.read), ExpiredCredentials(), times=None)
    )
    with pytest.raises(AccessDenied):
        at_once_failing(route, pinned)
    assert route.written() is None


class HeedsNoMd5(Coat):
    """A look-alike that takes whatever bytes it gets, whatever MD5 they come with."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, lambda work, *, size=0: work())

    def put_arriving(
        self, name: str, arriving: Arriving, *, if_match: str | None = None
    ) -> ObjectInfo:
        data = b""
        while piece := arriving.read():
            data += piece
        written = self.put(name, b"?" + data[1:], create_only=if_match is None, if_match=if_match)
        return replace(written, checksums={}, md5=None)


def test_what_a_service_has_taken_that_heeds_no_md5_does_not_stay(route: Route) -> None:
    pinned = given(route)
    heedless = replace(route.destination, store=HeedsNoMd5(route.destination.store))
    careless = replace(route, destination=heedless)
    told: list[int] = []
    require_proven(careless, at_once(careless, pinned, told), DATA)
    assert in_parts(route) == 8
