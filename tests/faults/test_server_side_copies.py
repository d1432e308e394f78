"""Blob Storage fetches from S3 by itself, or will not: the proof is the same, nothing is torn.

Put Block From URL of S3's addresses is played by the fault proxy: tests/fault_proxy/README.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import boto3
import pytest

from demo.servers import BlobEndpoint, S3Endpoint
from reconcile.errors import Changed, ReconcileError
from reconcile.model.ledger import Equality
from reconcile.stores.proof import Way
from reconcile.stores.s3 import S3Store
from tests.fault_proxy import (
    After,
    Before,
    CannotVerifyCopySource,
    Effect,
    FailsAfterwards,
    Fault,
    FlippedOnTheWayOut,
    Lost,
    Match,
    Refused,
    Request,
    SlowDown,
)
from tests.faults.routes import LARGE, KeptInMemory, Route, blob_end, s3_end

FETCH = "PutBlockFromURL"


@contextmanager
def opened(s3: S3Endpoint, blob: BlobEndpoint, *, source_conditions: bool) -> Iterator[Route]:
    with (
        s3_end(s3) as origin,
        blob_end(blob, source_conditions=source_conditions) as destination,
    ):
        yield Route(origin, destination)


@pytest.fixture(params=[True, False], ids=["tag reaches S3", "tag does not"])
def route(
    request: pytest.FixtureRequest,
    s3_endpoint: S3Endpoint,
    blob_endpoint: BlobEndpoint,
) -> Iterator[Route]:
    """Whether Blob Storage passes the source's tag on to S3 is not documented: both ways."""
    with opened(s3_endpoint, blob_endpoint, source_conditions=request.param) as route:
        yield route


def through_here(route: Route) -> tuple[int, int]:
    """The bytes of the object that the worker has read and sent."""
    read = [entry for entry in route.origin.wire.log.of("GetObject") if not entry.by_service]
    sent = route.destination.wire.log.of("PutBlock", "PutBlob", FETCH)
    return sum(entry.bytes_out for entry in read), sum(entry.bytes_in for entry in sent)


def by_service(request: Request) -> bool:
    return (request.header("User-Agent") or "").startswith("blob-service")


def test_a_copy_by_the_service_is_proven_without_a_byte_through_here(route: Route) -> None:
    pinned = route.given(LARGE)
    copied = route.copier(server_side=True).copy(pinned, "k")
    assert (copied.equality, copied.way) == (Equality.PROVEN, Way.SERVER_SIDE)
    assert copied.origin_value == copied.destination_value
    assert route.written() == LARGE
    assert through_here(route) == (0, 0)
    assert route.destination.wire.log.count(FETCH) == 4
    assert sum(entry.bytes_out for entry in route.origin.wire.log.of("GetObject")) == len(LARGE)


REFUSALS: dict[str, Effect] = {
    "404": CannotVerifyCopySource(404),
    "403": CannotVerifyCopySource(403),
    "not implemented": Refused(501, "NotImplemented"),
    "address too long": Refused(400, "InvalidHeaderValue"),
}


@pytest.mark.parametrize("refusal", REFUSALS)
@pytest.mark.parametrize("nth", [1, 3])
def test_where_the_service_will_not_fetch_the_worker_streams(
    route: Route, refusal: str, nth: int
) -> None:
    pinned = route.given(LARGE)
    wire = route.destination.wire
    wire.script.add(Fault(Match(FETCH, nth=nth), REFUSALS[refusal], times=None))
    copier = route.copier(server_side=True)
    copied = copier.copy(pinned, "k")
    assert (copied.equality, copied.way) == (Equality.PROVEN, Way.STREAMED)
    assert route.written() == LARGE
    assert wire.log.count("PutBlock") == 4 - (nth - 1)
    assert wire.log.count(FETCH) == nth  # asked no more than once in vain
    again = route.given(LARGE[::-1], "k")
    assert copier.copy(again, "other").equality is Equality.PROVEN
    assert wire.log.count(FETCH) == nth


