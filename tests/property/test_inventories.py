"""The join of two inventories argues with a dictionary, over names of every kind."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from reconcile.engines.inventories import InventoryJoin, InventoryObjects
from reconcile.model.objects import ObjectInfo
from tests.inventories import Delivered, Row, azure_inventory, files_of, s3_inventory

CRCS = ("AAAAAAAAAAE=", "rosUhgp5mIg=")
MD5S = ("0" * 32, "5d41402abc4b2a76b9719d911017c592")
KINDS: tuple[Callable[..., Delivered], ...] = (
    lambda rows: s3_inventory(rows, form="CSV", files=2),
    lambda rows: s3_inventory(rows, form="Parquet"),
    lambda rows: azure_inventory(rows, form="Csv", files=2),
    lambda rows: azure_inventory(rows, form="Parquet"),
)

letters = st.one_of(
    st.sampled_from("aA/é%+ \"',;\\\n\r\t=.~#?&\u0301\u00e9\ufeff\uffff😀\U0010ffff\0"),
    st.characters(exclude_categories=["Cs"]),
)
names = st.text(letters, min_size=1, max_size=8)


@st.composite
def listings(draw: st.DrawFn) -> tuple[list[Row], list[Row]]:
    """Two sides that have many names in common."""
    known = draw(st.lists(names, unique=True, max_size=8))

    def side() -> list[Row]:
        return [
            Row(
                name,
                size=draw(st.integers(0, 2)),
                etag=draw(st.sampled_from(MD5S)),
                multipart=draw(st.booleans()),
                crc64=draw(st.sampled_from((None, *CRCS))),
            )
            for name in draw(st.permutations(known))
            if draw(st.integers(0, 3))
        ]

    return side(), side()


def is_object(row: Row) -> bool:
    return not (row.size == 0 and row.name.endswith("/"))


def vouched(row: Row, kind: int) -> dict[str, str]:
    """What the service that wrote a row says of its bytes."""
    if kind >= 2:
        return {} if row.crc64 is None else {"crc64nvme": row.crc64}
    return {} if row.multipart or row.etag is None else {"md5": row.etag}


def outcome(ours: Row | None, theirs: Row | None, kinds: tuple[int, int]) -> str:
    if ours is None or theirs is None:
        return "missing_in_source" if ours is None else "missing_in_target"
    one, other = vouched(ours, kinds[0]), vouched(theirs, kinds[1])
    shared = one.keys() & other.keys()
    if ours.size != theirs.size or any(one[name] != other[name] for name in shared):
        return "different"
    return "equal" if shared or ours.size == 0 else "unproven"


two_kinds = st.tuples(*[st.integers(0, len(KINDS) - 1)] * 2)


@given(listings(), two_kinds)
def test_the_join_says_what_a_dictionary_says(
    sides: tuple[list[Row], list[Row]], kinds: tuple[int, int]
) -> None:
    ours, theirs = ({row.name: row for row in side if is_object(row)} for side in sides)
    expected = {
        name: outcome(ours.get(name), theirs.get(name), kinds) for name in {**ours, **theirs}
    }
    with tempfile.TemporaryDirectory() as place:
        files = [
            files_of(KINDS[kind](side), Path(place, str(number)), container="data")
            for number, (kind, side) in enumerate(zip(kinds, sides, strict=True))
        ]
        with InventoryJoin(*files, workspace=Path(place, "engine"), threads=1) as found:
            comparison, differences = found.comparison(), list(found.differences())
    others = sorted((name for name in expected if expected[name] != "equal"), key=str.encode)
    assert [one.name for one in differences] == others
    assert {one.name: one.outcome for one in differences} == {n: expected[n] for n in others}
    assert comparison.proven.objects == len(expected) - len(others)
    for told, side in zip(comparison.listed.values(), (ours, theirs), strict=True):
        assert (told.objects, told.bytes) == (len(side), sum(row.size for row in side.values()))


@settings(max_examples=settings.default.max_examples // 4)
@given(st.lists(names, unique=True, max_size=10), names | st.just(""), st.integers(0, 3))
def test_a_prefix_gives_what_begins_with_it_in_utf8_order(
    every: list[str], prefix: str, kind: int
) -> None:
    rows = [Row(name, size=1) for name in every]
    with tempfile.TemporaryDirectory() as place:
        files = files_of(KINDS[kind](rows), Path(place, "bucket"), container="data")
        with InventoryObjects(files, workspace=Path(place, "engine"), threads=1) as objects:
            found: list[ObjectInfo] = list(objects.objects(prefix))
    expected = sorted((name for name in every if name.startswith(prefix)), key=str.encode)
    assert [info.name for info in found] == expected
