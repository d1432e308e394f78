"""The rehearsal of a sync in words: what would be done, asked and paid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from reconcile.model.price import sum_of
from reconcile.report.numbers import bytes_text, cost_text, counted
from reconcile.report.printable import visible

if TYPE_CHECKING:
    from reconcile.jobs.sync_planning import PlannedSync

_NAMES_SHOWN = 5


def total_lines(planned: Sequence[PlannedSync], currency: str) -> list[str]:
    """What would be done with all windows together, and the price where it is known of each."""
    done = [one for one in planned if one.error is None]
    lines = []
    for action in dict.fromkeys(action for one in done for action in one.actions):
        some = [one.actions[action] for one in done if _would(action, one)]
        objects = counted(sum(one.objects for one in some), "object")
        size = bytes_text(sum(one.bytes for one in some))
        lines += [f"in all: would {action} {objects}, {size}"] if some else []
    costs = [one.cost for one in done if one.cost is not None]
    if currency and costs and len(costs) == len(done):
        lines.append(f"in all: about {cost_text(sum_of(costs), currency)}")
    return lines


def plan_lines(planned: PlannedSync, currency: str) -> list[str]:
    """What would be done with one window, the actions first and the price last."""
    if planned.error is not None:
        return []
    name = planned.window.name
    lines = [] if planned.actions else [f"{name}: nothing on either side"]
    for action, some in planned.actions.items():
        word = "would" if _would(action, planned) else "should"
        objects = counted(some.objects, "object")
        lines.append(f"{name}: {word} {action} {objects}, {bytes_text(some.bytes)}")
        if action not in ("keep", "leave"):
            lines += [f"  {visible(each)}" for each in some.names[:_NAMES_SHOWN]]
            more = some.objects - len(some.names[:_NAMES_SHOWN])
            lines += [f"  … {more:,} more"] if more > 0 else []
    if planned.deletes_stopped is not None:
        lines.append(f"{name}: would delete nothing, since {visible(planned.deletes_stopped)}")
    asked = {side: one for side, one in (planned.traffic or {}).items() if one.requests}
    if asked:
        told = (
            f"{counted(one.requests, 'request')} to the {side}, {bytes_text(one.bytes)} from it"
            for side, one in asked.items()
        )
        lines.append(f"{name}: about {'; '.join(told)}")
    if planned.cost is not None and currency:
        lines.append(f"{name}: about {cost_text(planned.cost, currency)}")
    return lines


def _would(action: str, planned: PlannedSync) -> bool:
    """Whether a planned action would be carried out: deletes may be stopped."""
    return action in planned.actions and (action != "delete" or planned.deletes_stopped is None)
