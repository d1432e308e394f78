"""Which slot gets which file."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile.comparison.dealing import PlacedFile, dealt
from reconcile.model.discrepancy import Side
from reconcile.model.rules import ColumnRule, CompareRules, Normalization

FOLDED = ColumnRule(normalize=(Normalization.CASEFOLD,))
RULES = CompareRules(match_key=("id", "carrier"))


def placed(*values: str | None, column: str = "carrier", size: int = 1) -> list[PlacedFile]:
    return [PlacedFile({column: value}, size) for value in values]


def slots_of(
    source: Sequence[PlacedFile],
    target: Sequence[PlacedFile],
    *,
    rules: CompareRules = RULES,
    slots: int = 2,
) -> list[list[int]] | None:
    found = dealt({Side.SOURCE: source, Side.TARGET: target}, rules, slots)
    return None if found is None else [list(found[Side.SOURCE]), list(found[Side.TARGET])]


def test_files_of_one_folder_value_go_to_one_slot_on_both_sides() -> None:
    source, target = placed("AA", "AA", "UA", None), placed("UA", None, "AA", "B6")
    (of_source, of_target) = slots_of(source, target) or [[], []]
    assert of_source[0] == of_source[1] == of_target[2]
    assert of_source[2] == of_target[0]
    assert of_source[3] == of_target[1]


def test_slots_are_balanced_by_size() -> None:
    source = [
        PlacedFile({"carrier": name}, size)
        for name, size in zip("abcde", (70, 30, 20, 10, 10), strict=True)
    ]
    assert slots_of(source, []) == [[0, 1, 1, 1, 1], []]


@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 100)), min_size=1),
    st.integers(1, 5),
)
def test_no_slot_has_more_than_its_part_and_one_unit(
    files: list[tuple[str, int]], slots: int
) -> None:
    source = [PlacedFile({"carrier": name}, size) for name, size in files]
    found = slots_of(source, source, slots=slots)
    if len({name for name, _ in files}) < 2:
        assert found is None
        return
    assert found is not None
    assert found[0] == found[1]
    assert set(found[0]) <= set(range(slots))
    loads = [
        sum(2 * size for (_, size), slot in zip(files, found[0], strict=True) if slot == s)
        for s in range(slots)
    ]
    largest = max(sum(2 * size for name, size in files if name == one) for one in "abcdef")
    assert max(loads) <= sum(loads) / slots + largest


def test_a_renamed_folder_is_the_source_s_column() -> None:
    rules = CompareRules(match_key=("carrier",), rename={"airline": "carrier"})
    found = slots_of(placed("AA", "UA"), placed("UA", "AA", column="airline"), rules=rules)
    assert found == [[0, 1], [1, 0]]


@pytest.mark.parametrize(
    ("source", "target", "rules"),
    [
        (placed("AA", "UA"), [*placed("AA"), PlacedFile({}, 1)], RULES),
        (placed("AA", "AA"), placed("AA"), RULES),
        (placed("AA", "UA"), placed("AA"), CompareRules(match_key=("id",))),
        (placed("5", "6"), placed("05", "6"), RULES),
        (
            placed("AA", "UA"),
            placed("aa", "UA"),
            CompareRules(
                ("carrier",), columns={"carrier": ColumnRule(normalize=(Normalization.CASEFOLD,))}
            ),
        ),
        (
            placed("5", "6"),
            placed("5", "6"),
            CompareRules(("carrier",), columns={"carrier": ColumnRule(cast="string")}),
        ),
    ],
    ids=[
        "a file elsewhere",
        "one value",
        "not in the key",
        "numbers against text",
        "normalized",
        "cast",
    ],
)
def test_places_that_do_not_say_which_keys_a_file_holds(
    source: list[PlacedFile], target: list[PlacedFile], rules: CompareRules
) -> None:
    assert slots_of(source, target, rules=rules) is None
