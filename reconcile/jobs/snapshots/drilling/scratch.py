"""The scratch place of a drill: a folder of its own, which is cleared whatever happens."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from reconcile.jobs.snapshots.restoring.destination import Destination, destination_of
from reconcile.jobs.snapshots.work import SnapshotWork
from reconcile.model.location import Location, Scheme
from reconcile.stores.opening import open_folder
from reconcile.stores.protocol import ContainerMissing, Store
from reconcile.stores.spool import folder_in

LEFT_OVER = timedelta(days=2)
"""What a drill that began so long ago has left is a dead one's."""

_STAMP = "%Y%m%dT%H%M%SZ"


def drill_id(dataset: str, at: datetime, token: str) -> str:
    """The id of a new drill; its folder is called so.

    Args:
        dataset: The dataset's name.
        at: When it begins, with zone.
        token: Letters and digits that no other drill has, so that two deployments have two.
    """
    return f"drill-{at.astimezone(UTC):{_STAMP}}-{dataset}-{token}"


@contextmanager
def scratch(work: SnapshotWork, id: str) -> Iterator[tuple[Destination, list[str]]]:
    """The folder of a drill, for the length of the block, and what could not be cleared after it.

    Raises:
        BadInput: It cannot be made, or lies in a repository.
    """
    uncleared: list[str] = []
    if work.rules.drill_to is None:
        folder = folder_in(work.setting.resources.spool)
        try:
            to = Location(Scheme.FILE, "", str(folder.path / id))
            yield destination_of(work, to, None), uncleared
        finally:
            folder.remove()
        return
    above = Location.parse(work.rules.drill_to)
    connection = _connection(work, above)
    _clear_left_over(work, above, connection)
    place = destination_of(work, above.joined(id), connection)
    try:
        yield place, uncleared
    finally:
        # Under a pace that nobody has stopped: a drill that was interrupted is cleared, too.
        store = open_folder(place.location, connection=connection, clients=work.setting.clients)
        try:
            _clear(store, place.location)
        except Exception as error:
            uncleared.append(f"{place.location} could not be cleared: {type(error).__name__}")


def _connection(work: SnapshotWork, location: Location) -> str | None:
    """Who signs in to the scratch place: whoever does to the repository, in the same service."""
    places = [work.rules.repository, *([work.rules.copy] if work.rules.copy else [])]
    for place in places:
        known = Location.parse(place.location)
        if known.scheme is location.scheme is not Scheme.FILE:
            return place.connection
    return None


def _clear(store: Store, location: Location) -> None:
    """Removes everything below a drill's own folder, uploads that have begun among it."""
    try:
        for info in store.list():
            for upload in store.uploads_of(info.name):
                store.upload(info.name, id=upload).abort()
            store.delete(info.name)
    except ContainerMissing:
        pass
    if location.scheme is Scheme.FILE:
        shutil.rmtree(location.path, ignore_errors=True)


def _clear_left_over(work: SnapshotWork, above: Location, connection: str | None) -> None:
    """Removes what drills of the dataset that died long ago have left."""
    began = re.compile(rf"drill-(\d{{8}}T\d{{6}}Z)-{re.escape(work.dataset.name)}-[0-9a-f]+")
    store = open_folder(above, connection=connection, clients=work.setting.clients)
    for id in _folders(store, above):
        match = began.fullmatch(id)
        if match is None:
            continue
        at = datetime.strptime(match[1], _STAMP).replace(tzinfo=UTC)
        if work.setting.now() - at >= LEFT_OVER:
            left = above.joined(id)
            _clear(open_folder(left, connection=connection, clients=work.setting.clients), left)


def _folders(store: Store, above: Location) -> list[str]:
    if above.scheme is Scheme.FILE:
        path = above.path
        return sorted(os.listdir(path)) if os.path.isdir(path) else []
    names = (info.name.partition("/")[0] for info in store.list("drill-"))
    return list(dict.fromkeys(names))
