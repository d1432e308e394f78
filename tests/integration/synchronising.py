"""A dataset that is synchronised between two stores, and what came of it."""

from __future__ import annotations

import io
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from reconcile.jobs.artifacts import Artifacts
from reconcile.jobs.setting import Setting
from reconcile.jobs.sync_commit import SYNCED
from reconcile.jobs.sync_work import SyncWork
from reconcile.jobs.syncing import SyncOutcome, sync_window
from reconcile.model.dataset import Dataset
from reconcile.model.discrepancy import Side
from reconcile.model.ledger import LedgerEntry
from reconcile.model.location import Location
from reconcile.model.sync import SyncRules
from reconcile.model.traffic import Traffic
from reconcile.model.window import Window
from reconcile.stores.opening import open_folder
from reconcile.stores.protocol import Store
from tests.contract.site import Given
from tests.integration.reconciling import DAY, PARTITION, Workbench, workbench

RULES = SyncRules(Side.SOURCE, Side.TARGET)
_TICK = timedelta(seconds=1)


@dataclass
class SyncBench:
    """The dataset `orders`, its source copied to its target.

    Attributes:
        bench: The workbench.
        source: The source's location.
        target: The target's.
        rules: Its `sync` block.
    """

    bench: Workbench
    source: str
    target: str
    rules: SyncRules = RULES
    changes: dict[str, Any] = field(default_factory=dict)

    @property
    def setting(self) -> Setting:
        return self.bench.setting

    @property
    def dataset(self) -> Dataset:
        sides = {
            side: {"location": location, "partition": PARTITION}
            for side, location in (("source", self.source), ("target", self.target))
        }
        return replace(self.bench.dataset(**sides | self.changes), sync=self.rules)

    def with_rules(self, **changes: Any) -> None:
        self.rules = replace(self.rules, **changes)

    def window(self, day: str = DAY) -> Window:
        return self.bench.window(day)

    def store(self, side: str) -> Store:
        location = self.source if side == "source" else self.target
        return open_folder(Location.parse(location), clients=self.setting.clients)

    def write(self, name: str, data: bytes, *, side: str = "source", day: str = DAY) -> None:
        self.store(side).put(f"day={day}/{name}", data)

    def remove(self, name: str, *, side: str = "source", day: str = DAY) -> None:
        self.store(side).delete(f"day={day}/{name}")

    def held(self, side: str = "target", day: str = DAY) -> dict[str, bytes]:
        """A partition's objects with their bytes."""
        store, prefix = self.store(side), f"day={day}/"
        if store.root.startswith("/"):  # a folder need not be there yet
            Path(store.root).mkdir(parents=True, exist_ok=True)
        return {info.name[len(prefix) :]: store.get(info.name) for info in store.list(prefix)}

    def work(self) -> SyncWork:
        return SyncWork.open(self.setting, self.dataset)

    def sync(self, day: str = DAY, *, approval: str | None = None) -> SyncOutcome:
        self.bench.clock.forward(_TICK)
        return sync_window(self.work(), self.window(day), approval=approval)

    def synced(self, outcome: SyncOutcome) -> Mapping[str, Any]:
        """The document that a sync has left."""
        if outcome.error is not None:
            raise outcome.error
        document: Mapping[str, Any] = Artifacts(self.setting, outcome.run_id).read_json(SYNCED)
        return document

    def figures(self, outcome: SyncOutcome) -> dict[str, int]:
        """What it has counted, but for what is 0."""
        return {name: count for name, count in self.synced(outcome)["figures"].items() if count}

    def traffic(self, outcome: SyncOutcome, side: Side) -> Traffic:
        return Traffic(**self.synced(outcome)["traffic"][side.value])

    def entries(self, day: str = DAY) -> dict[str, LedgerEntry]:
        place = self.work().place
        return self.setting.state.sync_ledger.entries("orders", place, day)


def parquet(rows: Sequence[dict[str, Any]]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(rows)), sink)
    return sink.getvalue()


@contextmanager
def sync_bench(
    folder: Path, source: str, target: str, clients: Given, *, rules: SyncRules = RULES
) -> Iterator[SyncBench]:
    """An empty bench; locations are buckets, containers or folders that are there."""
    with workbench(folder, clients=clients) as bench:
        prefix = f"/{secrets.token_hex(4)}"
        yield SyncBench(bench, source + prefix, target + prefix, rules)
