"""Whole syncs between clouds through fault proxies: what goes wrong once must not be lost, deleted
or taken for done. What the proxies enforce the bare emulators do not (`tests/fault_proxy`)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import pytest

from demo.servers import BlobEndpoint, S3Endpoint
from reconcile.errors import AccessDenied, ReconcileError
from reconcile.jobs import sync_copying
from reconcile.model.ledger import WindowState
from reconcile.model.sync import Brake
from reconcile.stores import arriving
from tests.contract.site import Given
from tests.fault_proxy import (
    After,
    ExpiredCredentials,
    FailsAfterwards,
    Fault,
    FaultProxy,
    FlippedOnTheWayIn,
    Match,
    MissingKey,
    Refused,
    Request,
    Reset,
    Truncated,
    fault_proxy,
)
from tests.integration.reconciling import DAY
from tests.integration.synchronising import RULES, SyncBench, sync_bench
from tests.stores import blob_service, new_bucket, new_container, s3_client

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("clouds")]

PART = 1000
LARGE = bytes(index * 7 % 251 for index in range(3 * PART + 500))
OBJECTS = {"_SUCCESS": b"", "a": b"a", "b": b"b" * PART, "large": LARGE, "z": b"z"}
_RULES = replace(RULES, part_size=PART, deletes=True, brake=Brake(Decimal(1), 100))


@dataclass(frozen=True)
class Proxied:
    """A bench from S3 to Blob Storage, or back, and the proxies in between.

    Attributes:
        bench: The bench.
        origin: The proxy that the origin is read through.
        destination: The one that the destination is written through.
        upload: What the destination calls a write of a small object, and the end of a large one.
    """

    bench: SyncBench
    origin: FaultProxy[object]
    destination: FaultProxy[object]
    read: str
    upload: tuple[str, str]


WAYS = ["s3 to blob", "blob to s3"]


@pytest.fixture(params=WAYS)
def proxied(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    s3_endpoint: S3Endpoint,
    blob_endpoint: BlobEndpoint,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Proxied]:
    """The large object goes in parts."""
    monkeypatch.setattr(sync_copying, "PARTS_AT_ONCE", 0)
    with proxied_bench(request.param, tmp_path, s3_endpoint, blob_endpoint) as found:
        yield found


@pytest.fixture(params=WAYS)
def at_once(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    s3_endpoint: S3Endpoint,
    blob_endpoint: BlobEndpoint,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Proxied]:
    """The large object goes in one request, while it arrives in four pieces."""
    monkeypatch.setattr(arriving, "CHUNK_BYTES", PART)
    with proxied_bench(request.param, tmp_path, s3_endpoint, blob_endpoint) as found:
        found.bench.with_rules(server_side=False)  # else the first goes in parts, to learn of it
        yield found


@contextmanager
def proxied_bench(
    way: str, folder: Path, s3_endpoint: S3Endpoint, blob_endpoint: BlobEndpoint
) -> Iterator[Proxied]:
    with (
        fault_proxy(s3_endpoint) as to_s3,
        fault_proxy(blob_endpoint) as to_blob,
        blob_service(blob_endpoint) as direct,
        blob_service(to_blob.endpoint) as blobs,
    ):
        bucket = f"s3://{new_bucket(s3_client(s3_endpoint))}"
        container = f"az://{new_container(direct).container_name}"
        clients = Given(s3=s3_client(to_s3.endpoint), blob=blobs)
        from_s3 = way == "s3 to blob"
        source, target = (bucket, container) if from_s3 else (container, bucket)
        with sync_bench(folder, source, target, clients, rules=_RULES) as bench:
            for name, data in OBJECTS.items():
                bench.write(name, data)
            if from_s3:
                yield Proxied(bench, to_s3, to_blob, "GetObject", ("PutBlob", "PutBlockList"))
            else:
                into = ("PutObject", "CompleteMultipartUpload")
                yield Proxied(bench, to_blob, to_s3, "GetBlob", into)


def _is_large(request: Request) -> bool:
    return str(request.operation.key).endswith("/large")


LISTING = ("ListObjectsV2", "ListBlobs")


def test_credentials_that_end_on_the_way_lose_nothing(proxied: Proxied) -> None:
    bench = proxied.bench
    at = Match(proxied.read, nth=3)
    proxied.origin.script.add(Fault(on=at, effect=ExpiredCredentials(), times=None))
    broken = bench.sync()
    assert isinstance(broken.error, AccessDenied)
    assert "Signature" not in broken.error.line()
    assert bench.held() != OBJECTS
    proxied.origin.script.clear()
    assert bench.sync().state is WindowState.COMPLETE
    assert bench.held() == OBJECTS
    assert bench.store("target").uploads_of(f"day={DAY}/large") == []


def test_a_listing_that_fails_deletes_nothing(proxied: Proxied) -> None:
    bench = proxied.bench
    bench.sync()
    bench.remove("z")
    failing = Refused(500, "InternalError", "…")
    proxied.origin.script.add(Fault(on=Match(LISTING), effect=failing, times=None))
    outcome = bench.sync(approval="yes")
    assert isinstance(outcome.error, ReconcileError)
    assert outcome.exit_code == 3
    assert bench.held() == OBJECTS


def test_a_name_that_a_listing_leaves_out_is_not_deleted(proxied: Proxied) -> None:
    bench = proxied.bench
    bench.sync()
    proxied.origin.script.add(Fault(on=Match(LISTING), effect=MissingKey(index=1), times=2))
    outcome = bench.sync()
    assert "deleted" not in bench.figures(outcome)
    assert bench.held() == OBJECTS
    assert bench.sync().state is WindowState.COMPLETE


@pytest.mark.parametrize("large", [False, True])
def test_an_answer_that_is_lost_after_the_work_was_done(proxied: Proxied, large: bool) -> None:
    bench = proxied.bench
    at = Match(proxied.upload[large])
    proxied.destination.script.add(Fault(on=at, effect=FailsAfterwards()))
    outcome = bench.sync()
    assert outcome.state is WindowState.COMPLETE
    assert bench.held() == OBJECTS
    assert bench.figures(bench.sync())["kept"] == len(OBJECTS)


def test_a_bit_that_flips_on_the_way_in_never_arrives(proxied: Proxied) -> None:
    bench = proxied.bench
    at = Match(proxied.upload[0], key=None)
    proxied.destination.script.add(Fault(on=at, effect=FlippedOnTheWayIn(at=0)))
    first = bench.sync()
    for name, data in bench.held().items():
        assert data == OBJECTS[name]
    if first.state is not WindowState.COMPLETE:
        assert bench.sync().state is WindowState.COMPLETE
    assert bench.held() == OBJECTS


def test_an_object_replaced_between_two_ranges_is_never_torn(proxied: Proxied) -> None:
    bench = proxied.bench
    other = LARGE[::-1]
    at = Match(proxied.read, where=_is_large, nth=2)
    replaced = After(lambda *_: bench.write("large", other))
    proxied.origin.script.add(Fault(on=at, effect=replaced))
    outcome = bench.sync()
    assert outcome.state is WindowState.INCOMPLETE
    assert bench.held().get("large") in (None, LARGE)
    assert "_SUCCESS" not in bench.held()
    assert bench.sync().state is WindowState.COMPLETE
    assert bench.held() == {**OBJECTS, "large": other}


def _brings_all(request: Request) -> bool:
    return _is_large(request) and len(request.body) >= len(LARGE)


def sent_whole(proxied: Proxied) -> int:
    """Requests that brought the whole large object."""
    entries = proxied.destination.log.of("PutObject") + proxied.destination.log.of("PutBlock")
    return sum(1 for entry in entries if entry.bytes_in >= len(LARGE))


def test_a_large_object_goes_at_once(at_once: Proxied) -> None:
    assert at_once.bench.sync().state is WindowState.COMPLETE
    assert at_once.bench.held() == OBJECTS
    assert sent_whole(at_once) == 1


FAULTS_AT_ONCE: dict[str, tuple[bool, Fault]] = {
    "broken off at the origin": (
        True,
        Fault(Match(("GetObject", "GetBlob"), where=_is_large), Truncated(2400)),
    ),
    "gone at the origin": (
        True,
        Fault(Match(("GetObject", "GetBlob"), where=_is_large), Reset(400), times=None),
    ),
    "turned on the way in": (
        False,
        Fault(Match(("PutObject", "PutBlock"), where=_brings_all), FlippedOnTheWayIn(400)),
    ),
    "done, and the answer lost": (
        False,
        Fault(Match(("PutObject", "PutBlockList"), where=_is_large), FailsAfterwards()),
    ),
}


@pytest.mark.parametrize("fault", FAULTS_AT_ONCE)
def test_what_goes_wrong_with_one_sent_at_once_is_never_visible(
    at_once: Proxied, fault: str
) -> None:
    bench, (at_origin, injected) = at_once.bench, FAULTS_AT_ONCE[fault]
    proxy = at_once.origin if at_origin else at_once.destination
    proxy.script.add(injected)
    first = bench.sync()
    assert bench.held().get("large") in (None, LARGE)
    assert (first.state is WindowState.COMPLETE) == (bench.held() == OBJECTS)
    proxy.script.clear()
    assert bench.sync().state is WindowState.COMPLETE
    assert bench.held() == OBJECTS
    assert bench.store("target").uploads_of(f"day={DAY}/large") == []
