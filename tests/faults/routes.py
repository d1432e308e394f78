"""Ways from one store to another, each end through a fault proxy, its truth seen past the proxy."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from demo.servers import BlobEndpoint, S3Endpoint
from reconcile.errors import ReconcileError
from reconcile.model.ledger import Equality
from reconcile.model.objects import ObjectInfo
from reconcile.model.unfinished import Unfinished
from reconcile.stores.azure_blob import BlobStore
from reconcile.stores.copy_journal import NO_JOURNAL, Journal
from reconcile.stores.local import LocalStore
from reconcile.stores.proof import Copied
from reconcile.stores.protocol import Store
from reconcile.stores.retrying import Retrying
from reconcile.stores.s3 import S3Store
from reconcile.stores.verified_copy import Copier
from tests.fault_proxy import FaultProxy, fault_proxy
from tests.stores import blob_service, new_bucket, new_container, s3_client

PART = 1000
SMALL = bytes(index * 7 % 251 for index in range(PART))
LARGE = bytes(index * 7 % 251 for index in range(3 * PART + 500))
"""Four parts."""
SIZES = {"small": SMALL, "large": LARGE}

TO_A_WIRE = ["s3 to blob", "blob to s3"]
ROUTES = [*TO_A_WIRE, "s3 to local"]


@dataclass(frozen=True)
class Names:
    """What a protocol calls the steps of a copy."""

    read: str = ""
    put: str = ""
    part: str = ""
    commit: str = ""


OF_S3 = Names("GetObject", "PutObject", "UploadPart", "CompleteMultipartUpload")
OF_BLOB = Names("GetBlob", "PutBlob", "PutBlock", "PutBlockList")


@dataclass(frozen=True)
class End:
    """One end of a route.

    Attributes:
        store: Through the proxy, in the coat that production has.
        truth: Past the proxy.
        proxy: None where nothing goes over a wire.
        names: What its protocol calls the steps of a copy.
    """

    store: Store
    truth: Store
    proxy: FaultProxy[S3Endpoint] | FaultProxy[BlobEndpoint] | None
    names: Names

    @property
    def wire(self) -> FaultProxy[S3Endpoint] | FaultProxy[BlobEndpoint]:
        """The proxy, of an end that has one."""
        assert self.proxy is not None
        return self.proxy


@dataclass(frozen=True)
class Route:
    """From an end to another."""

    origin: End
    destination: End

    def given(self, data: bytes, name: str = "k") -> ObjectInfo:
        """An object at the origin, as a listing pins it."""
        self.origin.truth.put(name, data)
        return next(iter(self.origin.truth.list(name)))

    def copier(
        self,
        *,
        journal: Journal = NO_JOURNAL,
        server_side: bool = False,
        coat: bool = True,
        at_once: int = 0,
        on_bytes: Callable[[int], None] = lambda _count: None,
    ) -> Copier:
        """A new one, as another process would make it."""
        ends = (self.origin.store, self.destination.store)
        origin, destination = map(Retrying, ends) if coat else ends
        return Copier(
            origin,
            destination,
            journal=journal,
            part_size=PART,
            server_side=server_side,
            at_once=at_once,
            on_bytes=on_bytes,
        )

    def visible_by(self, data: bytes) -> str:
        """The step that makes an object of these bytes visible at the destination."""
        names = self.destination.names
        return names.put if len(data) <= PART else names.commit

    def written(self, name: str = "k") -> bytes | None:
        """What is there, seen past the proxy; None where nothing is."""
        truth = self.destination.truth
        return truth.get(name) if list(truth.list(name)) else None

    def left_over(self, name: str = "k") -> list[str]:
        """The uploads that have begun and not ended; Blob Storage drops its blocks by itself."""
        truth = self.destination.truth
        return [] if isinstance(truth, BlobStore) else list(truth.uploads_of(name))


def copied(copier: Copier, pinned: ObjectInfo, *, replaces: str | None = None) -> Copied:
    """A copy, read where the service did not say what it has taken: as a sync does it."""
    found = copier.copy(pinned, "k", replaces=replaces)
    if found.equality is Equality.UNPROVEN:
        return copier.prove(found.origin, found.destination)
    return found


class KeptInMemory:
    """A journal that outlives copiers."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Unfinished] = {}
        self._lock = threading.Lock()

    def find(self, address: str, name: str) -> Unfinished | None:
        return self._kept.get((address, name))

    def keep(self, unfinished: Unfinished) -> None:
        with self._lock:
            self._kept[unfinished.address, unfinished.name] = unfinished

    def forget(self, address: str, name: str) -> None:
        with self._lock:
            self._kept.pop((address, name), None)

    def __len__(self) -> int:
        return len(self._kept)


def require_proven(route: Route, result: Copied | ReconcileError, data: bytes) -> None:
    """Equal by proof, whole, and nothing left lying about."""
    assert isinstance(result, Copied)
    assert result.equality is Equality.PROVEN
    assert result.origin_value == result.destination_value
    assert route.written() == data
    assert route.left_over() == []


@contextmanager
def s3_end(endpoint: S3Endpoint) -> Iterator[End]:
    """A new bucket."""
    bare = _past_the_proxy(endpoint)
    bucket = new_bucket(bare)
    with fault_proxy(endpoint) as proxy:
        yield End(S3Store(s3_client(proxy.endpoint), bucket), S3Store(bare, bucket), proxy, OF_S3)


@contextmanager
def blob_end(endpoint: BlobEndpoint, *, source_conditions: bool = True) -> Iterator[End]:
    """A new container."""
    with (
        fault_proxy(endpoint, source_conditions=source_conditions) as proxy,
        blob_service(endpoint) as bare,
        blob_service(proxy.endpoint) as proxied,
    ):
        truth = new_container(bare)
        through = proxied.get_container_client(truth.container_name)
        yield End(BlobStore(through), BlobStore(truth), proxy, OF_BLOB)


@contextmanager
def local_end(folder: Path) -> Iterator[End]:
    """A folder."""
    yield End(LocalStore(folder), LocalStore(folder), None, Names())


@cache
def _past_the_proxy(endpoint: S3Endpoint) -> Any:
    """One client for all tests: boto3 takes a while to make one."""
    return s3_client(endpoint)