@pytest.mark.parametrize("nth", [1, 3])
def test_where_the_service_fetches_nothing_even_the_first_goes_at_once(
    route: Route, nth: int
) -> None:
    pinned, told, journal = route.given(LARGE), list[int](), KeptInMemory()
    wire = route.destination.wire
    wire.script.add(Fault(Match(FETCH, nth=nth), REFUSALS["403"], times=None))
    copier = route.copier(
        server_side=True, at_once=len(LARGE), journal=journal, on_bytes=told.append
    )
    assert copier.copy(pinned, "k").equality is Equality.PROVEN
    assert route.written() == LARGE
    assert sum(told) == len(LARGE)
    assert len(journal) == 0
    # What has been fetched once is not sent again.
    assert wire.log.count("PutBlock") == (1 if nth == 1 else 2)


def test_an_address_that_is_too_long_is_not_given_to_the_service(route: Route) -> None:
    pinned = route.given(LARGE)
    endpoint = route.origin.wire.endpoint
    assert isinstance(endpoint, S3Endpoint)
    client = boto3.client(
        "s3",
        endpoint_url=endpoint.url,
        aws_access_key_id=endpoint.access_key,
        aws_secret_access_key=endpoint.secret_key,
        aws_session_token="t" * 2000,
        region_name=endpoint.region,
    )
    bucket = route.origin.store.root.removeprefix("s3://")
    origin = replace(route.origin, store=S3Store(client, bucket))
    copied = replace(route, origin=origin).copier(server_side=True).copy(pinned, "k")
    assert (copied.equality, copied.way) == (Equality.PROVEN, Way.STREAMED)
    assert route.written() == LARGE
    assert route.destination.wire.log.count(FETCH) == 0


@pytest.mark.parametrize("moment", [Before, After], ids=["before", "after"])
def test_an_origin_replaced_while_the_service_fetches_is_never_torn(
    route: Route, moment: type[Before] | type[After]
) -> None:
    pinned = route.given(LARGE)
    other = LARGE[::-1]
    route.origin.wire.script.add(
        Fault(Match("GetObject", nth=3), moment(lambda: route.given(other)))
    )
    journal = KeptInMemory()
    with pytest.raises(Changed):
        route.copier(server_side=True, journal=journal).copy(pinned, "k")
    assert route.written() is None
    assert len(journal) == 0
    copied = route.copier(server_side=True, journal=journal).copy(route.given(other), "k")
    assert copied.equality is Equality.PROVEN
    assert route.written() == other


def test_a_byte_that_changes_on_the_way_to_the_service_is_never_visible(route: Route) -> None:
    pinned = route.given(LARGE)
    flipped = Match("GetObject", where=by_service, nth=2)
    route.origin.wire.script.add(Fault(flipped, FlippedOnTheWayOut(400)))
    with pytest.raises(Changed):
        route.copier(server_side=True).copy(pinned, "k")
    assert route.written() is None
    assert route.copier(server_side=True).copy(pinned, "k").equality is Equality.PROVEN
    assert route.written() == LARGE


HICCUPS: dict[str, Effect] = {
    "busy": SlowDown(retry_after=0),
    "500 after the work": FailsAfterwards(),
    "no answer after the work": Lost(),
}


@pytest.mark.parametrize("hiccup", HICCUPS)
def test_a_hiccup_of_the_service_is_no_reason_to_stream(route: Route, hiccup: str) -> None:
    pinned = route.given(LARGE)
    route.destination.wire.script.add(Fault(Match(FETCH, nth=2), HICCUPS[hiccup]))
    copied = route.copier(server_side=True).copy(pinned, "k")
    assert (copied.equality, copied.way) == (Equality.PROVEN, Way.SERVER_SIDE)
    assert through_here(route) == (0, 0)


def test_no_error_tells_the_signed_address(route: Route) -> None:
    pinned = route.given(LARGE)
    broken = Refused(500, "InternalError", "see X-Amz-Signature=abc")
    route.destination.wire.script.add(Fault(Match(FETCH), broken, times=None))
    with pytest.raises(ReconcileError) as caught:
        route.copier(server_side=True).copy(pinned, "k")
    error: BaseException | None = caught.value
    while error is not None:
        assert "X-Amz-Signature" not in f"{error} {error!r}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
