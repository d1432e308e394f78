"""Listings whose pages are short, stale or doubled, and services that fail between two pages.

What a page leaves out nobody can know from the listing alone; a sync finds it where it looks at
every planned object again.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from demo.servers import BlobEndpoint, S3Endpoint
from reconcile.errors import AccessDenied, ReconcileError, Throttled
from reconcile.stores.retrying import Retrying
from tests.fault_proxy import (
    Dead,
    DuplicatedKey,
    Effect,
    ExpiredCredentials,
    FailsAfterwards,
    Fault,
    Match,
    Reset,
    ShortPage,
    SlowDown,
    StalePage,
    Truncated,
)
from tests.faults.routes import End, blob_end, s3_end

NAMES = [f"n/{number:02d}" for number in range(9)]  # two pages of the S3 server


@pytest.fixture(params=["s3", "blob"])
def end(
    request: pytest.FixtureRequest, s3_endpoint: S3Endpoint, blob_endpoint: BlobEndpoint
) -> Iterator[End]:
    """Nine objects, and a first listing of them."""
    with s3_end(s3_endpoint) if request.param == "s3" else blob_end(blob_endpoint) as end:
        for name in NAMES:
            end.truth.put(name, b"x")
        assert names(end) == NAMES
        yield end


def names(end: End) -> list[str]:
    return [info.name for info in Retrying(end.store).list("n/")]


def scripted(end: End, effect: Effect, *, nth: int = 1, times: int | None = 1) -> None:
    listings = ("ListObjectsV2", "ListBlobs")
    end.wire.script.add(Fault(Match(listings, nth=nth), effect, times=times))


HARMLESS: dict[str, Effect] = {
    "short": ShortPage(2),
    "doubled key": DuplicatedKey(3),
    "slow down": SlowDown(retry_after=0),
    "500": FailsAfterwards(),
    "dead": Dead(),
    "reset": Reset(200),
    "truncated": Truncated(200),
}


@pytest.mark.parametrize("fault", HARMLESS)
def test_every_name_is_listed_once_and_in_order(end: End, fault: str) -> None:
    scripted(end, HARMLESS[fault])
    assert names(end) == NAMES


def test_a_service_that_fails_between_two_pages_is_asked_for_the_rest(end: End) -> None:
    scripted(end, ShortPage(2))
    scripted(end, SlowDown(retry_after=0), nth=2)
    assert names(end) == NAMES


@pytest.mark.parametrize(
    ("effect", "error"),
    [(SlowDown(), Throttled), (ExpiredCredentials(), AccessDenied)],
    ids=["slow down", "expired"],
)
def test_a_listing_that_fails_is_never_a_short_one(
    end: End, effect: Effect, error: type[ReconcileError]
) -> None:
    scripted(end, ShortPage(2))
    scripted(end, effect, nth=2, times=None)
    with pytest.raises(error):
        names(end)


def test_what_a_stale_page_shows_is_not_there_when_it_is_read(end: End) -> None:
    scripted(end, StalePage())
    gone = next(iter(end.truth.list("n/00")))
    end.truth.delete(gone.name)
    stale = [info for info in end.store.list("n/") if info.name == gone.name]
    assert stale == [gone]
    with pytest.raises(ReconcileError):
        end.store.get_whole(stale[0])
