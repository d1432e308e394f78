"""The bars: what must hold, and what was measured. One more bar is one more line of `BARS`."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.contenders import (
    BY_HAND,
    DATACOMPY,
    DIFFLY,
    DIFFLY_COUNTS,
    LIMIT,
    OURS,
    POLARS,
    POLARS_FULL_JOIN,
)

Documents = Mapping[str, Mapping[str, Any]]
"""What was measured, by the name it is kept under."""

_Figure = Callable[[Documents], float]
"""Reads a figure; raises KeyError where it was not measured."""


@dataclass(frozen=True)
class Bar:
    """One line.

    Attributes:
        work: What is measured, for people.
        figure: Finds it.
        at_most: What it may be.
        held: Whether it was met once, so that missing it is a failure.
        of: The document that it is about, under its name.
    """

    work: str
    figure: _Figure
    at_most: float
    held: bool = False
    of: str = "latest"


@dataclass(frozen=True)
class Measured:
    """A bar and what was found; None where nothing was."""

    bar: Bar
    found: float | None

    @property
    def met(self) -> bool:
        """Whether it is known to be met."""
        return self.found is not None and self.found <= self.bar.at_most


def measured(bars: Sequence[Bar], documents: Documents) -> list[Measured]:
    """Every bar with its figure."""
    return [Measured(bar, _found(bar.figure, documents)) for bar in bars]


def broken(results: Sequence[Measured], of: str) -> list[Bar]:
    """The bars of one document that were met before and are no longer."""
    return [
        result.bar
        for result in results
        if result.bar.of == of and result.bar.held and result.found is not None and not result.met
    ]


def markdown(results: Sequence[Measured]) -> str:
    """One line a bar."""
    lines = ["| bar | at most | measured | |", "| --- | ---: | ---: | --- |"]
    for result in results:
        found = "not measured" if result.found is None else f"{result.found:.3g}"
        said = "" if result.found is None else ("met" if result.met else "not met")
        lines.append(f"| {result.bar.work} | {result.bar.at_most:g} | {found} | {said} |")
    return "\n".join(lines)


def _found(figure: _Figure, documents: Documents) -> float | None:
    try:
        return figure(documents)
    except KeyError:
        return None


def _median(
    documents: Documents, what: str, contender: str, *, pair: str = "lineitem", of: str = "latest"
) -> float:
    rounds = documents[of]["pairs"][pair]["rounds"][contender]
    return float(statistics.median(one[what] for one in rounds))


def _to(other: str, what: str = "wall", *, pair: str = "lineitem") -> _Figure:
    return lambda documents: (
        _median(documents, what, OURS.name, pair=pair) / _median(documents, what, other, pair=pair)
    )


def _gigabytes(of: str) -> _Figure:
    return lambda documents: _median(documents, "memory", OURS.name, of=of) / 1e9


def _to_scale_1(documents: Documents) -> float:
    return _median(documents, "wall", OURS.name, of="latest-scale-10") / _median(
        documents, "wall", OURS.name
    )


def _wire(name: str) -> _Figure:
    return lambda documents: float(documents["over-the-wire"]["figures"][name])


def _inventories(figure: str) -> _Figure:
    """The most that any kind of inventory costs."""
    return lambda documents: max(
        float(statistics.median(one[figure] for one in rounds))
        for rounds in documents["inventories"]["rounds"].values()
    )


def _sync(name: str) -> _Figure:
    return lambda documents: float(documents["historical-sync"]["figures"][name])


def _snapshots(name: str) -> _Figure:
    return lambda documents: float(documents["snapshots"]["figures"][name])


def _listings(name: str) -> _Figure:
    return lambda documents: float(documents["snapshot-listings"]["figures"][name])


_SCALE_10, _WIRE, _SYNC = "latest-scale-10", "over-the-wire", "historical-sync"
_SNAPSHOTS, _LISTINGS = "snapshots", "snapshot-listings"

BARS = (
    Bar("CPU to the limit, scan and hash", _to(LIMIT.name, "cpu"), 2.0),
    Bar("the same, at last", _to(LIMIT.name, "cpu"), 1.6),
    Bar("wall to the full join by hand", _to(BY_HAND.name), 0.7),
    Bar("the same, at last", _to(BY_HAND.name), 0.55),
    Bar("wall to polars, full join", _to(POLARS_FULL_JOIN.name), 0.25),
    Bar("wall to polars, inner join", _to(POLARS.name), 0.25),
    Bar("wall to diffly", _to(DIFFLY.name), 0.04),
    Bar("wall to diffly, only counts", _to(DIFFLY_COUNTS.name), 0.04),
    Bar("wall to datacompy", _to(DATACOMPY.name), 0.03),
    Bar("peak memory at scale 1, GB", _gigabytes("latest"), 0.5, held=True),
    Bar("peak memory at scale 10, GB", _gigabytes(_SCALE_10), 1.0, held=True, of=_SCALE_10),
    Bar("wall at scale 10 to scale 1", _to_scale_1, 11, of=_SCALE_10),
    Bar(
        "10 % of rows differing, wall to the full join by hand",
        _to(BY_HAND.name, pair="lineitem-tenth"),
        1.1,
    ),
    Bar(
        "100 % of rows differing, wall to the full join by hand",
        _to(BY_HAND.name, pair="lineitem-all"),
        1.1,
        held=True,
    ),
    Bar("one of 365 partitions changed, wall to the first run", _wire("changed"), 0.03, of=_WIRE),
    Bar(
        "the same, data GETs outside that partition",
        _wire("changed_gets_elsewhere"),
        0,
        held=True,
        of=_WIRE,
    ),
    Bar("nothing changed, wall to the first run", _wire("unchanged"), 0.02, of=_WIRE),
    Bar(
        "the same, requests that are no listing",
        _wire("unchanged_other_requests"),
        0,
        held=True,
        of=_WIRE,
    ),
    Bar(
        "two inventories of a million objects, the slowest kind, s",
        _inventories("wall"),
        10,
        held=True,
        of="inventories",
    ),
    Bar(
        "the same, peak memory of the largest, GB",
        lambda documents: _inventories("memory")(documents) / 1e9,
        1.0,
        held=True,
        of="inventories",
    ),
    Bar("historical sync, S3 to Azurite, wall to rclone copy", _sync("out"), 1.0, of=_SYNC),
    Bar("the same, Azurite to S3", _sync("back"), 1.0, of=_SYNC),
    Bar("the same, peak memory, MB", _sync("memory"), 400, held=True, of=_SYNC),
    Bar("the same again, nothing changed, wall to the first", _sync("unchanged"), 0.05, of=_SYNC),
    Bar("the same, data GETs", _sync("unchanged_data_gets"), 0, held=True, of=_SYNC),
    Bar(
        "first snapshot of 3 GB, wall to restic", _snapshots("first"), 1.0, held=True, of=_SNAPSHOTS
    ),
    Bar(
        "all its data verified, wall to restic", _snapshots("verify"), 1.0, held=True, of=_SNAPSHOTS
    ),
    Bar("restored, wall to restic", _snapshots("restore"), 1.0, held=True, of=_SNAPSHOTS),
    Bar(
        "nothing changed, wall to the first",
        _snapshots("unchanged"),
        0.03,
        held=True,
        of=_SNAPSHOTS,
    ),
    Bar("the same, bytes of data read", _snapshots("unchanged_read"), 0, held=True, of=_SNAPSHOTS),
    Bar(
        "1 file of 200 rewritten, wall to the first",
        _snapshots("changed"),
        0.05,
        held=True,
        of=_SNAPSHOTS,
    ),
    Bar("snapshots, peak memory, MB", _snapshots("memory"), 400, held=True, of=_SNAPSHOTS),
    Bar(
        "a snapshot of 1 M objects, 100 of them new, s",
        _listings("create"),
        20,
        held=True,
        of=_LISTINGS,
    ),
    Bar("snapshots of 1 M objects listed, s", _listings("list"), 20, held=True, of=_LISTINGS),
    Bar("what of them to prune, s", _listings("prune"), 20, held=True, of=_LISTINGS),
    Bar("the same three, peak memory, MB", _listings("memory"), 400, held=True, of=_LISTINGS),
)
