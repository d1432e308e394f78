"""A dataset that is saved to a repository, and what came of it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from reconcile.jobs.setting import Setting
from reconcile.jobs.snapshots.creating.creation import Created, create
from reconcile.jobs.snapshots.loading import Loaded, loaded
from reconcile.jobs.snapshots.origin import Origin
from reconcile.jobs.snapshots.proving.verification import Verification, verify
from reconcile.jobs.snapshots.shelf import Shelf
from reconcile.jobs.snapshots.work import SnapshotWork
from reconcile.model.dataset import Dataset
from reconcile.model.discrepancy import Side
from reconcile.model.location import Location
from reconcile.model.objects import ObjectInfo
from reconcile.model.snapshot import (
    LedgerLine,
    Manifest,
    RepositoryPlace,
    SavedObject,
    SnapshotRules,
)
from reconcile.model.window import Window
from reconcile.repository.present import Present
from reconcile.repository.repository import Repository
from reconcile.stores.opening import open_folder
from reconcile.stores.protocol import Store
from tests.contract.site import Given
from tests.integration.reconciling import DAY, GOOD, PARTITION, Workbench, workbench
from tests.integration.synchronising import parquet

DAYS = ("2013-01-04", DAY, "2013-01-06")
_TICK = timedelta(minutes=1)


@dataclass(frozen=True)
class WatchedOrigin(Origin):
    """An origin at which something happens whenever it is listed.

    Attributes:
        before: Called before each listing with its number, from 1.
    """

    before: Callable[[int], None] = lambda _number: None
    listings: list[int] = field(default_factory=list)

    def listed(
        self, span: Sequence[Window] | None = None, *, now: datetime
    ) -> Iterator[ObjectInfo]:
        self.listings.append(1)
        self.before(len(self.listings))
        return super().listed(span, now=now)


@dataclass
class SnapshotBench:
    """The dataset `orders`, whose source is saved.

    Attributes:
        bench: The workbench: state, artifacts and a clock that is moved by hand.
        source: The origin's location.
        rules: Its `snapshot` block.
        changes: Other keys of its file.
        pauses: How long was waited so far; waiting moves the clock.
        meanwhile: What happens at each further pause, one after the other.
    """

    bench: Workbench
    source: str
    rules: SnapshotRules
    changes: dict[str, Any] = field(default_factory=dict)
    pauses: list[float] = field(default_factory=list)
    meanwhile: list[Callable[[], None]] = field(default_factory=list)

    @property
    def setting(self) -> Setting:
        return self.bench.setting

    @property
    def dataset(self) -> Dataset:
        source = {"location": self.source, "partition": PARTITION}
        dataset = self.bench.dataset(**({"source": source} | self.changes))
        return replace(dataset, snapshot=self.rules)

    def with_rules(self, **changes: Any) -> None:
        self.rules = replace(self.rules, **changes)

    def window(self, day: str = DAY) -> Window:
        return self.bench.window(day)

    def forward(self, by: timedelta = _TICK) -> None:
        self.bench.clock.forward(by)

    # The origin.

    @property
    def origin(self) -> Store:
        return self.store(self.source)

    def store(self, location: str) -> Store:
        return open_folder(Location.parse(location), clients=self.setting.clients)

    def put(self, name: str, data: bytes) -> None:
        self.origin.put(name, data)

    def write(
        self, rows: Sequence[dict[str, Any]] = GOOD, *, day: str = DAY, name: str = "part.parquet"
    ) -> bytes:
        data = parquet(rows)
        self.put(f"day={day}/{name}", data)
        return data

    def write_days(self, days: Sequence[str] = DAYS) -> None:
        """A partition for each day, of as many rows and of other bytes."""
        for day in days:
            self.write([{**row, "n": f"{row['n']} {day}"} for row in GOOD], day=day)

    def remove(self, name: str) -> None:
        self.origin.delete(name)

    def held(self, location: str | None = None) -> dict[str, bytes]:
        """Every object of a place with its bytes, of the origin unless told."""
        store = self.store(location or self.source)
        return {info.name: store.get(info.name) for info in store.list()}

    # Snapshots.

    def work(
        self, *, by: str = "anna", before_listing: Callable[[int], None] | None = None
    ) -> SnapshotWork:
        work = SnapshotWork.open(self.setting, self.dataset, by=by, pause=self._pause)
        if before_listing is None:
            return work
        parts = {name: getattr(work.origin, name) for name in Origin.__dataclass_fields__}
        return replace(work, origin=WatchedOrigin(**parts, before=before_listing))

    def create(
        self, *, before_listing: Callable[[int], None] | None = None, **arguments: Any
    ) -> Created:
        """A snapshot of the origin, a minute after whatever was before."""
        self.forward()
        with self.work(before_listing=before_listing) as work:
            return create(work, **arguments)

    def manifest(self, **arguments: Any) -> Manifest:
        manifest = self.create(**arguments).manifest
        if manifest is None:
            raise AssertionError("nothing was written")
        return manifest

    def verify(self, **arguments: Any) -> Verification:
        self.forward()
        with self.work() as work:
            return verify(work, **arguments)

    def good(self, **arguments: Any) -> Manifest:
        """A snapshot that is verified whole."""
        manifest = self.manifest(**arguments)
        assert self.verify(id=manifest.id, read=1.0).sound
        return manifest

    def repository(self, *, copy: bool = False) -> Repository:
        work = self.work()
        return work.copy_repository() if copy else work.repository()

    def loaded(self, *, copy: bool = False) -> Loaded:
        return loaded(self.work(), self.repository(copy=copy))

    def lines(self, *, copy: bool = False) -> tuple[LedgerLine, ...]:
        return self.loaded(copy=copy).lines

    def objects(self, manifest: Manifest, *, copy: bool = False) -> dict[str, SavedObject]:
        shelf = Shelf(self.repository(copy=copy), Present())
        found = [one for segment in manifest.segments for one in shelf.read(segment)]
        return {one.name: one for one in found}

    def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.forward(timedelta(seconds=seconds))
        if self.meanwhile:
            self.meanwhile.pop(0)()


def repository_store(bench: SnapshotBench, *, copy: bool = False) -> Store:
    """Where a repository lies, for whoever wants to do something to it."""
    place = bench.rules.copy if copy else bench.rules.repository
    if place is None:
        raise AssertionError("there is no second repository")
    return bench.store(place.location)


def rules_of(repository: str, **changes: Any) -> SnapshotRules:
    return replace(SnapshotRules(Side.SOURCE, RepositoryPlace(repository)), **changes)


@contextmanager
def snapshot_bench(
    folder: Path,
    source: str | None = None,
    repository: str | None = None,
    clients: Given | None = None,
    *,
    copy: str | None = None,
    state_url: str | None = None,
    **rules: Any,
) -> Iterator[SnapshotBench]:
    """An empty bench.

    Args:
        folder: Where state and artifacts lie.
        source: A bucket, a container or a folder that is there; None is one on disk.
        repository: Likewise.
        clients: Who signs in to the clouds.
        copy: Where the second repository lies; None is none.
        state_url: Of the state; None is SQLite in the folder.
        rules: Others than the usual ones.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with workbench(folder, state_url, clients=clients or Given()) as bench:
        prefix = secrets.token_hex(4)
        places = [source or str(folder / "source"), repository or str(folder / "repository")]
        if copy is not None:
            rules["copy"] = RepositoryPlace(f"{copy}/{prefix}-copy")
        origin = places[0] if source is None else f"{places[0]}/{prefix}-origin"
        stored = places[1] if repository is None else f"{places[1]}/{prefix}-repository"
        yield SnapshotBench(bench, origin, rules_of(stored, **rules))
