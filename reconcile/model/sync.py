"""Historical sync: what a dataset declares of it.

What is copied lies on one side, its origin, and is copied to the other, its destination: the
dataset's source and target, or the other way round.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from reconcile.model.discrepancy import Side


class OnUnproven(StrEnum):
    """What an object counts as whose copy could be proven neither equal nor different."""

    REFUSE = "refuse"
    ACCEPT = "accept"


@dataclass(frozen=True)
class Gap:
    """Windows that nobody expects, `[start, end)` in days of the calendar, and why."""

    start: date
    end: date
    reason: str


@dataclass(frozen=True)
class Brake:
    """How much may be deleted of a window without somebody's approval.

    Attributes:
        share: Of the objects that the destination holds, 0 to 1.
        objects: And at most so many.
    """

    share: Decimal = Decimal("0.1")
    objects: int = 100


@dataclass(frozen=True)
class Limits:
    """What a sync may ask of one store; all its tasks share it.

    Attributes:
        parallel: Requests at once.
        bytes_per_second: Bandwidth; None is no limit.
        requests_per_second: None is no limit.
    """

    parallel: int = 16
    bytes_per_second: int | None = None
    requests_per_second: float | None = None


@dataclass(frozen=True)
class SyncRules:
    """The `sync:` block of a dataset (`docs/datasets.md`).

    Attributes:
        origin: The side that is copied.
        destination: The side that is made complete.
        schedule: Cron; None is by hand only.
        deletes: Whether what the origin has no more is deleted from the destination.
        brake: How much may be deleted without approval.
        unproven: What an unproven copy counts as.
        server_side: Whether a service may be asked to fetch by itself.
        look_back: How many earlier windows each scheduled run looks at for late data.
        gaps: Windows that are not expected.
        limits: By side.
        inventories: Where a side's inventory lies, instead of listing it.
        part_size: Bytes of a part of what is copied in several.
        slots: Tasks that copy one window.
        pool: Airflow's pool of the copying tasks.
    """

    origin: Side
    destination: Side
    schedule: str | None = None
    deletes: bool = False
    brake: Brake = Brake()
    unproven: OnUnproven = OnUnproven.REFUSE
    server_side: bool = True
    look_back: int = 7
    gaps: tuple[Gap, ...] = ()
    limits: Mapping[Side, Limits] = field(default_factory=dict)
    inventories: Mapping[Side, str] = field(default_factory=dict)
    part_size: int = 16 * 1024**2
    slots: int = 1
    pool: str = "historical_sync"

    def limits_of(self, side: Side) -> Limits:
        """What may be asked of a side's store."""
        return self.limits.get(side, Limits())
