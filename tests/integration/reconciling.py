"""A dataset of two folders, a state and a clock: all that a reconciliation needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from sqlalchemy import create_engine

from reconcile.config.datasets import load_dataset
from reconcile.history.calendar import Calendar
from reconcile.jobs import reconciliation, run_letters, run_report, run_validation
from reconcile.jobs.run_comparison import compare
from reconcile.jobs.running import WindowOutcome, run_window
from reconcile.jobs.setting import Setting
from reconcile.model.dataset import Dataset
from reconcile.model.dead_letter import DeadLetter
from reconcile.model.run import Step
from reconcile.model.window import Window
from reconcile.state.schema import metadata
from reconcile.stores.clients import Clients
from reconcile.stores.opening import ENVIRONMENT

DAY = "2013-01-05"
NOW = datetime(2026, 3, 1, 5, tzinfo=UTC)
PARTITION = "day={window:%Y-%m-%d}"

GOOD = [{"id": i, "v": i / 2, "n": f"name {i}"} for i in range(1, 6)]
DIFFERING = [*GOOD[:2], {"id": 3, "v": 99.0, "n": "name 3"}, GOOD[4]]
"""Against `GOOD`: row 3 with another `v`, row 4 missing."""


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, by: timedelta) -> None:
        self.now += by


@dataclass
class Workbench:
    """A dataset `orders` with a source and a target below one folder.

    Attributes:
        folder: Where everything lies.
        setting: State, artifacts and clock.
        clock: The setting's clock.
        state_url: Of the state.
    """

    folder: Path
    setting: Setting
    clock: Clock
    state_url: str

    def location(self, side: str) -> Path:
        return self.folder / side

    def file(self, side: str, day: str = DAY) -> Path:
        return self.location(side) / f"day={day}" / "part.parquet"

    def write(self, side: str, rows: Sequence[dict[str, Any]] | pa.Table, day: str = DAY) -> Path:
        path = self.file(side, day)
        path.parent.mkdir(parents=True, exist_ok=True)
        table = rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(list(rows))
        pq.write_table(table, path)
        return path

    def dataset(self, **changes: Any) -> Dataset:
        """The dataset as a file says it, with some keys set differently."""
        return dataset_of(self.folder, **changes)

    def window(self, name: str = DAY) -> Window:
        return Calendar.of(self.dataset()).window(name)

    def run(self, day: str = DAY, **changes: Any) -> WindowOutcome:
        return run_window(self.setting, self.dataset(**changes), self.window(day))

    def steps(self, run_id: str, *steps: Step, day: str = DAY, **changes: Any) -> None:
        """Some steps of one run, all unless told."""
        dataset = self.dataset(**changes)
        for step in steps or tuple(Step):
            take(self.setting, dataset, self.window(day), run_id, step)

    def letters(self) -> tuple[DeadLetter, ...]:
        return self.setting.state.dead_letters.list(limit=10_000).letters

    def told(self) -> list[tuple[str, str, str, str]]:
        """Every letter's kind, side, key and status, in order."""
        return sorted(
            (letter.kind.value, letter.side, letter.match_key, letter.status.value)
            for letter in self.letters()
        )


_WORK: dict[Step, Callable[..., Any]] = {
    Step.VALIDATE: run_validation.validate,
    Step.ROUTE: run_letters.route,
    Step.REPORT: run_report.report,
    Step.VERDICT: reconciliation.verdict,
}


def take(setting: Setting, dataset: Dataset, window: Window, run_id: str, step: Step) -> None:
    """One step of a run."""
    if step is Step.PLAN:
        reconciliation.plan(setting, dataset, window, run_id)
    elif step is Step.COMPARE:
        compare(setting, dataset, run_id)
    else:
        _WORK[step](setting, dataset, run_id)


def dataset_of(folder: Path, **changes: Any) -> Dataset:
    """The dataset `orders` below a folder, through the door of dataset files."""
    document = {
        "dataset": "orders",
        "owner": "sales",
        "schedule": "0 5 * * *",
        "timezone": "America/New_York",
        "grain": "day",
        "start": "2013-01-01",
        "source": {"location": str(folder / "source"), "partition": PARTITION},
        "target": {"location": str(folder / "target"), "partition": PARTITION},
        "compare": {"match_key": ["id"]},
    }
    path = folder / "orders.yaml"
    path.write_text(yaml.safe_dump(document | changes))
    return load_dataset(path, environ={})


@contextmanager
def workbench(
    folder: Path, state_url: str | None = None, *, clients: Clients = ENVIRONMENT
) -> Iterator[Workbench]:
    """An empty workbench in a folder, on SQLite unless told."""
    clock, url = Clock(), state_url or f"sqlite:///{folder / 'state.db'}"
    for name in ("source", "target", "spool"):
        (folder / name).mkdir(exist_ok=True)
    environ = {
        "RECONCILE_STATE": url,
        "RECONCILE_ARTIFACTS": str(folder / "artifacts"),
        "RECONCILE_SPOOL": str(folder / "spool"),
    }
    with Setting.open(environ=environ, clients=clients, now=clock, threads=1) as setting:
        yield Workbench(folder, setting, clock, url)


def rows(state_url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of a state database, in a decided order."""
    engine = create_engine(state_url)
    with engine.connect() as connection:
        found = {
            name: sorted((tuple(row) for row in connection.execute(table.select())), key=repr)
            for name, table in metadata.tables.items()
        }
    engine.dispose()
    return found
