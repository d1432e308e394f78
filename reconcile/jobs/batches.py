"""Batches: parts of a comparison that share no match key, fetched one ahead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from reconcile.comparison.dealing import Unit, units_of
from reconcile.jobs.proving import Names, Sides, every_object
from reconcile.model.discrepancy import Side
from reconcile.model.rules import CompareRules

T = TypeVar("T")
F = TypeVar("F")

BATCH_BYTES = 256 * 1024**2
"""Bytes of both sides that are fetched at a time, where folders keep match keys apart; at most two
batches lie in the spool at once."""

Units = Mapping[Side, Mapping[str, Unit]]
"""The unit of every object, by its name."""


def units(sides: Sides, rules: CompareRules) -> Units | None:
    """The unit of every object; None where their places do not keep match keys apart."""
    names = every_object(sides)
    found = units_of({side: one.placed(names[side]) for side, one in sides.items()}, rules)
    if found is None:
        return None
    return {side: dict(zip(names[side], found[side], strict=True)) for side in sides}


def bytes_to_fetch(sides: Sides, names: Names) -> int:
    """Bytes that have to come over the wire for some objects."""
    return sum(
        one.objects[name].size
        for side, one in sides.items()
        if not one.lies_here
        for name in names[side]
    )


def cut(sides: Sides, names: Names, apart: Units | None) -> list[dict[Side, list[str]]]:
    """Some objects in batches of whole units, each about as large as it may be.

    Args:
        sides: Both sides.
        names: The objects.
        apart: Their units; all are one batch if None.

    Returns:
        No batch where there is no object.
    """
    if apart is None:
        return [{side: list(names[side]) for side in sides}] if any(names.values()) else []
    by_unit: dict[Unit, dict[Side, list[str]]] = {}
    for side in sides:
        for name in names[side]:
            unit = by_unit.setdefault(apart[side][name], {s: [] for s in sides})
            unit[side].append(name)
    batches: list[dict[Side, list[str]]] = []
    room = 0
    for objects in by_unit.values():
        size = bytes_to_fetch(sides, objects)
        if not batches or size > room:
            batches.append({side: [] for side in sides})
            room = BATCH_BYTES
        room -= size
        for side in sides:
            batches[-1][side] += objects[side]
    return batches


def fetched_ahead(
    batches: Iterable[T], fetch: Callable[[T], F], *, stop: Callable[[BaseException], None]
) -> Iterator[tuple[T, F]]:
    """Every batch and what was fetched for it, the next one underway meanwhile.

    Args:
        batches: The batches.
        fetch: Fetches one.
        stop: Makes fetching end early, and is told why: where no more batch is asked for.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as pool:
        coming = ((batch, pool.submit(fetch, batch)) for batch in batches)
        try:
            this = next(coming, None)
            while this is not None:
                batch, fetched = this[0], this[1].result()
                this = next(coming, None)
                yield batch, fetched
        except BaseException as error:
            stop(error)
            raise
