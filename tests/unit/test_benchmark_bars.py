"""What the bars say of figures."""

from __future__ import annotations

from typing import Any

from benchmarks.bars import BARS, Bar, broken, markdown, measured
from benchmarks.contenders import BY_HAND, CONTENDERS, OURS
from benchmarks.measuring import Measurement
from benchmarks.pairs import PAIRS
from benchmarks.shapes import Growth


def _document(ours: float, by_hand: float) -> dict[str, Any]:
    def rounds(wall: float) -> list[dict[str, float]]:
        return [{"wall": one, "cpu": 1.0, "memory": 1e9} for one in (wall, wall, 100 * wall)]

    walls = {OURS.name: rounds(ours), BY_HAND.name: rounds(by_hand)}
    return {"pairs": {"lineitem": {"rounds": walls}}}


def _to_by_hand(*, at_most: float, held: bool) -> Bar:
    (figure,) = {bar.figure for bar in BARS if bar.work == "wall to the full join by hand"}
    return Bar("wall to the full join by hand", figure, at_most, held=held)


def test_a_ratio_is_of_medians_and_one_that_was_not_measured_is_neither_met_nor_broken() -> None:
    found = measured(BARS, {"latest": _document(1.0, 2.0)})
    told = {result.bar.work: result for result in found}
    assert told["wall to the full join by hand"].found == 0.5
    assert told["wall to the full join by hand"].met
    assert told["wall to datacompy"].found is None
    assert not told["wall to datacompy"].met
    assert "| wall to datacompy | 0.03 | not measured |  |" in markdown(found)


def test_only_a_bar_that_is_held_can_be_broken() -> None:
    documents = {"latest": _document(3.0, 2.0)}
    missed = _to_by_hand(at_most=1.1, held=False)
    held = _to_by_hand(at_most=1.1, held=True)
    cleared = _to_by_hand(at_most=1.5, held=True)
    assert broken(measured([missed, held, cleared], documents), "latest") == [held]
    assert broken(measured([held], documents), "over-the-wire") == []
    assert broken(measured([held], {}), "latest") == []


def test_every_pair_that_is_for_some_contenders_names_ones_that_there_are() -> None:
    names = {contender.name for contender in CONTENDERS}
    assert {name for pair in PAIRS for name in pair.only} <= names


def test_growth_is_one_where_ten_times_as_much_costs_ten_times_as_much() -> None:
    def cost(wall: float) -> Measurement:
        return Measurement(wall, wall, 1)

    assert Growth(cost(0.5), cost(1.5), cost(10.5)).to_linear("wall") == 1
    assert Growth(cost(0.5), cost(1.5), cost(20.5)).to_linear("cpu") == 2
    assert Growth(cost(0.5), cost(0.5), cost(0.5)).to_linear("wall") == 0
