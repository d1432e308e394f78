"""Runs of objects that snapshots share, and their bytes, also when somebody else made them."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconcile.errors import BadInput, Damaged
from reconcile.model.snapshot import Chunk, SavedObject
from reconcile.snapshots.names import names_problem
from reconcile.snapshots.segments import (
    MOST_BYTES,
    MOST_OBJECTS,
    decode,
    encode,
    has_ended,
    is_end,
    opened,
    segmented,
)
from tests.unit.snapshot_values import digest, saved, stored

FEW = (
    saved("a"),
    saved("b/ü", 5),
    replace(saved("c", 16, 16, 3), version="v1", rows=7, schema="f" * 64),
    replace(saved("d", 1), etag="", version="\n\0"),
)
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(
    lambda name: names_problem((name,)) is None
)
objects = st.builds(
    lambda name, sizes, version, rows: replace(saved(name, *sizes), version=version, rows=rows),
    names,
    st.lists(st.integers(1, 2**40), max_size=3),
    st.none() | st.text('ab\\u"d8', max_size=9),
    st.none() | st.integers(0, 2**62),
)


def numbered(count: int) -> list[SavedObject]:
    return [saved(f"part-{number:07d}", 5) for number in range(count)]


def test_what_was_written_is_read() -> None:
    assert decode(encode(FEW)) == FEW


@settings(max_examples=100, deadline=None)
@given(st.lists(objects, min_size=1, max_size=8, unique_by=lambda one: one.name))
def test_any_objects_come_back_as_they_were(found: list[SavedObject]) -> None:
    found.sort(key=lambda one: one.name.encode())
    assert decode(encode(found)) == tuple(found)
    assert encode(found) == encode(list(decode(encode(found))))


def test_an_insertion_changes_one_segment() -> None:
    before = numbered(12_000)
    after = sorted([*before, saved("part-0005000a", 5)], key=lambda one: one.name)
    old, new = set(segmented(before)), set(segmented(after))
    assert len(old) > 5
    assert len(new - old) <= 2


def test_segments_are_neither_huge_nor_many() -> None:
    one = saved("x", 5)
    many = (replace(one, name=f"part-{number:07d}") for number in range(50_000))
    lengths = [len(run) for run in segmented(many)]
    assert sum(lengths) == 50_000
    assert max(lengths) <= MOST_OBJECTS
    assert 25 < len(lengths) < 100


def test_very_large_objects_make_short_segments() -> None:
    vast = [saved(name, MOST_BYTES // 2) for name in "abc"]
    assert [len(run) for run in segmented(vast)] == [2, 1]


def test_a_segment_has_ended_where_nothing_more_would_be_put_in_it() -> None:
    *runs, last = segmented(numbered(6000))
    assert all(has_ended(stored(run)) for run in runs)
    assert has_ended(stored(last)) == is_end(last[-1].name)


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        [saved("b"), saved("a")],
        [saved("a"), saved("a")],
        [saved("../a")],
        [replace(saved("a", 5), size=6)],
        [replace(saved("a", 5, 5), size=9)],
        [replace(saved("a"), size=6)],
        [replace(saved("a"), chunks=(Chunk("0" * 64, 0),))],
    ],
    ids=["none", "order", "twice", "climbs", "one chunk", "chunks", "no chunk", "empty chunk"],
)
def test_what_could_not_be_read_again_is_not_written(wrong: list[SavedObject]) -> None:
    with pytest.raises(BadInput, match="cannot be a segment"):
        encode(wrong)


def forged(change: Callable[[dict[str, Any]], Any], *, digests: bytes | None = None) -> bytes:
    """The bytes of `FEW` with another table."""
    data = encode(FEW)
    end = 14 + int.from_bytes(data[10:14], "big")
    table = json.loads(zlib.decompress(data[14:end]))
    change(table)
    return framed(json.dumps(table).encode(), data[end:] if digests is None else digests)


def framed(table: bytes, digests: bytes = b"") -> bytes:
    packed = zlib.compress(table)
    return b"segment 1\n" + len(packed).to_bytes(4, "big") + packed + digests


def put(column: str, place: int, value: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda table: table[column].__setitem__(place, value)


@pytest.mark.parametrize(
    "change",
    [
        put("names", 1, "a/../../etc/passwd"),
        put("names", 1, "/etc/passwd"),
        put("names", 1, "..\\x"),
        put("names", 1, "a"),
        put("names", 1, "\ud800"),
        put("names", 1, 7),
        put("etags", 0, "\udfff"),
        put("etags", 0, None),
        put("sizes", 0, -1),
        put("sizes", 1, 2**64),
        put("sizes", 0, 1.0),
        put("sizes", 0, True),
        put("sizes", 0, 3),
        put("sizes", 1, 0),
        put("chunks", 2, 2**62),
        put("chunks", 1, 2),
        put("chunk_sizes", 0, 17),
        put("chunk_sizes", 0, 0),
        put("rows", 2, -1),
        put("rows", 2, "many"),
        put("versions", 2, 1),
        lambda table: table["chunk_sizes"].append(1),
        lambda table: table["names"].pop(),
        lambda table: table.update(names=[], sizes=[]),
        lambda table: table.update(names={"all": "a"}),
        lambda table: table.update(sizes={"all": [5]}),
        lambda table: table.update(sizes="5555"),
        lambda table: table.update(more=1),
        lambda table: table.pop("rows"),
    ],
)
def test_a_forged_table_is_damage(change: Callable[[dict[str, Any]], Any]) -> None:
    assert decode(forged(lambda table: None)) == FEW
    with pytest.raises(Damaged, match="is not what was stored there"):
        decode(forged(change))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"segment 1\n",
        b"segment 2\n" + encode(FEW)[10:],
        encode(FEW)[:-1],
        encode(FEW) + b"\0" * 32,
        encode(FEW)[:40],
        b"segment 1\n\xff\xff\xff\xff" + encode(FEW)[14:],
        framed(b"["),
        framed(b"[" * 100_000),
        framed(b"[]"),
        framed(b'{"names": NaN}'),
        framed(b'{"names": ["a"], "names": ["a"]}'),
        framed(b"\xff"),
        framed(b"1" * 5000),
        framed(b" " * (64 * 1024**2)),
    ],
    ids=range(15),
)
def test_what_is_no_segment_is_damage(data: bytes) -> None:
    with pytest.raises(Damaged, match="is not what was stored there"):
        decode(data)


def test_a_table_of_brackets_is_not_even_parsed() -> None:
    with pytest.raises(Damaged, match="made of brackets"):
        decode(framed(b"[" + b"[]," * 2_000_000 + b"0]"))


def test_what_lies_behind_a_table_is_not_passed_over() -> None:
    data = encode(FEW)
    end = 14 + int.from_bytes(data[10:14], "big")
    more = (end - 14 + 4).to_bytes(4, "big")
    with pytest.raises(Damaged, match="a table of another length"):
        decode(data[:10] + more + data[14:end] + b"more" + data[end:])


@pytest.mark.parametrize("size", [0, 2**63])
def test_objects_of_one_chunk_are_looked_at_as_well(size: int) -> None:
    data = encode([saved("a", 5), saved("b", 7)])
    end = 14 + int.from_bytes(data[10:14], "big")
    table = json.loads(zlib.decompress(data[14:end]))
    table["sizes"][0] = size
    with pytest.raises(Damaged):
        decode(framed(json.dumps(table).encode(), data[end:]))


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(encode(FEW)) - 1), st.integers(1, 255))
def test_a_byte_that_turned_never_gives_another_name_or_size_silently(
    place: int, turned: int
) -> None:
    data = bytearray(encode(FEW))
    data[place] ^= turned
    try:
        found = decode(bytes(data))
    except Damaged:
        return
    assert [(one.name, one.size) for one in found] == [(one.name, one.size) for one in FEW]


def test_a_segment_is_what_its_manifest_says() -> None:
    segment = stored(FEW)
    assert opened(segment, encode(FEW)) == FEW
    assert segment.id == digest(encode(FEW))
    with pytest.raises(Damaged, match="does not hold what the manifest says"):
        opened(replace(segment, bytes=segment.bytes + 1), encode(FEW))
