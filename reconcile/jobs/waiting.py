"""Waiting for a window's partitions to be whole: a marker object, or quiet time."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from reconcile.errors import NotFound, Transient
from reconcile.history.partition import partition_path
from reconcile.model.dataset import Dataset, DatasetSide, Ready
from reconcile.model.discrepancy import Side
from reconcile.model.location import Location
from reconcile.model.window import Window
from reconcile.stores.clients import Clients
from reconcile.stores.opening import find_objects, open_folder
from reconcile.stores.protocol import ContainerMissing


def waited_for(
    dataset: Dataset,
    window: Window,
    *,
    clients: Clients,
    now: datetime,
    sides: Collection[Side] = tuple(Side),
) -> tuple[str, ...]:
    """What a window still waits for, a line a side; nothing where all of them are ready.

    An endpoint that does not answer is waited for, too.

    Args:
        dataset: The dataset; without `ready` it waits for nothing.
        window: Which window.
        clients: Who signs in to the clouds.
        now: The time, for what was written a while ago.
        sides: Those that are waited for.

    Raises:
        ContainerMissing: A bucket, a container or a folder does not exist.
        AccessDenied, BadInput: As the stores say.
    """
    if dataset.ready is None:
        return ()
    lines = [
        _waited_for(where, dataset.ready, window, clients, now)
        for side, where in ((Side.SOURCE, dataset.source), (Side.TARGET, dataset.target))
        if side in sides
    ]
    return tuple(line for line in lines if line is not None)


def _waited_for(
    where: DatasetSide, ready: Ready, window: Window, clients: Clients, now: datetime
) -> str | None:
    try:
        if ready.marker is not None:
            return _marker_waited_for(where, ready.marker, window, clients)
        return _quiet_waited_for(where, ready.quiet_for or timedelta(0), window, clients, now)
    except ContainerMissing:
        raise
    except (NotFound, Transient) as error:
        return error.line()


def _marker_waited_for(
    where: DatasetSide, marker: str, window: Window, clients: Clients
) -> str | None:
    folder = Location.parse(where.location).joined(partition_path(where.partition, window))
    store = open_folder(folder, connection=where.connection, clients=clients)
    try:
        store.head(marker)
    except ContainerMissing:
        raise
    except NotFound:
        return f"{folder} has no {marker} yet"
    return None


def _quiet_waited_for(
    where: DatasetSide, quiet_for: timedelta, window: Window, clients: Clients, now: datetime
) -> str | None:
    location, partition = Location.parse(where.location), partition_path(where.partition, window)
    listing = find_objects(
        location, partition=partition or None, connection=where.connection, clients=clients
    )
    place = location.joined(partition)
    if not listing.objects:
        return f"{place} holds no data file yet"
    written = [info.modified for info in listing.objects if info.modified is not None]
    if written and now - max(written) < quiet_for:
        return f"{place} was written to at {max(written):%Y-%m-%dT%H:%M:%SZ}"
    return None
