"""What became of a plan's objects: every account of it balances, or says so."""

from __future__ import annotations

import pytest

from reconcile.errors import Unbalanced
from reconcile.history.sync_plan import planned
from reconcile.jobs.sync_outcome import Became, Outcome, figures, require_balance
from reconcile.model.objects import ObjectInfo
from reconcile.stores.proof import Way

A, B = ObjectInfo("a", 5, "1"), ObjectInfo("b", 7, "2")
PLAN = planned({"a": A, "b": B}, {"b": B, "c": ObjectInfo("c", 9, "3")}, {}, deletes=False)
COPIED = Outcome("a", Became.COPIED, 5, way=Way.STREAMED, etag="9")
PROVED = Outcome("b", Became.PROVED, 7, way=Way.READ, etag="2")
LEFT = Outcome("c", Became.LEFT, 9)


def test_every_object_once_balances() -> None:
    require_balance(PLAN, [LEFT, PROVED, COPIED])


@pytest.mark.parametrize(
    "outcomes",
    [
        [COPIED, PROVED],
        [COPIED, PROVED, LEFT, LEFT],
        [COPIED, PROVED, LEFT, Outcome("d", Became.COPIED, 1)],
        [COPIED, PROVED, Outcome("c", Became.COPIED, 9)],
        [Outcome("a", Became.DELETED, 5), PROVED, LEFT],
        [],
    ],
    ids=["forgotten", "twice", "unplanned", "extra and copied", "wanted and deleted", "nothing"],
)
def test_what_does_not_balance_is_an_error(outcomes: list[Outcome]) -> None:
    with pytest.raises(Unbalanced, match="do not add up"):
        require_balance(PLAN, outcomes)


def test_figures_count_what_the_origin_holds() -> None:
    found = {name: count for name, count in figures([COPIED, PROVED, LEFT]).items() if count}
    assert found == {
        "objects": 2,
        "bytes": 12,
        "written_bytes": 5,
        "copied": 1,
        "proved": 1,
        "left": 1,
        "streamed": 1,
        "compared": 1,
    }


@pytest.mark.parametrize("outcome", [COPIED, LEFT, Outcome("x", Became.ABSENT, 1, reason="why")])
def test_an_outcome_is_read_back(outcome: Outcome) -> None:
    assert Outcome.from_json(outcome.to_json()) == outcome
