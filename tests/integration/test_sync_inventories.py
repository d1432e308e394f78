"""Syncs whose sides are listed by inventories: older than the truth, and safe for all that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from demo.servers import BlobEndpoint, S3Endpoint
from reconcile.model.discrepancy import Side
from reconcile.model.ledger import WindowState
from reconcile.model.location import Location
from reconcile.model.sync import Brake
from reconcile.stores.opening import open_folder
from tests.contract.site import Given
from tests.fault_proxy import FaultProxy, fault_proxy
from tests.integration.reconciling import DAY, NOW
from tests.integration.synchronising import SyncBench, sync_bench
from tests.inventories import Row, azure_inventory, s3_inventory
from tests.stores import blob_service, new_bucket, new_container, s3_client

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("clouds")]

OBJECTS = {"a": b"a", "b é": b"bb", "sub/c": b"ccc"}
EARLIER = NOW - timedelta(hours=6)


class Inventoried:
    """A bench from S3 to Blob Storage whose inventories are written when a test says so."""

    def __init__(self, bench: SyncBench, to_s3: FaultProxy[S3Endpoint], places: dict[Side, str]):
        self.bench, self.to_s3, self._places = bench, to_s3, places
        for name, data in OBJECTS.items():
            bench.write(name, data)

    def write_down(self, side: Side) -> None:
        """Delivers an inventory of what the side holds now."""
        location = self.bench.source if side is Side.SOURCE else self.bench.target
        container = Location.parse(location).container
        root = open_folder(
            Location.parse(location.rpartition("/")[0]), clients=self.bench.setting.clients
        )
        rows = [Row(info.name, info.size, info.etag) for info in root.list()]
        place = Location.parse(self._places[side])
        if side is Side.SOURCE:
            files = s3_inventory(
                rows, bucket=container, destination=place.container, taken_at=EARLIER
            )
        else:
            files = azure_inventory(
                rows, container=container, destination=place.container, taken_at=EARLIER
            )
        store = open_folder(place, clients=self.bench.setting.clients)
        for name, data in files.items():
            store.put(name, data)


@pytest.fixture
def inventoried(
    tmp_path: Path, s3_endpoint: S3Endpoint, blob_endpoint: BlobEndpoint
) -> Iterator[Inventoried]:
    with (
        fault_proxy(s3_endpoint) as to_s3,
        blob_service(blob_endpoint) as blobs,
    ):
        s3 = s3_client(to_s3.endpoint)
        places = {
            Side.SOURCE: f"s3://{new_bucket(s3)}",
            Side.TARGET: f"az://{new_container(blobs).container_name}",
        }
        source = f"s3://{new_bucket(s3)}"
        target = f"az://{new_container(blobs).container_name}"
        with sync_bench(tmp_path, source, target, Given(s3=s3, blob=blobs)) as bench:
            bench.with_rules(inventories=places)
            yield Inventoried(bench, to_s3, places)


def test_what_inventories_list_is_synchronised_without_listing(inventoried: Inventoried) -> None:
    bench = inventoried.bench
    inventoried.write_down(Side.SOURCE)
    inventoried.write_down(Side.TARGET)
    listed = list(inventoried.to_s3.log.of("ListObjectsV2"))
    outcome = bench.sync()
    assert outcome.state is WindowState.COMPLETE
    assert bench.held() == OBJECTS
    prefix = Location.parse(bench.source).container
    since = inventoried.to_s3.log.of("ListObjectsV2")[len(listed) :]
    assert [entry for entry in since if entry.container == prefix] == []


def test_what_a_sync_has_written_since_is_known_without_reading(inventoried: Inventoried) -> None:
    bench = inventoried.bench
    inventoried.write_down(Side.SOURCE)
    inventoried.write_down(Side.TARGET)
    bench.sync()
    again = bench.sync()
    assert bench.figures(again) == {
        "kept": len(OBJECTS),
        "objects": len(OBJECTS),
        "bytes": sum(map(len, OBJECTS.values())),
    }


def test_what_an_old_inventory_leaves_out_is_not_deleted(inventoried: Inventoried) -> None:
    bench = inventoried.bench
    bench.with_rules(deletes=True, brake=Brake(Decimal(1), 100))
    bench.remove("a")
    inventoried.write_down(Side.SOURCE)
    bench.write("a", b"a")  # since
    bench.write("gone", b"gone", side="target")
    bench.write("a", b"a", side="target")
    inventoried.write_down(Side.TARGET)
    outcome = bench.sync()
    assert bench.figures(outcome)["deleted"] == 1
    assert bench.held() == OBJECTS


def test_what_is_another_than_the_inventory_says_is_not_copied(inventoried: Inventoried) -> None:
    bench = inventoried.bench
    inventoried.write_down(Side.SOURCE)
    inventoried.write_down(Side.TARGET)
    bench.write("a", b"rewritten since")
    outcome = bench.sync()
    assert outcome.state is WindowState.INCOMPLETE
    assert bench.held().keys() == OBJECTS.keys() - {"a"}
    bench.rules = replace(bench.rules, inventories={})
    assert bench.sync().state is WindowState.COMPLETE
    assert bench.held(day=DAY)["a"] == b"rewritten since"
