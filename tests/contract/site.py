"""A place with objects in it, on any kind of store."""

from __future__ import annotations

from typing import Any

from reconcile.model.location import Location
from reconcile.stores.listing import Listing
from reconcile.stores.opening import find_objects, open_folder


class Given:
    """Clients that were made elsewhere, as Airflow's hooks would make them."""

    def __init__(self, s3: Any = None, blob: Any = None) -> None:
        self._s3, self._blob = s3, blob

    def knows(self, connection: str) -> bool:
        return True

    def s3(self, connection: str | None) -> Any:
        return self._s3

    def blob_service(self, connection: str | None, account: str | None) -> Any:
        return self._blob


class Site:
    """A bucket, container or folder with objects in it, found below its own location."""

    def __init__(self, location: str, clients: Given) -> None:
        self.location, self.clients = location, clients

    def write(self, *names: str, data: bytes = b"x") -> None:
        store = open_folder(Location.parse(self.location), clients=self.clients)
        for name in names:
            store.put(name, data)

    def find(self, path: str, **arguments: Any) -> Listing:
        location = Location.parse(f"{self.location}/{path}" if path else self.location)
        return find_objects(location, clients=self.clients, **arguments)

    def names(self, path: str, **arguments: Any) -> list[str]:
        listing = self.find(path, **arguments)
        return [listing.relative(info) for info in listing.objects]
