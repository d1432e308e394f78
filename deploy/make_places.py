"""Makes the buckets and containers that the artifacts and the dataset files name, in emulators.

Signs in by the clouds' own variables. What exists is left alone.
"""

from __future__ import annotations

import os
from contextlib import suppress

from azure.core.exceptions import ResourceExistsError

from reconcile.config.datasets import datasets_folder, load_datasets
from reconcile.model.location import Location, Scheme
from reconcile.stores.clients import EnvironmentClients


def places() -> set[tuple[Scheme, str]]:
    """Every bucket and container that is named."""
    datasets, _ = load_datasets(datasets_folder())
    sides = [side.location for dataset in datasets for side in (dataset.source, dataset.target)]
    backups = [dataset.snapshot for dataset in datasets if dataset.snapshot is not None]
    both = [place for rules in backups for place in (rules.repository, rules.copy)]
    repositories = [place.location for place in both if place is not None]
    named = (os.environ["RECONCILE_ARTIFACTS"], *sides, *repositories)
    return {(place.scheme, place.container) for place in map(Location.parse, named)}


def make(scheme: Scheme, name: str, clients: EnvironmentClients) -> None:
    """Makes one, unless it is there."""
    match scheme:
        case Scheme.S3:
            s3 = clients.s3(None)
            there = (s3.exceptions.BucketAlreadyExists, s3.exceptions.BucketAlreadyOwnedByYou)
            with suppress(*there):
                s3.create_bucket(Bucket=name)
        case Scheme.AZURE:
            with suppress(ResourceExistsError):
                clients.blob_service(None, None).create_container(name)


if __name__ == "__main__":
    for scheme, name in sorted(places()):
        make(scheme, name, EnvironmentClients())
        print(f"{scheme.value}://{name} is there")
