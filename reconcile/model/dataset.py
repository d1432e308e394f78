"""A dataset: a declared pair of sides with its rules, as one YAML file says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from reconcile.model.expectation import Expectation
from reconcile.model.notice import Recipient
from reconcile.model.rules import CompareRules
from reconcile.model.snapshot import SnapshotRules
from reconcile.model.strategy import Strategy
from reconcile.model.sync import SyncRules
from reconcile.model.window import Grain


class OnBreach(StrEnum):
    """Whether a breached run ends failed."""

    FAIL = "fail"
    WARN = "warn"


@dataclass(frozen=True)
class DatasetSide:
    """Where one side lies.

    Attributes:
        location: Of the whole side.
        partition: Template of a window's path below it.
        connection: Who signs in.
        asset: What Airflow's Asset of the side is called, where it has a name of its own.
    """

    location: str
    partition: str | None = None
    connection: str | None = None
    asset: str | None = None


@dataclass(frozen=True)
class Ready:
    """When a window's partition counts as whole: a marker object, or quiet time."""

    marker: str | None = None
    quiet_for: timedelta | None = None
    timeout: timedelta = timedelta(hours=6)


@dataclass(frozen=True)
class Dataset:
    """One declared dataset; the fields are the keys of its file (`docs/datasets.md`)."""

    name: str
    source: DatasetSide
    target: DatasetSide
    compare: CompareRules
    schedule: str
    timezone: str
    grain: Grain
    start: date
    end: date | None = None
    description: str = ""
    owner: str = ""
    ready: Ready | None = None
    expectations: tuple[Expectation, ...] = ()
    on_breach: OnBreach = OnBreach.FAIL
    on_arrival: bool = False
    notify: tuple[Recipient, ...] = ()
    slots: int = 1
    pool: str = "default_pool"
    queue: str | None = None
    strategy: Strategy = Strategy.AUTO
    max_dead_letters: int = 1_000_000
    pii: tuple[str, ...] = ()
    sync: SyncRules | None = None
    snapshot: SnapshotRules | None = None
    reserved: Mapping[str, Any] = field(default_factory=dict)
    path: str = ""
