"""What a window waits for, on every kind of store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from reconcile.history.calendar import Calendar
from reconcile.jobs.waiting import waited_for
from reconcile.model.dataset import Dataset, DatasetSide, Ready
from reconcile.model.rules import CompareRules
from reconcile.model.window import Grain
from reconcile.stores.protocol import ContainerMissing
from tests.contract.site import Site

DAY = "day=2013-01-05"


def waiting(site: Site, ready: Ready | None, *, later: timedelta = timedelta(0)) -> list[str]:
    """What the window waits for, a while from now; places by their last parts."""
    dataset = Dataset(
        name="orders",
        source=DatasetSide(f"{site.location}/source", "day={window:%Y-%m-%d}"),
        target=DatasetSide(f"{site.location}/target", "day={window:%Y-%m-%d}"),
        compare=CompareRules(match_key=("id",)),
        schedule="0 5 * * *",
        timezone="UTC",
        grain=Grain.DAY,
        start=datetime(2013, 1, 1, tzinfo=UTC).date(),
        ready=ready,
    )
    window = Calendar.of(dataset).window("2013-01-05")
    lines = waited_for(dataset, window, clients=site.clients, now=datetime.now(UTC) + later)
    return [line.replace(site.location, "…") for line in lines]


def test_without_a_word_about_it_nothing_is_waited_for(site: Site) -> None:
    assert waiting(site, None) == []


def test_a_marker_is_waited_for_on_each_side(site: Site) -> None:
    ready = Ready(marker="_SUCCESS")
    site.write(f"source/{DAY}/part.parquet", f"target/{DAY}/part.parquet")
    assert waiting(site, ready) == [
        f"…/source/{DAY} has no _SUCCESS yet",
        f"…/target/{DAY} has no _SUCCESS yet",
    ]
    site.write(f"source/{DAY}/_SUCCESS", f"target/{DAY}2/_SUCCESS")
    assert waiting(site, ready) == [f"…/target/{DAY} has no _SUCCESS yet"]
    site.write(f"target/{DAY}/_SUCCESS")
    assert waiting(site, ready) == []


def test_quiet_time_counts_from_the_last_object_that_was_written(
    site: Site,
) -> None:
    ready = Ready(quiet_for=timedelta(minutes=10))
    site.write(f"source/{DAY}/part.parquet", "target/day=2013-01-04/part.parquet")
    at_once = waiting(site, ready)
    assert at_once[0].startswith(f"…/source/{DAY} was written to at ")
    assert at_once[1] == f"…/target/{DAY} holds no data file yet"
    site.write(f"target/{DAY}/part.parquet")
    assert len(waiting(site, ready, later=timedelta(minutes=9))) == 2
    assert waiting(site, ready, later=timedelta(minutes=11)) == []


def test_a_place_that_nobody_wrote_to_yet_is_waited_for(site: Site) -> None:
    site.write("another/thing")
    if site.clients.s3(None) or site.clients.blob_service(None, None):
        (source, target) = waiting(site, Ready(quiet_for=timedelta(minutes=1)))
        assert source.startswith("nothing at …/source")
        assert target.startswith("nothing at …/target")


def test_a_bucket_that_does_not_exist_is_no_reason_to_wait(
    site: Site,
) -> None:
    nowhere = Site(f"{site.location}-nowhere", site.clients)
    with pytest.raises(ContainerMissing):
        waiting(nowhere, Ready(quiet_for=timedelta(minutes=1)))
