"""What a sync of a window would do: the plan of a run, and the rehearsal of `reconcile sync`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from reconcile.errors import ReconcileError
from reconcile.history.calendar import Calendar
from reconcile.history.sync_plan import Action, Plan, PlannedObject, braked, planned
from reconcile.jobs.setting import Setting
from reconcile.jobs.sync_lanes import both
from reconcile.jobs.sync_work import SyncSide, SyncSides, SyncWork
from reconcile.model.dataset import Dataset
from reconcile.model.discrepancy import Side
from reconcile.model.ledger import LedgerEntry
from reconcile.model.objects import ObjectInfo
from reconcile.model.price import PriceList, sum_of
from reconcile.model.traffic import Traffic
from reconcile.model.window import Window

_NAMES_TOLD = 20


@dataclass(frozen=True)
class WindowPlan:
    """What is done of one window.

    Attributes:
        objects: What is done with each object of either side.
        deletes_stopped: Why nothing is deleted though it should be, in one line.
        origin_objects: How many objects the origin holds.
        shared: Whether other datasets have put theirs at the same place.
    """

    objects: Plan
    deletes_stopped: str | None
    origin_objects: int
    shared: bool

    @property
    def may_be_approved(self) -> bool:
        """Whether somebody's word would let the deletes go that were stopped."""
        return self.deletes_stopped is not None and self.origin_objects > 0 and not self.shared

    def of(self, action: Action) -> tuple[PlannedObject, ...]:
        """The objects of one action."""
        return tuple(one for one in self.objects if one.action is action)


def plan_window(
    work: SyncWork, sides: SyncSides, window: Window, approval: str | None
) -> WindowPlan:
    """Lists both sides of a window and plans what is done with every object. Nothing is written.

    Args:
        work: Of which dataset.
        sides: Both sides of the window.
        window: Which window.
        approval: Why somebody lets more be deleted than the brake does; None is nobody.

    Raises:
        BadInput: The window has not ended.
        NotFound: A bucket, a container or the origin's location is absent.
    """
    Calendar.of(work.dataset).refuse_unended(window, work.setting.now())
    ledger = work.setting.state.sync_ledger.entries(work.dataset.name, work.place, window.name)
    origin, destination = both(
        lambda: _origin_listed(sides.origin),
        lambda: _destination_listed(sides.destination, ledger),
        interrupted=work.stop,
    )
    objects = planned(origin, destination, ledger, deletes=work.rules.deletes)
    shared = _shared(work, objects)
    stopped = shared or braked(
        objects,
        work.rules.brake,
        origin_objects=len(origin),
        destination_objects=len(destination),
        approved=approval is not None,
    )
    return WindowPlan(objects, stopped, len(origin), shared is not None)


def _shared(work: SyncWork, objects: Plan) -> str | None:
    """Why nothing may be deleted where the origin is not all that the destination is made of."""
    others = work.setting.state.sync_ledger.others(work.dataset.name, work.place)
    if not others or not any(one.action is Action.DELETE for one in objects):
        return None
    return f"{', '.join(others)} is synchronised to the same place, and what it holds may be theirs"


def _origin_listed(side: SyncSide) -> dict[str, ObjectInfo]:
    """What the origin holds. Where it holds nothing of the window, it must hold something else."""
    listed = side.listed()
    if not listed:
        side.require_location()
    return listed


def _destination_listed(side: SyncSide, ledger: Mapping[str, LedgerEntry]) -> dict[str, ObjectInfo]:
    """What the destination holds. An inventory does not know yet what syncs have written since."""
    listed = side.listed_if_there()
    if side.inventory is None:
        return listed
    taken_at = side.inventory.taken_at
    since = {
        name: ObjectInfo(
            side.full_name(name), entry.size, entry.destination.etag, entry.destination.version
        )
        for name, entry in ledger.items()
        if entry.destination is not None and entry.recorded_at >= taken_at
    }
    return listed | since


