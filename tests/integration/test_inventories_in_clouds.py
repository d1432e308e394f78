"""Inventories on real servers: compared across clouds, and in the place of live listings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from demo.servers import BlobEndpoint, S3Endpoint
from reconcile.errors import BadInput
from reconcile.jobs.inventories import Inventories, compare_inventories
from reconcile.jobs.resources import Resources
from reconcile.model.discrepancy import Side
from reconcile.model.inventory import InventoryVerdict, ObjectOutcome
from reconcile.model.location import Location
from reconcile.stores.opening import open_folder
from reconcile.stores.protocol import Store
from tests.contract.site import Given
from tests.inventories import (
    TAKEN_AT,
    Delivered,
    Row,
    azure_inventory,
    manifest_of,
    s3_inventory,
)
from tests.stores import blob_service, new_bucket, new_container, s3_client

NAMES = ["d/a b+c%2F", "d/é", "d/e\u0301", "d/😀", "d/\uff5e", "d/sub/x", "d2/x", "e"]


class Clouds:
    """A bucket and a container for data, one of each for inventories."""

    def __init__(self, s3: Any, blob: Any) -> None:
        self.clients = Given(s3=s3, blob=blob)
        self.bucket, self.s3_inventories = (f"s3://{new_bucket(s3)}" for _ in range(2))
        self.container, self.azure_inventories = (
            f"az://{new_container(blob).container_name}" for _ in range(2)
        )

    def store(self, location: str) -> Store:
        return open_folder(Location.parse(location), clients=self.clients)

    def put(self, location: str, delivered: Delivered) -> None:
        for name, data in delivered.items():
            self.store(location).put(name, data)

    def s3_rows(self) -> list[Row]:
        return [Row(o.name, o.size, o.etag) for o in self.store(self.bucket).list()]

    def azure_rows(self) -> list[Row]:
        return [
            Row(o.name, o.size, o.etag, container=bare(self.container))
            for o in self.store(self.container).list()
        ]

    def deliver(self) -> None:
        """What the services would write of what lies there now."""
        self.put(
            self.s3_inventories,
            s3_inventory(
                self.s3_rows(),
                bucket=bare(self.bucket),
                destination=bare(self.s3_inventories),
                form="Parquet",
                files=2,
            ),
        )
        self.put(
            self.azure_inventories,
            azure_inventory(
                [*self.azure_rows(), Row("x", container="another")],
                destination=bare(self.azure_inventories),
                files=2,
            ),
        )


def bare(location: str) -> str:
    return Location.parse(location).container


@pytest.fixture
def clouds(s3_endpoint: S3Endpoint, blob_endpoint: BlobEndpoint) -> Iterator[Clouds]:
    with blob_service(blob_endpoint) as service:
        clouds = Clouds(s3_client(s3_endpoint), service)
        for name in NAMES:
            clouds.store(clouds.bucket).put(name, name.encode())
            clouds.store(clouds.container).put(f"copy/{name}", name.encode())
        yield clouds


@pytest.fixture
def resources(tmp_path: Path) -> Resources:
    return Resources.of(environ={"RECONCILE_SPOOL": str(tmp_path), "RECONCILE_THREADS": "1"})


def test_a_bucket_and_a_container_are_compared(
    clouds: Clouds, resources: Resources, tmp_path: Path
) -> None:
    clouds.store(clouds.container).put("copy/e", b"longer than before")
    clouds.store(clouds.container).put("copy/new", b"x")
    clouds.store(clouds.container).delete("copy/d2/x")
    clouds.deliver()
    compared = compare_inventories(
        clouds.s3_inventories,
        clouds.azure_inventories,
        prefixes={Side.TARGET: f"{clouds.container}/copy"},
        clients=clouds.clients,
        resources=resources,
        output=tmp_path / "out.parquet",
    )
    comparison = compared.comparison
    assert {outcome: found.objects for outcome, found in comparison.outcomes.items()} == {
        ObjectOutcome.UNPROVEN: len(NAMES) - 2,
        ObjectOutcome.DIFFERENT: 1,
        ObjectOutcome.MISSING_IN_TARGET: 1,
        ObjectOutcome.MISSING_IN_SOURCE: 1,
    }
    assert comparison.verdict is InventoryVerdict.DIFFERENT
    assert {one.inventory.taken_at for one in compared.inventories.values()} == {TAKEN_AT}
    written = pq.read_table(tmp_path / "out.parquet")
    assert written["name"].to_pylist() == sorted([*NAMES, "new"], key=str.encode)
    assert [path.name for path in tmp_path.iterdir()] == ["out.parquet"]  # no spool is left


@pytest.mark.parametrize("side", ["s3", "az"])
def test_a_listing_by_inventory_is_the_live_one(
    clouds: Clouds, resources: Resources, side: str
) -> None:
    clouds.deliver()
    of, where, base = {
        "s3": (f"{clouds.bucket}/d", clouds.s3_inventories, ""),
        "az": (f"{clouds.container}/copy/d", clouds.azure_inventories, "copy/"),
    }[side]
    store = clouds.store(clouds.bucket if side == "s3" else clouds.container)
    with Inventories(resources=resources, clients=clouds.clients) as inventories:
        for prefix in (f"{base}d/", f"{base}d/sub/", f"{base}d/none/"):
            live = [(o.name, o.size, o.etag) for o in store.list(prefix)]
            found = inventories.listing(where, prefix, of=of)
            assert [(o.name, o.size, o.etag) for o in found] == live
            assert all(o.checksums == {} for o in found)
        assert inventories.taken_at(where, of=of) == TAKEN_AT


def test_an_inventory_is_opened_once_a_span(clouds: Clouds, resources: Resources) -> None:
    clouds.deliver()
    with Inventories(resources=resources, clients=clouds.clients) as inventories:
        before = inventories.listing(clouds.s3_inventories, "d/", of=f"{clouds.bucket}/d")
        store = clouds.store(clouds.s3_inventories)
        for info in list(store.list()):
            store.delete(info.name)
        again = inventories.listing(clouds.s3_inventories, "d/", of=f"{clouds.bucket}/d")
    assert before == again
    assert list(resources.spool.iterdir()) == []


@pytest.mark.parametrize(
    ("of", "words"),
    [
        ("s3://another/d", "is of another bucket"),
        ("az://container/d", "is not what S3 Inventory lists"),
        ("/folder", "no service writes inventories of /folder"),
    ],
)
def test_an_inventory_of_something_else_lists_nothing(
    clouds: Clouds, resources: Resources, of: str, words: str
) -> None:
    clouds.deliver()
    with (
        Inventories(resources=resources, clients=clouds.clients) as inventories,
        pytest.raises(BadInput, match=words),
    ):
        inventories.listing(clouds.s3_inventories, "d/", of=of)


def test_one_manifest_may_be_named(clouds: Clouds, resources: Resources) -> None:
    clouds.deliver()
    store = clouds.store(clouds.s3_inventories)
    name = manifest_of({info.name: b"" for info in store.list()})
    with Inventories(resources=resources, clients=clouds.clients) as inventories:
        found = inventories.listing(f"{clouds.s3_inventories}/{name}", "e", of=clouds.bucket)
    assert [info.name for info in found] == ["e"]
