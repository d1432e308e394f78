"""Stores that are opened with a pace, on every kind of store."""

from __future__ import annotations

import pytest

from demo.processes import free_port
from demo.servers import S3Endpoint
from reconcile.errors import Unanswered
from reconcile.model.location import Location
from reconcile.model.sync import Limits
from reconcile.stores.circuit import CircuitOpen
from reconcile.stores.opening import open_folder, open_store
from reconcile.stores.pacing import Pace
from tests.contract.site import Given, Site
from tests.stores import s3_client
from tests.unit.fake_time import FakeTime


def test_a_folder_is_asked_at_its_pace(site: Site) -> None:
    time = FakeTime()
    limits = Limits(requests_per_second=1.0)
    pace = Pace(limits, clock=time.clock, pause=time.pause)
    store = open_folder(Location.parse(f"{site.location}/below"), clients=site.clients, pace=pace)
    store.put("k", b"x")
    assert store.get("k") == b"x"
    assert [info.name for info in store.list()] == ["k"]
    assert time.now - 1000 == pytest.approx(2.0)


def test_stores_of_one_service_share_its_pace(site: Site) -> None:
    time = FakeTime()
    pace = Pace(Limits(requests_per_second=1.0), clock=time.clock, pause=time.pause)
    for _ in range(3):
        folder = Location.parse(site.location)
        list(open_store(folder, clients=site.clients, pace=pace).list())
    assert time.now - 1000 == pytest.approx(2.0)


def test_a_dead_service_is_soon_left_alone() -> None:
    client = s3_client(S3Endpoint(f"http://127.0.0.1:{free_port()}", "access", "secret"))
    store = open_store(
        Location.parse("s3://bucket/x"), clients=Given(s3=client), pace=Pace(Limits())
    )
    while True:
        with pytest.raises(Unanswered) as caught:
            store.head("k")
        if isinstance(caught.value, CircuitOpen):
            break
    assert store.traffic is not None
    assert store.traffic.requests == 10
