"""Which objects pair off: the same bytes, in the same folders, by a checksum that proves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from reconcile.comparison.dealing import PlacedFile
from reconcile.comparison.pairing import bytes_decide, of_one_size, same_bytes
from reconcile.model.discrepancy import Side
from reconcile.model.rules import ColumnRule, CompareRules, Normalization


def file(size: int = 1, day: str | None = "1", **checksums: str) -> PlacedFile:
    return PlacedFile({} if day is None else {"day": day}, size, checksums)


def paired(source: list[PlacedFile], target: list[PlacedFile]) -> tuple[set[int], set[int]]:
    found = same_bytes({Side.SOURCE: source, Side.TARGET: target})
    return set(found[Side.SOURCE]), set(found[Side.TARGET])


@pytest.mark.parametrize(
    ("ours", "theirs", "pairs"),
    [
        ({"crc64nvme": "a"}, {"crc64nvme": "a"}, True),
        ({"crc64nvme": "a"}, {"crc64nvme": "b"}, False),
        ({"crc64nvme": "a"}, {"sha256": "a"}, False),
        ({"crc32": "a"}, {"crc32": "a"}, False),
        ({"crc32c": "a"}, {"crc32c": "a"}, False),
        ({"md5": "a"}, {"md5": "a"}, False),
        ({}, {}, False),
        ({"crc32": "a", "sha256": "s"}, {"crc64nvme": "a", "sha256": "s"}, True),
    ],
)
def test_only_one_checksum_of_both_proves(
    ours: Mapping[str, str], theirs: Mapping[str, str], pairs: bool
) -> None:
    found = paired([file(**ours)], [file(**theirs)])
    assert found == (({0}, {0}) if pairs else (set(), set()))


def test_other_sizes_and_folders_are_other_rows() -> None:
    same = {"crc64nvme": "a"}
    others = [file(2, **same), file(1, "2", **same), file(1, None, **same)]
    assert paired([file(1, **same)], others) == (set(), set())


def test_as_many_pair_off_as_both_have() -> None:
    same = file(crc64nvme="a")
    source, target = paired([same] * 3, [file(crc64nvme="b"), same, same])
    assert (len(source), target) == (2, {1, 2})


def test_candidates_are_of_one_size_in_one_folder() -> None:
    sides: dict[Side, list[Any]] = {
        Side.SOURCE: [file(1), file(2), file(3, "2")],
        Side.TARGET: [file(2), file(3)],
    }
    found = of_one_size(sides)
    assert (set(found[Side.SOURCE]), set(found[Side.TARGET])) == ({1}, {0})


@pytest.mark.parametrize(
    ("rules", "decide"),
    [
        (CompareRules(("id",)), True),
        (CompareRules(("id",), exclude=("a",)), True),
        (CompareRules(("id",), columns={"a": ColumnRule(cast="int64")}), True),
        (CompareRules(("id",), columns={"id": ColumnRule(cast="int64")}), False),
        (CompareRules(("id",), columns={"a": ColumnRule(map={"x": "y"})}), False),
        (CompareRules(("id",), rename={"a": "b"}), False),
        (CompareRules(("id",), assume_timezone="UTC"), False),
        (CompareRules(("id",), columns={"a": ColumnRule(normalize=(Normalization.TRIM,))}), True),
    ],
)
def test_same_bytes_are_equal_rows_where_no_rule_tells_the_sides_apart(
    rules: CompareRules, decide: bool
) -> None:
    assert bytes_decide(rules) is decide
