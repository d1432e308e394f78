"""What came of a sync's plan, in sums that have to add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from reconcile.errors import Unbalanced
from reconcile.history.sync_plan import Action, PlannedObject

_SHOWN = 3


@dataclass(frozen=True)
class Sum:
    """Some objects and their bytes."""

    objects: int = 0
    bytes: int = 0

    def __add__(self, other: Sum) -> Sum:
        return Sum(self.objects + other.objects, self.bytes + other.bytes)


@dataclass(frozen=True)
class SyncTotals:
    """A plan's objects by what was to be done with them; every action is named.

    Attributes:
        done: Those of which it was done, or of which nothing was to be done.
        undone: The others.
    """

    done: Mapping[Action, Sum]
    undone: Mapping[Action, Sum]

    @classmethod
    def of(
        cls, plan: Sequence[PlannedObject], *, done: Iterable[str], undone: Iterable[str]
    ) -> SyncTotals:
        """The totals of what came of a plan.

        Args:
            plan: All of the window.
            done: Names, as often as they were told.
            undone: Likewise.

        Raises:
            Unbalanced: A planned object came out as neither, as both or several times, or
                something came out that was not planned.
        """
        done, undone = list(done), list(undone)
        _require_each_once([planned.name for planned in plan], [*done, *undone])
        names = frozenset(done)
        return cls(
            done=_sums(planned for planned in plan if planned.name in names),
            undone=_sums(planned for planned in plan if planned.name not in names),
        )

    @property
    def all_done(self) -> Sum:
        """What is done, whatever it was."""
        return sum(self.done.values(), Sum())

    @property
    def all_undone(self) -> Sum:
        """What is not."""
        return sum(self.undone.values(), Sum())


def planned_sums(plan: Sequence[PlannedObject]) -> Mapping[Action, Sum]:
    """A plan's objects and bytes by action; every action is named."""
    return _sums(plan)


def _sums(plan: Iterable[PlannedObject]) -> dict[Action, Sum]:
    objects: Counter[Action] = Counter()
    sizes: Counter[Action] = Counter()
    for planned in plan:
        objects[planned.action] += 1
        sizes[planned.action] += planned.size
    return {action: Sum(objects[action], sizes[action]) for action in Action}


def _require_each_once(planned: Sequence[str], told: Sequence[str]) -> None:
    wanted, found = Counter(planned), Counter(told)
    wrong = sorted(name for name in wanted | found if wanted[name] != found[name])
    if wrong:
        names = ", ".join(f"{name!r} {found[name]} times" for name in wrong[:_SHOWN])
        more = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        raise Unbalanced(
            "the accounts of a sync do not add up",
            found=f"{len(told)} outcomes of {len(planned)} objects: {names}{more}",
            expected="every planned object as done or as undone, once",
            next_step="report it, with the run's artifacts",
        )
