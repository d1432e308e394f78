"""The two clouds of the demonstration: how to reach them, and the places in them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from azure.core.exceptions import ResourceExistsError

from demo.servers import BlobEndpoint, S3Endpoint
from reconcile.model.dataset import Dataset, DatasetSide
from reconcile.model.location import Location
from reconcile.stores.clients import Clients, EnvironmentClients
from reconcile.stores.opening import open_folder
from reconcile.stores.protocol import Store


@dataclass(frozen=True)
class Clouds:
    """An S3 server and a Blob Storage server."""

    s3: S3Endpoint
    blob: BlobEndpoint

    def environment(self) -> dict[str, str]:
        """The variables that lead to them: the clouds' own, and Airflow's connections."""
        return {
            **self.s3.environment(),
            **self.blob.environment(),
            **{
                f"AIRFLOW_CONN_{name.upper()}": json.dumps(connection)
                for name, connection in self.connections().items()
            },
        }

    def connections(self) -> dict[str, dict[str, Any]]:
        """Airflow's connections to them, by the names that Airflow's own hooks ask for."""
        return {
            "aws_default": {
                "conn_type": "aws",
                "login": self.s3.access_key,
                "password": self.s3.secret_key,
                "extra": {"endpoint_url": self.s3.url, "region_name": self.s3.region},
            },
            "wasb_default": {
                "conn_type": "wasb",
                "extra": {"connection_string": self.blob.connection_string},
            },
        }


def make_places(dataset: Dataset, environ: Mapping[str, str]) -> tuple[Store, Store]:
    """The dataset's bucket and container, made unless they exist, as the stores of its folders.

    The container of its snapshots is made besides.
    """
    clients = EnvironmentClients(environ)
    source, target = (Location.parse(side.location) for side in (dataset.source, dataset.target))
    clients.s3(dataset.source.connection).create_bucket(Bucket=source.container)
    service = clients.blob_service(dataset.target.connection, None)
    for container in (target.container, *_repository(dataset)):
        with suppress(ResourceExistsError):
            service.create_container(container)
    return _folder(dataset.source, clients, environ), _folder(dataset.target, clients, environ)


def _repository(dataset: Dataset) -> list[str]:
    """The container that its snapshots are saved to, if it has any."""
    if dataset.snapshot is None:
        return []
    return [Location.parse(dataset.snapshot.repository.location).container]


def _folder(side: DatasetSide, clients: Clients, environ: Mapping[str, str]) -> Store:
    return open_folder(
        Location.parse(side.location),
        connection=side.connection,
        clients=clients,
        environ=environ,
    )
