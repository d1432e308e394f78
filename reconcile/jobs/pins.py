"""A plan: the objects of both sides that a run is about, pinned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconcile.errors import PartitionsAbsent
from reconcile.history.partition import partition_path
from reconcile.jobs.taken import taken
from reconcile.model.dataset import Dataset, DatasetSide
from reconcile.model.discrepancy import Side
from reconcile.model.location import Location
from reconcile.model.objects import ObjectInfo
from reconcile.model.traffic import Traffic
from reconcile.model.window import Window
from reconcile.state.runs import RunPartition
from reconcile.stores.clients import Clients
from reconcile.stores.listing import Listing
from reconcile.stores.opening import find_objects, open_store


@dataclass(frozen=True)
class Pins:
    """Both sides' pinned objects.

    Attributes:
        listings: Each side's objects; absent where its partition is.
        locations: Where each side's partition lies, for people.
        traffic: What it took to list each side.
    """

    listings: Mapping[Side, Listing]
    locations: Mapping[Side, str]
    traffic: Mapping[Side, Traffic]

    def partitions(self, rows: Mapping[Side, int | None]) -> list[RunPartition]:
        """What the state database keeps of them."""
        return [
            RunPartition(
                side=side,
                location=self.locations[side],
                objects=len(listing.objects),
                bytes=listing.bytes,
                rows=rows.get(side),
                requests=self.traffic[side].requests,
                bytes_read=self.traffic[side].bytes,
            )
            for side, listing in self.listings.items()
        ]

    def to_json(self) -> dict[str, Any]:
        """The plan as it is kept in the artifacts."""
        return {
            side.value: {
                "location": self.locations[side],
                "base": listing.base,
                "absent": listing.absent,
                "objects": [info.to_json() for info in listing.objects],
                "traffic": dict(vars(self.traffic[side])),
            }
            for side, listing in self.listings.items()
        }


def pin(dataset: Dataset, window: Window, clients: Clients) -> Pins:
    """Lists and pins the objects of a window on both sides.

    Raises:
        NotFound: A location itself is absent.
        PartitionsAbsent: The window's partition is absent on both sides.
    """
    listings, locations = {}, {}
    for side, where in _sides(dataset).items():
        partition = partition_path(where.partition, window) if where.partition else None
        location = Location.parse(where.location)
        listing = find_objects(
            location, partition=partition, connection=where.connection, clients=clients
        )
        if partition is not None and not listing.objects:
            listing = Listing(listing.store, (), listing.base, absent=True)
        listings[side] = listing
        locations[side] = str(location.joined(partition or ""))
    if all(listing.absent for listing in listings.values()):
        raise PartitionsAbsent(
            f"window {window.name} of dataset {dataset.name} is absent on both sides",
            found=f"no object at {locations[Side.SOURCE]} and none at {locations[Side.TARGET]}",
            next_step="run it again when the partitions have been written",
        )
    traffic = {side: taken(listing, read=0) for side, listing in listings.items()}
    return Pins(listings, locations, traffic)


def pins_from_json(document: Mapping[str, Any], dataset: Dataset, clients: Clients) -> Pins:
    """The plan read back, its stores opened anew."""
    listings, locations = {}, {}
    for side, where in _sides(dataset).items():
        kept = document[side.value]
        store = open_store(
            Location.parse(where.location), connection=where.connection, clients=clients
        )
        objects = tuple(ObjectInfo.from_json(info) for info in kept["objects"])
        listings[side] = Listing(store, objects, kept["base"], absent=kept["absent"])
        locations[side] = kept["location"]
    return Pins(listings, locations, listing_traffic(document))


def listing_traffic(document: Mapping[str, Any]) -> dict[Side, Traffic]:
    """What it took to make a plan, by side; one of an earlier version does not say."""
    return {
        side: Traffic(**document[side.value].get("traffic", {}))
        for side in (Side.SOURCE, Side.TARGET)
    }


def _sides(dataset: Dataset) -> dict[Side, DatasetSide]:
    return {Side.SOURCE: dataset.source, Side.TARGET: dataset.target}
