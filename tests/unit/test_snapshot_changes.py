"""What of a listing is known, and what must be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconcile.errors import Incomplete
from reconcile.model.objects import ObjectInfo
from reconcile.model.snapshot import SavedObject, Segment
from reconcile.snapshots.changes import Rewritten, Unchanged, known, stretches
from reconcile.snapshots.segments import is_end, segmented
from tests.unit.snapshot_values import listed, saved, stored


class Earlier:
    """A snapshot whose segments are loaded, and which of them were."""

    def __init__(self, objects: Iterable[SavedObject]) -> None:
        runs = list(segmented(objects))
        self.segments = [stored(run) for run in runs]
        self._runs = dict(zip((one.id for one in self.segments), runs, strict=True))
        self.loaded: list[str] = []

    def load(self, segment: Segment) -> Sequence[SavedObject]:
        self.loaded.append(segment.id)
        return self._runs[segment.id]


def name(number: int) -> str:
    return f"part-{number:06d}"


@cache
def of_tag(name: str, size: int, tag: str) -> SavedObject:
    return saved(name, size, tag=tag)


def numbered(numbers: Iterable[int]) -> list[SavedObject]:
    return [of_tag(name(number), 5, "t") for number in numbers]


def read(item: SavedObject | ObjectInfo) -> SavedObject:
    """What reading a listed object would give."""
    return of_tag(item.name, item.size, item.etag) if isinstance(item, ObjectInfo) else item


def outcome(
    listing: Iterable[ObjectInfo], earlier: Earlier
) -> tuple[list[tuple[SavedObject, ...]], list[str]]:
    """The segments that come out, and the names that must be read."""
    runs: list[tuple[SavedObject, ...]] = []
    unread: list[str] = []
    for stretch in stretches(listing, earlier.segments, earlier.load):
        if isinstance(stretch, Unchanged):
            runs.append(tuple(stretch.objects))
        else:
            unread += [one.name for one in stretch.items if isinstance(one, ObjectInfo)]
            runs.append(tuple(map(read, stretch.items)))
    return runs, unread


def test_a_first_snapshot_reads_everything() -> None:
    listing = listed(*map(name, range(5000)))
    runs, unread = outcome(listing, Earlier([]))
    assert unread == [one.name for one in listing]
    assert runs == list(segmented(numbered(range(5000))))


def test_what_has_not_changed_is_shared_whole() -> None:
    earlier = Earlier(numbered(range(9000)))
    found = list(stretches(listed(*map(name, range(9000))), earlier.segments, earlier.load))
    assert [one.segment for one in found if isinstance(one, Unchanged)] == earlier.segments
    assert len(found) == len(earlier.segments)


def test_one_that_changed_is_read_and_its_neighbours_are_known() -> None:
    earlier = Earlier(numbered(range(9000)))
    listing = listed(*map(name, range(9000)))
    listing[4000] = replace(listing[4000], etag="new")
    found = list(stretches(listing, earlier.segments, earlier.load))
    rewritten = [one for one in found if isinstance(one, Rewritten)]
    assert len(rewritten) == 1
    assert [one for one in rewritten[0].items if isinstance(one, ObjectInfo)] == [listing[4000]]


@pytest.mark.parametrize(
    ("info", "is_known"),
    [
        (ObjectInfo("a", 5, "t"), True),
        (ObjectInfo("a", 5, "t", version="v1"), True),
        (ObjectInfo("a", 5, "t", version="v2"), False),
        (ObjectInfo("a", 6, "t", version="v1"), False),
        (ObjectInfo("a", 5, "u", version="v1"), False),
        (ObjectInfo("b", 5, "t", version="v1"), False),
    ],
)
def test_an_object_is_known_by_name_size_tag_and_version(info: ObjectInfo, is_known: bool) -> None:
    assert known(info, replace(saved("a", 5), version="v1")) is is_known


def test_an_empty_tag_is_never_known() -> None:
    assert not known(ObjectInfo("a", 5, ""), saved("a", 5, tag=""))


def test_segments_that_nothing_is_listed_of_are_not_loaded() -> None:
    earlier = Earlier(numbered(range(20_000)))
    assert outcome(listed("zzz"), earlier) == ([(saved("zzz", 5),)], ["zzz"])
    assert earlier.loaded == []


def test_many_that_are_new_within_one_segment_are_not_held_at_once() -> None:
    asked, passed, most = 0, 0, 0

    def listing() -> Iterator[ObjectInfo]:
        nonlocal asked, most
        for info in listed(name(0), *(f"{name(0)}-{number:05}" for number in range(30_000)), "z"):
            asked += 1
            most = max(most, asked - passed)
            yield info

    earlier = Earlier([saved(name(0), 5), saved("z", 5)])
    for stretch in stretches(listing(), earlier.segments, earlier.load):
        assert isinstance(stretch, Rewritten)
        passed += len(stretch.items)
    assert passed == asked == 30_002
    assert most < 10_000


def test_of_a_name_listed_twice_the_later_counts() -> None:
    listing = [*listed("a", "b"), *listed("b", "c", tag="new")]
    runs, unread = outcome(listing, Earlier([saved("a", 5), saved("b", 5)]))
    assert unread == ["b", "c"]
    assert [one.etag for run in runs for one in run] == ["t", "new", "new"]


def test_a_listing_out_of_order_is_refused() -> None:
    with pytest.raises(Incomplete, match="'a' after 'b'"):
        outcome(listed("b", "a"), Earlier([]))


ENDS = [number for number in range(6000) if is_end(name(number))]
numbers = st.integers(0, 5999) | st.sampled_from([n + step for n in ENDS for step in (0, 1)])


@settings(max_examples=30, deadline=None)
@given(
    st.sets(numbers, max_size=40),
    st.sets(numbers, max_size=40),
    st.sets(numbers, max_size=10),
    st.integers(0, 6000),
)
def test_segments_are_those_of_the_whole_listing_whatever_was_there_before(
    absent_before: set[int], absent_now: set[int], rewritten: set[int], until: int
) -> None:
    """Else snapshots of one content would not share it."""
    earlier = Earlier(numbered(n for n in range(until) if n not in absent_before))
    listing = [
        ObjectInfo(name(n), 5, "new" if n in rewritten else "t")
        for n in range(6000)
        if n not in absent_now
    ]
    runs, unread = outcome(iter(listing), earlier)
    assert runs == list(segmented(map(read, listing)))
    assert set(unread) == {
        name(n)
        for n in set(range(6000)) - absent_now
        if n in rewritten or n in absent_before or n >= until
    }
    assert len(earlier.loaded) == len(set(earlier.loaded))
