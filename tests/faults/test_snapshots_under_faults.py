"""Restores and prunes of repositories in the clouds through fault proxies: a short listing sweeps
nothing, a lost answer loses nothing, and a flipped bit is never restored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from demo.servers import BlobEndpoint, S3Endpoint
from reconcile.errors import Damaged, ReconcileError
from reconcile.jobs.snapshots.pruning.pruned import Pruned
from reconcile.jobs.snapshots.pruning.pruning import prune
from reconcile.jobs.snapshots.restoring.restored import Restored
from reconcile.jobs.snapshots.restoring.restoring import restore
from reconcile.model.location import Location
from reconcile.model.snapshot import Manifest, Retention
from reconcile.repository import layout
from reconcile.repository.repository import Repository
from tests.contract.site import Given
from tests.fault_proxy import (
    FailsAfterwards,
    Fault,
    FaultProxy,
    FlippedOnTheWayIn,
    FlippedOnTheWayOut,
    Lost,
    Match,
    MissingKey,
    Refused,
    Request,
    fault_proxy,
)
from tests.integration.snapshotting import SnapshotBench, repository_store, snapshot_bench
from tests.stores import blob_service, new_bucket, new_container, s3_client

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("clouds")]

PIECE = 1024
LARGE = bytes(range(256)) * 6
"""Two pieces of content, and two parts where it is restored."""
OBJECTS = {"a": b"a", "b/c": b"c" * 1000, "z": b"z"}
_GRACE = timedelta(hours=25)


@dataclass(frozen=True)
class Proxied:
    """A bench whose repository lies in a cloud, behind a proxy.

    Attributes:
        bench: The bench.
        proxy: The proxy.
        to: A place in the same cloud to restore into.
        names: What the service calls a listing, a read, a write, the end of a large one, a delete.
    """

    bench: SnapshotBench
    proxy: FaultProxy[Any]
    to: str
    names: dict[str, str]

    def restored(self, **arguments: Any) -> Restored:
        with self.bench.work() as work:
            return restore(work, to=Location.parse(self.to), **arguments)

    def pruned(self) -> Pruned:
        self.bench.forward()
        with self.bench.work() as work:
            return prune(work)

    def snapshot(self, **objects: bytes) -> Manifest:
        for name, data in objects.items():
            self.bench.put(name, data)
        return self.bench.good()

    def fault(self, what: str, effect: Any, *, part: str, times: int | None = 1) -> None:
        def concerns(request: Request) -> bool:
            return part in f"{request.operation.key} {request.query.get('prefix', '')}"

        at = Match(self.names[what], where=concerns)
        self.proxy.script.add(Fault(on=at, effect=effect, times=times))


S3 = {
    "list": "ListObjectsV2",
    "read": "GetObject",
    "write": "PutObject",
    "end": "CompleteMultipartUpload",
    "delete": "DeleteObject",
}
BLOB = {
    "list": "ListBlobs",
    "read": "GetBlob",
    "write": "PutBlob",
    "end": "PutBlockList",
    "delete": "DeleteBlob",
}


in_one_cloud = pytest.mark.parametrize("proxied", ["s3"], indirect=True)
"""What our side of it does is the same in both, and takes its time."""


@pytest.fixture(params=["s3", "blob"])
def proxied(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    s3_endpoint: S3Endpoint,
    blob_endpoint: BlobEndpoint,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Proxied]:
    # The Azure SDK waits a second before it asks again for what was cut off.
    monkeypatch.setattr("azure.storage.blob._download.time.sleep", lambda _seconds: None)
    # Content is listed at once: sixteen listings of it are alike, and take their time.
    monkeypatch.setattr(layout, "content_shares", lambda kind: (f"{kind}/",))
    keep = Retention(daily=1)
    if request.param == "s3":
        with fault_proxy(s3_endpoint) as proxy:
            clients = Given(s3=s3_client(proxy.endpoint))
            place = f"s3://{new_bucket(s3_client(s3_endpoint))}"
            with snapshot_bench(tmp_path, None, place, clients, retention=keep) as bench:
                yield _filled(bench, proxy, place, S3)
        return
    with (
        fault_proxy(blob_endpoint) as proxy,
        blob_service(blob_endpoint) as direct,
        blob_service(proxy.endpoint) as service,
    ):
        place = f"az://{new_container(direct).container_name}"
        with snapshot_bench(tmp_path, None, place, Given(blob=service), retention=keep) as bench:
            yield _filled(bench, proxy, place, BLOB)


def _filled(
    bench: SnapshotBench, proxy: FaultProxy[Any], place: str, names: dict[str, str]
) -> Proxied:
    Repository.create(repository_store(bench), now=bench.setting.now, chunk_size=PIECE)
    for name, data in OBJECTS.items():
        bench.put(name, data)
    return Proxied(bench, proxy, f"{place}/restored", names)


@pytest.mark.parametrize("large", [False, True])
def test_an_answer_that_is_lost_after_an_object_was_restored(proxied: Proxied, large: bool) -> None:
    if large:
        proxied.bench.put("large", LARGE)
    proxied.bench.good()
    proxied.fault("end" if large else "write", FailsAfterwards(), part="restored/")
    done = proxied.restored()
    assert (done.proven, done.written, done.replaced) == (True, len(OBJECTS) + large, 0)
    assert proxied.bench.held(proxied.to) == proxied.bench.held()


@in_one_cloud
def test_an_answer_that_is_lost_after_the_ledger_was_told(proxied: Proxied) -> None:
    proxied.bench.good()
    before = len(proxied.bench.lines())
    proxied.fault("write", Lost(), part="ledger/")
    assert proxied.restored().proven
    assert len(proxied.bench.lines()) == before + 1
    assert proxied.bench.loaded().problems == ()


@in_one_cloud
def test_a_bit_that_flips_on_the_way_out_is_not_restored(proxied: Proxied) -> None:
    proxied.bench.good()
    proxied.fault("read", FlippedOnTheWayOut(at=0), part="chunks/", times=None)
    with pytest.raises((Damaged, ReconcileError)):
        proxied.restored()
    proxied.proxy.script.clear()
    there = proxied.bench.held(proxied.to)
    assert there.items() <= proxied.bench.held().items()
    assert proxied.restored().proven


def test_a_bit_that_flips_on_the_way_in_never_arrives(proxied: Proxied) -> None:
    proxied.bench.good()
    proxied.fault("write", FlippedOnTheWayIn(at=0), part="restored/b", times=None)
    with pytest.raises(ReconcileError):
        proxied.restored()
    proxied.proxy.script.clear()
    assert "b/c" not in proxied.bench.held(proxied.to)
    assert proxied.restored().proven
    assert proxied.bench.held(proxied.to) == proxied.bench.held()


def _pruned_twice(proxied: Proxied) -> Pruned:
    proxied.pruned()
    proxied.bench.forward(_GRACE)
    return proxied.pruned()


@in_one_cloud
def test_a_listing_that_leaves_a_manifest_out_takes_no_content_of_it(proxied: Proxied) -> None:
    proxied.snapshot(notes=b"old")
    newest = proxied.snapshot(notes=b"new")
    proxied.fault("list", MissingKey(index=0), part="snapshots/", times=None)
    _pruned_twice(proxied)
    proxied.proxy.script.clear()
    assert proxied.bench.verify(id=newest.id, read=1.0).sound
    assert proxied.restored().id == newest.id
    assert proxied.bench.held(proxied.to) == proxied.bench.held()


@in_one_cloud
@pytest.mark.parametrize("part", ["snapshots/", "running/"])
def test_a_listing_that_fails_takes_nothing_away(proxied: Proxied, part: str) -> None:
    proxied.snapshot(notes=b"old")
    newest = proxied.snapshot(notes=b"new")
    proxied.pruned()
    proxied.bench.forward(_GRACE)
    proxied.fault("list", Refused(403, "AccessDenied", "…"), part=part, times=None)
    with pytest.raises(ReconcileError):
        proxied.pruned()
    proxied.proxy.script.clear()
    assert proxied.bench.verify(id=newest.id, read=1.0).sound


def test_answers_that_are_lost_on_the_way_of_a_prune(proxied: Proxied) -> None:
    old = proxied.snapshot(notes=b"old")
    newest = proxied.snapshot(notes=b"new")
    for what, part in (("write", "ledger/"), ("delete", "snapshots/")):
        proxied.fault(what, Lost(), part=part)
    done = proxied.pruned()
    assert (done.removed, done.marked) == ((old.id,), 2)
    proxied.bench.forward(_GRACE)
    for what, part in (("delete", "chunks/"), ("delete", "segments/"), ("delete", "marks/")):
        proxied.fault(what, Lost(), part=part)
    proxied.pruned()
    store = proxied.bench.store(proxied.bench.rules.repository.location)
    kept = [one.chunks[0].id for one in proxied.bench.objects(newest).values()]
    assert [info.name[10:] for info in store.list("chunks/")] == sorted(kept)
    assert list(store.list("marks/")) == []
    assert proxied.bench.loaded().problems == ()
