"""Whether a dataset could run: connections, rights and the partitions of one window.

Nothing is compared and no data is read: objects are listed, and one of each side is opened.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from reconcile.errors import PartitionsAbsent, ReconcileError
from reconcile.history.calendar import Calendar
from reconcile.history.partition import partition_path
from reconcile.jobs.setting import artifacts_location, open_artifacts, utc_now
from reconcile.model.dataset import Dataset, DatasetSide
from reconcile.model.discrepancy import Side
from reconcile.model.location import Location, Scheme
from reconcile.model.window import Window
from reconcile.report.numbers import counted
from reconcile.state.database import State
from reconcile.state.location import state_url
from reconcile.stores.clients import Clients
from reconcile.stores.connection import fallback
from reconcile.stores.listing import Listing
from reconcile.stores.opening import ENVIRONMENT, find_objects


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        what: The thing, named: `source location s3://bucket/flights`.
        detail: What was found where all is well; empty where it is not.
        problem: What is wrong, one line; None where all is well.
        next_step: What to do about the problem, where something can be said.
        exit_code: 0 where all is well, else what a run would end with.
    """

    what: str
    detail: str = ""
    problem: str | None = None
    next_step: str | None = None
    exit_code: int = 0

    @property
    def ok(self) -> bool:
        """Whether all is well."""
        return self.problem is None


def check(
    dataset: Dataset,
    window: Window | None = None,
    *,
    clients: Clients = ENVIRONMENT,
    environ: Mapping[str, str] = os.environ,
    now: Callable[[], datetime] = utc_now,
) -> tuple[Finding, ...]:
    """Looks at everything a run would need. A problem hides no other one; none is raised.

    The artifacts are tried by writing an object and removing it. A state database that is an
    SQLite file is made, or brought up to date, as any command would.

    Args:
        dataset: The dataset.
        window: Whose partitions to look for; the last complete one if None.
        clients: Who signs in to the clouds.
        environ: Where the state and the artifacts are named.
        now: The clock.

    Returns:
        Each side's location and partition, source first; then artifacts and state.
    """
    chosen, about_window = _window(dataset, window, now())
    findings = [about_window]
    for side, where in ((Side.SOURCE, dataset.source), (Side.TARGET, dataset.target)):
        findings += _side_findings(side, where, chosen, clients=clients, environ=environ)
    findings.append(_tried("artifacts", lambda: _write_artifact(clients, environ)))
    findings.append(_tried("state database", lambda: _open_state(environ)))
    return tuple(findings)


def _window(
    dataset: Dataset, window: Window | None, now: datetime
) -> tuple[Window | None, Finding]:
    calendar = Calendar.of(dataset)
    chosen = window or calendar.last_complete(now)
    if chosen is None:
        problem = f"no window of dataset {dataset.name} has ended yet"
        return None, Finding(
            "window", problem=problem, next_step=f"wait; the first is {dataset.start}", exit_code=2
        )

    def ended() -> str:
        calendar.refuse_unended(chosen, now)
        return "has ended" if window else "the last complete one"

    return chosen, _tried(f"window {chosen.name}", ended)


def _side_findings(
    side: Side,
    where: DatasetSide,
    window: Window | None,
    *,
    clients: Clients,
    environ: Mapping[str, str],
) -> Iterator[Finding]:
    # Without a window there is no partition to look for, but the location can still be.
    partition = partition_path(where.partition, window) if where.partition and window else None
    what = f"{side} location {where.location}"
    aside = ""
    try:
        location = Location.parse(where.location)
        aside = _sign_in_aside(where, location, clients)
        listing = find_objects(
            location,
            partition=partition,
            connection=where.connection,
            clients=clients,
            environ=environ,
        )
    except ReconcileError as error:
        found = _problem(what, error)
        yield replace(found, problem=f"{found.problem}{aside}")
        return
    yield Finding(what, f"exists and may be listed{aside}")
    what = f"{side} partition {location.joined(partition)}" if partition else f"{side} objects"
    if window is not None:
        yield _tried(what, lambda: _readable(listing))


def _sign_in_aside(where: DatasetSide, location: Location, clients: Clients) -> str:
    """A word on a connection that was named and is not here; a local file needs none."""
    name = where.connection
    if name is None or location.scheme is Scheme.FILE or clients.knows(name):
        return ""
    return f"; {fallback(name)}"


def _readable(listing: Listing) -> str:
    if not listing.objects:
        raise PartitionsAbsent(
            "it holds no data object",
            found="nothing at all" if listing.absent else "only names that begin with _ or .",
            next_step="see why it was not written; a run would take this side as empty",
        )
    first = listing.objects[0]
    # Asking for no byte of it shows whether its bytes may be asked for.
    listing.store.get(first.name, length=0, if_match=first.etag)
    objects = counted(len(listing.objects), "object")
    return f"{objects}, {counted(listing.bytes, 'byte')}, may be read"


def _write_artifact(clients: Clients, environ: Mapping[str, str]) -> str:
    location = artifacts_location(state_url(environ), environ)
    store = open_artifacts(location, clients=clients, environ=environ)
    probe = f"check-{secrets.token_hex(8)}"
    store.put(probe, b"written by `reconcile check`", create_only=True)
    store.delete(probe)
    return f"{location} may be written"


def _open_state(environ: Mapping[str, str]) -> str:
    with State.open(state_url(environ)) as state:
        return f"{state.name} answers, its schema is current"


def _tried(what: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(what, look())
    except ReconcileError as error:
        return _problem(what, error)


def _problem(what: str, error: ReconcileError) -> Finding:
    line = ReconcileError(error.what, found=error.found, expected=error.expected).line()
    return Finding(what, problem=line, next_step=error.next_step, exit_code=error.exit_code)
