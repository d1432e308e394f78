"""Two who write the same object at once: one does, and the other knows.

That conditional writes are one step is enforced by the fault proxy before S3, and by Azurite.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from reconcile.errors import (
    AlreadyExists,
    Changed,
    ReconcileError,
)
from reconcile.stores.proof import Copied
from tests.fault_proxy import (
    Before,
    Fault,
    Match,
)
from tests.faults.routes import (
    SIZES,
    TO_A_WIRE,
    Route,
    copied,
    require_proven,
)


@pytest.mark.parametrize("route", TO_A_WIRE, indirect=True)
@pytest.mark.parametrize("size", SIZES)
def test_of_two_who_create_at_once_exactly_one_does(route: Route, size: str) -> None:
    contents = {"a": SIZES[size], "b": SIZES[size][::-1]}
    results = created_at_once(route, size, contents)
    [won] = [name for name, result in results.items() if isinstance(result, Copied)]
    require_proven(route, results[won], contents[won])


@pytest.mark.parametrize("route", TO_A_WIRE, indirect=True)
@pytest.mark.parametrize("size", SIZES)
def test_who_comes_second_finds_the_same_bytes(route: Route, size: str) -> None:
    data = SIZES[size]
    for result in created_at_once(route, size, {"a": data, "b": data}).values():
        require_proven(route, result, data)


def created_at_once(
    route: Route, size: str, contents: Mapping[str, bytes]
) -> dict[str, Copied | ReconcileError]:
    """What two came to who made the same object, of these contents, one of whom the store took."""
    pinned = {name: route.given(data, name) for name, data in contents.items()}
    step = route.visible_by(SIZES[size])
    both_there = Barrier(2, timeout=30)
    route.destination.wire.script.add(Fault(Match(step), Before(both_there.wait), times=2))

    def copy(name: str) -> Copied | ReconcileError:
        try:
            return copied(route.copier(), pinned[name])
        except (AlreadyExists, Changed) as error:
            return error

    with ThreadPoolExecutor(2) as pool:
        results = dict(zip("ab", pool.map(copy, "ab"), strict=True))
    assert route.destination.wire.log.count(step) == 2
    accepted = [s for s in route.destination.wire.log.statuses(step) if s in (200, 201)]
    assert len(accepted) == 1
    return results


@pytest.mark.parametrize("route", TO_A_WIRE, indirect=True)
@pytest.mark.parametrize("size", SIZES)
def test_what_should_be_replaced_was_replaced_by_another(route: Route, size: str) -> None:
    data, truth = SIZES[size], route.destination.truth
    pinned, there = route.given(data), truth.put("k", b"old")
    step = route.visible_by(SIZES[size])
    route.destination.wire.script.add(
        Fault(Match(step), Before(lambda: truth.put("k", b"somebody else's")))
    )
    with pytest.raises(Changed):
        route.copier().copy(pinned, "k", replaces=there.etag)
    assert route.written() == b"somebody else's"
