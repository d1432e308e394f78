"""What every job needs about it: the state, the artifacts, resources, sign-in, and the clock."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from reconcile.errors import BadInput
from reconcile.jobs.named_prices import named_prices
from reconcile.jobs.resources import Resources
from reconcile.model.location import Location
from reconcile.model.price import PriceList
from reconcile.state.database import State
from reconcile.state.location import file_of, state_url
from reconcile.stores.clients import Clients
from reconcile.stores.opening import ENVIRONMENT, open_folder
from reconcile.stores.protocol import Store


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Setting:
    """Where jobs run.

    Attributes:
        state: The state database.
        artifacts: What runs leave behind, as a store.
        artifacts_location: Where that is, for people.
        resources: What one task may use.
        clients: Who signs in to the clouds.
        now: The clock.
        cache: Whether comparisons may rest on what earlier ones learnt of unchanged objects.
        prices: What goes over the wire costs by them; None where nobody has set any.
    """

    state: State
    artifacts: Store
    artifacts_location: Location
    resources: Resources
    clients: Clients
    now: Callable[[], datetime]
    cache: bool = True
    prices: PriceList | None = None

    @classmethod
    @contextmanager
    def open(
        cls,
        *,
        environ: Mapping[str, str] = os.environ,
        clients: Clients = ENVIRONMENT,
        memory: str | None = None,
        room: int = 0,
        threads: int | None = None,
        now: Callable[[], datetime] = utc_now,
        cache: bool = True,
    ) -> Iterator[Setting]:
        """Opens what the environment names (`docs/operating.md`).

        Raises:
            BadInput: A variable is not usable.
            Transient: The state database does not answer.
        """
        url = state_url(environ)
        location = artifacts_location(url, environ)
        resources = Resources.of(memory=memory, room=room, threads=threads, environ=environ)
        artifacts = open_artifacts(location, clients=clients, environ=environ)
        prices = named_prices(environ)
        with State.open(url) as state:
            yield cls(state, artifacts, location, resources, clients, now, cache, prices)


def open_artifacts(location: Location, *, clients: Clients, environ: Mapping[str, str]) -> Store:
    """The artifacts as a store. Raises what `open_folder` raises."""
    return open_folder(
        location,
        clients=clients,
        environ=environ,
        elsewhere="name another place in RECONCILE_ARTIFACTS",
    )


def artifacts_location(url: str, environ: Mapping[str, str]) -> Location:
    """`RECONCILE_ARTIFACTS`, or a folder beside a state database that is a file.

    Raises:
        BadInput: Neither says where, or what says it is not usable.
    """
    given = environ.get("RECONCILE_ARTIFACTS")
    if given:
        return Location.parse(given if "://" in given else os.path.abspath(given))
    database = file_of(url)
    if database is None:
        raise BadInput(
            "nothing says where artifacts go",
            found="a state database that is not a file, and no RECONCILE_ARTIFACTS",
            next_step="set RECONCILE_ARTIFACTS to a folder, s3://… or az://… that all can reach",
        )
    return Location.parse(str(database.absolute().parent / "artifacts"))
