"""What became of the objects of a sync: each ends as exactly one thing, and the sums balance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from reconcile.errors import Unbalanced
from reconcile.history.sync_plan import Action, PlannedObject
from reconcile.model.ledger import Equality
from reconcile.stores.proof import Way


class Became(StrEnum):
    """What an object of the plan has become."""

    KEPT = "kept"
    PROVED = "proved"
    COPIED = "copied"
    REPLACED = "replaced"
    ACCEPTED = "accepted"
    ABSENT = "absent"
    DIFFERENT = "different"
    UNPROVEN = "unproven"
    DELETED = "deleted"
    LEFT = "left"


_EXTRA = (Became.DELETED, Became.LEFT)
"""What only objects become that the origin does not hold."""
UNDONE = (Became.ABSENT, Became.DIFFERENT, Became.UNPROVEN)


@dataclass(frozen=True)
class Outcome:
    """What became of one object.

    Attributes:
        name: Below the window's partition.
        became: What.
        size: Bytes, at the origin; of one that it does not hold, at the destination.
        way: How it was proven in this run, if it was.
        etag: The tag at the destination of what is done.
        reason: Why it is not done, in one line.
    """

    name: str
    became: Became
    size: int
    way: Way | None = None
    etag: str | None = None
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {name: value for name, value in vars(self).items() if value not in (None, "")}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Outcome:
        """Read back."""
        way = document.get("way")
        return cls(
            **{
                **document,
                "became": Became(document["became"]),
                "way": None if way is None else Way(way),
            }
        )


UNDONE_AS = {
    Equality.ABSENT: Became.ABSENT,
    Equality.DIFFERENT: Became.DIFFERENT,
    Equality.UNPROVEN: Became.UNPROVEN,
}


def figures(outcomes: Iterable[Outcome]) -> dict[str, int]:
    """Counts and bytes of some outcomes, by the names that reports use."""
    outcomes = tuple(outcomes)
    counts = Counter(outcome.became.value for outcome in outcomes)
    ways = Counter(outcome.way for outcome in outcomes)
    ours = [outcome for outcome in outcomes if outcome.became not in _EXTRA]
    written = (Became.COPIED, Became.REPLACED)
    return {
        **{became.value: counts[became.value] for became in Became},
        "objects": len(ours),
        "bytes": sum(outcome.size for outcome in ours),
        "written_bytes": sum(o.size for o in outcomes if o.became in written),
        "streamed": ways[Way.STREAMED],
        "server_side": ways[Way.SERVER_SIDE],
        "compared": ways[Way.READ],
    }


def require_balance(plan: Sequence[PlannedObject], outcomes: Sequence[Outcome]) -> None:
    """Passes where every planned object has exactly one outcome, of a kind that it can have.

    Raises:
        Unbalanced: It is not so.
    """
    planned = Counter(one.name for one in plan)
    ended = Counter(outcome.name for outcome in outcomes)
    extra = {one.name for one in plan if one.action in (Action.DELETE, Action.LEAVE)}
    strange = [o.name for o in outcomes if (o.became in _EXTRA) != (o.name in extra)]
    if planned != ended or strange:
        wrong = sorted((planned - ended).keys() | (ended - planned).keys() | set(strange))
        raise Unbalanced(
            "the accounts of a sync do not add up",
            found=f"{len(outcomes)} outcomes of {len(plan)} planned objects; {wrong[0]!r} differs",
            expected="one outcome for each",
            next_step="report it: this is a defect of the program",
        )
