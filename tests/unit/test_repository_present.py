"""A million digests and their sizes: few bytes each, and nothing forgotten."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from hypothesis import given, settings
from hypothesis import strategies as st

from reconcile.repository.digests import ABSENT, Digests

_DIGESTS = st.sampled_from(
    [bytes([first]) * 31 + bytes([last]) for first in (0, 7, 255) for last in range(5)]
)


def _random_digests(count: int) -> Iterator[tuple[bytes, int]]:
    source = random.Random(6)
    for number in range(count):
        yield source.randbytes(32), number


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(st.tuples(_DIGESTS, st.integers(0, 9)))), st.lists(_DIGESTS))
def test_it_is_a_dictionary(batches: list[list[tuple[bytes, int]]], gone: list[bytes]) -> None:
    digests, plain = Digests(), dict[bytes, int]()
    for index, batch in enumerate(batches):
        plain.update(batch)
        if index % 2:
            digests.take(batch)
        else:
            for digest, size in batch:
                digests.put(digest, size)
    for digest in gone:
        digests.remove(digest)
        plain.pop(digest, None)

    assert len(digests) == len(plain)
    for first in (0, 7, 255):
        for last in range(5):
            digest = bytes([first]) * 31 + bytes([last])
            assert digests.size(digest) == plain.get(digest, ABSENT)


def test_a_hundred_thousand_take_a_tenth_of_what_a_dictionary_does() -> None:
    tracemalloc.start()
    try:
        digests = Digests()
        digests.take(_random_digests(100_000))
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert len(digests) == 100_000
    assert held < 6_000_000
    assert peak < 12_000_000


def test_what_is_added_one_by_one_is_packed_as_well() -> None:
    tracemalloc.start()
    try:
        digests = Digests()
        for digest, size in _random_digests(30_000):
            digests.put(digest, size)
        len(digests)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert held < 2_500_000


def test_threads_add_and_look_at_once() -> None:
    digests = Digests()
    shares = [[(bytes([9, thread]) + n.to_bytes(30), n) for n in range(600)] for thread in range(8)]

    def work(share: list[tuple[bytes, int]]) -> bool:
        for digest, size in share:
            digests.put(digest, size)
            if digests.size(digest) != size:
                return False
        return all(digests.size(digest) == size for digest, size in share)

    with ThreadPoolExecutor(8) as several:
        assert all(several.map(work, shares))
    assert len(digests) == 4_800
