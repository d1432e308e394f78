"""Copies through fault proxies: whatever goes wrong, what is visible is proven, or nothing is.

Which layer provides what a test relies on: conditional writes, checksums of parts and of wholes
are enforced by the fault proxy before S3, and by Azurite itself; see tests/fault_proxy/README.md.
"""

from __future__ import annotations

import pytest

from reconcile.errors import (
    Changed,
    ReconcileError,
    Transient,
)
from reconcile.model.objects import ObjectInfo
from reconcile.stores.proof import Copied
from tests.fault_proxy import (
    Before,
    Dead,
    Effect,
    ErrorInside,
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
from tests.faults.routes import (
    LARGE,
    ROUTES,
    SIZES,
    SMALL,
    TO_A_WIRE,
    KeptInMemory,
    Route,
    copied,
    require_proven,
)

READ_FAULTS: dict[str, Effect] = {
    "reset": Reset(400),
    "truncated": Truncated(400),
    "dead": Dead(),
    "slow down": SlowDown(retry_after=0),
}


@pytest.mark.parametrize("route", ROUTES, indirect=True)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("fault", READ_FAULTS)
def test_what_goes_wrong_once_while_reading_harms_nothing(
    route: Route, size: str, fault: str
) -> None:
    data = SIZES[size]
    pinned = route.given(data)
    nth = 1 if size == "small" else 3
    route.origin.wire.script.add(Fault(Match(route.origin.names.read, nth=nth), READ_FAULTS[fault]))
    require_proven(route, sooner_or_later(route, pinned), data)


def sooner_or_later(route: Route, pinned: ObjectInfo) -> Copied:
    """The copy; where the first try fails, that of the next, and nothing was there before."""
    try:
        return copied(route.copier(), pinned)
    except ReconcileError:
        assert route.written() is None
        return copied(route.copier(), pinned)


@pytest.mark.parametrize("route", ROUTES, indirect=True)
@pytest.mark.parametrize("size", SIZES)
def test_an_origin_that_changes_once_on_the_way_is_read_again(route: Route, size: str) -> None:
    pinned = route.given(SIZES[size])
    nth = 1 if size == "small" else 3
    route.origin.wire.script.add(
        Fault(Match(route.origin.names.read, nth=nth), FlippedOnTheWayOut(400))
    )
    require_proven(route, sooner_or_later(route, pinned), SIZES[size])


@pytest.mark.parametrize("route", ROUTES, indirect=True)
@pytest.mark.parametrize("size", SIZES)
def test_an_origin_that_stays_corrupt_on_the_way_is_never_copied(route: Route, size: str) -> None:
    pinned = route.given(SIZES[size])
    route.origin.wire.script.add(
        Fault(Match(route.origin.names.read), FlippedOnTheWayOut(400), times=None)
    )
    with pytest.raises(Changed):
        route.copier().copy(pinned, "k")
    assert route.written() is None
    assert route.left_over() == []


@pytest.mark.parametrize("route", TO_A_WIRE, indirect=True)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("times", [1, None], ids=["once", "always"])
def test_what_changes_on_the_way_into_the_destination_is_refused_there(
    route: Route, size: str, times: int | None
) -> None:
    data = SIZES[size]
    pinned = route.given(data)
    step = route.destination.names.put if size == "small" else route.destination.names.part
    route.destination.wire.script.add(Fault(Match(step), FlippedOnTheWayIn(400), times=times))
    if times is None:
        with pytest.raises(ReconcileError):
            route.copier().copy(pinned, "k")
        assert route.written() is None
        route.destination.wire.script.clear()
    require_proven(route, sooner_or_later(route, pinned), data)


STEPS = {"put": SMALL, "part": LARGE, "commit": LARGE}
LOST_ANSWERS: dict[str, Effect] = {"500": FailsAfterwards(), "reset": Lost()}


@pytest.mark.parametrize("route", TO_A_WIRE, indirect=True)
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("lost", LOST_ANSWERS)
def test_what_was_done_though_its_answer_was_lost_is_not_done_again(
    route: Route, step: str, lost: str
) -> None:
    data = STEPS[step]
    pinned = route.given(data)
    name = getattr(route.destination.names, step)
    route.destination.wire.script.add(Fault(Match(name), LOST_ANSWERS[lost]))
    require_proven(route, copied(route.copier(), pinned), data)
    if step != "part":
        assert route.destination.wire.log.count(name) == 1


@pytest.mark.parametrize("route", ["blob to s3"], indirect=True)
@pytest.mark.parametrize("done", [True, False])
def test_an_error_inside_a_200_is_no_success_and_no_loss(route: Route, done: bool) -> None:
    pinned = route.given(LARGE)
    fault = Fault(Match("CompleteMultipartUpload"), ErrorInside(done=done))
    route.destination.wire.script.add(fault)
    if not done:
        with pytest.raises(Transient):
            route.copier().copy(pinned, "k")
        assert route.written() is None
    require_proven(route, copied(route.copier(), pinned), LARGE)


@pytest.mark.parametrize("route", ROUTES, indirect=True)
@pytest.mark.parametrize("kept", [False, True], ids=["no journal", "journal"])
def test_an_origin_replaced_between_two_ranges_is_never_torn(route: Route, kept: bool) -> None:
    pinned, journal = route.given(LARGE), KeptInMemory()
    other = LARGE[::-1]
    route.origin.wire.script.add(
        Fault(Match(route.origin.names.read, nth=3), Before(lambda: route.given(other)))
    )
    copier = route.copier(journal=journal) if kept else route.copier()
    with pytest.raises(Changed):
        copier.copy(pinned, "k")
    assert route.written() is None
    assert len(journal) == 0
    again = route.given(other)
    require_proven(route, route.copier(journal=journal).copy(again, "k"), other)