@dataclass(frozen=True)
class PlannedAction:
    """Objects of one window that the same is done with: how many, their bytes, and the first."""

    objects: int
    bytes: int
    names: tuple[str, ...]


@dataclass(frozen=True)
class PlannedSync:
    """What a sync of one window would do.

    Attributes:
        window: Which.
        actions: By what is done.
        deletes_stopped: Why nothing would be deleted though it should be, in one line.
        traffic: Requests, and bytes that would leave each side, as estimated.
        cost: What that would cost; None where there is no price for it.
        error: Why it would not come so far.
    """

    window: Window
    actions: Mapping[Action, PlannedAction]
    deletes_stopped: str | None = None
    traffic: Mapping[Side, Traffic] | None = None
    cost: Decimal | None = None
    error: ReconcileError | None = None

    @property
    def exit_code(self) -> int:
        """0, or what the sync would end with."""
        return 0 if self.error is None else self.error.exit_code

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "window": self.window.name,
            "actions": {action.value: vars(some) for action, some in self.actions.items()},
            "deletes_stopped": self.deletes_stopped,
            "requests": {side.value: one.requests for side, one in (self.traffic or {}).items()},
            "bytes_out": {side.value: one.bytes for side, one in (self.traffic or {}).items()},
            "cost": None if self.cost is None else str(self.cost),
            "error": None if self.error is None else self.error.line(),
        }


def planned_syncs(
    setting: Setting, dataset: Dataset, windows: Sequence[Window], *, approval: str | None = None
) -> tuple[PlannedSync, ...]:
    """Lists both sides of every window. Nothing is written, no window is taken.

    Args:
        setting: Where it would run.
        dataset: The dataset.
        windows: Which, in order.
        approval: Why more may be deleted than the brake lets go; None is nobody's approval.

    Raises:
        BadInput: The dataset is not synchronised, or its sides cannot be opened.
    """
    with SyncWork.open(setting, dataset) as work:
        return tuple(_planned(work, window, approval) for window in windows)


def _planned(work: SyncWork, window: Window, approval: str | None) -> PlannedSync:
    sides = work.sides(window)
    try:
        plan = plan_window(work, sides, window, approval)
    except ReconcileError as error:
        return PlannedSync(window, {}, error=error)
    actions = {
        action: PlannedAction(
            len(some), sum(one.size for one in some), tuple(one.name for one in some[:_NAMES_TOLD])
        )
        for action in Action
        if (some := plan.of(action))
    }
    traffic = _estimated(work, sides, plan)
    return PlannedSync(
        window,
        actions,
        plan.deletes_stopped,
        traffic,
        _cost(work.setting.prices, sides, traffic),
    )


def _estimated(work: SyncWork, sides: SyncSides, plan: WindowPlan) -> dict[Side, Traffic]:
    """What carrying a plan out would take, beside the listings that every sync begins with.

    Nothing goes over a wire to files that lie here.
    """
    origin = destination = Traffic()
    for one in plan.objects:
        parts = -(-one.size // work.rules.part_size)
        match one.action:
            case Action.COPY | Action.REPLACE:
                origin += Traffic(max(1, parts), one.size)
                destination += Traffic(1 if parts <= 1 else parts + 2)
            case Action.PROVE:  # at worst neither side vouches for a checksum
                origin += Traffic(1 + parts, one.size)
                destination += Traffic(1 + parts, one.size)
            case Action.DELETE if plan.deletes_stopped is None:
                destination += Traffic(1)
    return {
        one.side: Traffic() if one.store.traffic is None else traffic
        for one, traffic in ((sides.origin, origin), (sides.destination, destination))
    }


def _cost(
    prices: PriceList | None, sides: SyncSides, traffic: Mapping[Side, Traffic]
) -> Decimal | None:
    costs = []
    for one in (sides.origin, sides.destination):
        if one.store.traffic is None:
            continue  # nothing goes over a wire
        price = None if prices is None else prices.price_at(str(one.location))
        if price is None:
            return None
        costs.append(price.of(traffic[one.side]))
    return sum_of(costs)
