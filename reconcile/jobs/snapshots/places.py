"""From the place of a repository, as a dataset's file says it, to the repository."""

from __future__ import annotations

from reconcile.errors import NotFound
from reconcile.jobs.setting import Setting
from reconcile.model.location import Location
from reconcile.model.snapshot import RepositoryPlace
from reconcile.repository import layout
from reconcile.repository.repository import Repository
from reconcile.stores.key_service import KeyService
from reconcile.stores.key_services import key_service
from reconcile.stores.opening import open_folder
from reconcile.stores.pacing import Pace
from reconcile.stores.protocol import Store


def open_repository(
    setting: Setting,
    place: RepositoryPlace,
    *,
    pruning: bool = False,
    create: bool = False,
    pace: Pace | None = None,
) -> Repository:
    """The repository of a place.

    Args:
        setting: Where it runs.
        place: Where the repository lies, who signs in, and with which key.
        pruning: Whether it is opened to remove what is no longer kept, under the connection
            that may.
        create: Whether it is made where there is none yet.
        pace: At which its store is asked; None is as fast as it answers.

    Raises:
        NotFound: There is none, and none is to be made.
        BadInput: Its key is missing, wrong or not needed, or the place cannot be opened.
        AccessDenied: The key or the store refuses.
        Damaged: What the repository says of itself is not what was written.
    """
    store = repository_store(setting, place, pruning=pruning, pace=pace)
    key = _key(setting, place)
    if create:
        return Repository.create(store, key=key, now=setting.now)
    return Repository.open(store, key=key, now=setting.now)


def repository_store(
    setting: Setting, place: RepositoryPlace, *, pruning: bool = False, pace: Pace | None = None
) -> Store:
    """The folder in which a repository lies or will lie. Nothing is asked of it yet.

    Raises:
        BadInput: As `open_folder` says.
    """
    connection = place.connection
    if pruning and place.prune_connection is not None:
        connection = place.prune_connection
    return open_folder(
        Location.parse(place.location),
        connection=connection,
        clients=setting.clients,
        elsewhere="name another place in the dataset's `snapshot` block",
        pace=pace,
        at_rest=place.at_rest,
    )


def repository_lies_at(setting: Setting, place: RepositoryPlace) -> bool:
    """Whether a repository lies at a place, of whatever key.

    Raises:
        AccessDenied: The store refuses.
        Transient: It does not answer.
    """
    try:
        repository_store(setting, place).head(layout.REPOSITORY)
    except NotFound:
        return False
    return True


def _key(setting: Setting, place: RepositoryPlace) -> KeyService | None:
    return None if place.key is None else key_service(place.key, clients=setting.clients)
