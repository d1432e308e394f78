"""Comparing two sides: the part that an ad hoc comparison and a run share.

The cheapest proof comes first: objects with the same bytes on both sides, then folders whose rows
have a fingerprint that is known, and of what is left the rows themselves.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from reconcile.comparison.dealing import dealt
from reconcile.comparison.plan import ComparisonPlan, plan_comparison
from reconcile.comparison.share import WHOLE, Share
from reconcile.comparison.verdict import judge
from reconcile.engines.arrow_threads import computing_on
from reconcile.engines.duckdb_engine import DuckDBEngine
from reconcile.engines.hashing import basis
from reconcile.errors import Unbalanced
from reconcile.jobs.batches import BATCH_BYTES, Units, bytes_to_fetch, cut, units
from reconcile.jobs.host import share_heaps
from reconcile.jobs.knowledge import NOTHING, Knowledge
from reconcile.jobs.proving import (
    Memory,
    Names,
    Proven,
    Sides,
    counts_of,
    every_object,
    proven_by_checksum,
)
from reconcile.jobs.reading import Export, Found, Objects, Reading, fetch_all
from reconcile.jobs.resources import Resources
from reconcile.jobs.sides import ReadySide, Rows, SideAtWork, united
from reconcile.model.discrepancy import Kept, Side
from reconcile.model.result import ColumnResult, ComparisonResult, Counts, Proof, total
from reconcile.model.rules import CompareRules
from reconcile.model.strategy import Strategy
from reconcile.report.content import EXAMPLES_PER_KIND
from reconcile.stores.listing import Listing
from reconcile.stores.spool import Progress, Spool


@dataclass(frozen=True)
class Way:
    """What a strategy tries, the cheapest first; all lead to the same answer.

    Attributes:
        checksum: Whether objects with the same bytes are left unread.
        fingerprint: Whether folders with known, equal fingerprints are.
        engine: How the engine compares the rows of the rest.
    """

    checksum: bool
    fingerprint: bool
    engine: str


WAYS = {
    Strategy.AUTO: Way(True, True, "auto"),
    Strategy.CHECKSUM: Way(True, False, "join"),
    Strategy.FINGERPRINT: Way(False, True, "sketch"),
    Strategy.SKETCH: Way(False, False, "sketch"),
    Strategy.JOIN: Way(False, False, "join"),
}


@dataclass(frozen=True)
class Compared:
    """A comparison that was carried out.

    Attributes:
        result: The answer.
        plan: Which columns met, and how.
        sides: What was read.
        exported: The sides whose rows are all in their exports.
    """

    result: ComparisonResult
    plan: ComparisonPlan
    sides: dict[Side, ReadySide]
    exported: frozenset[Side]


def compare_rows(
    source: Listing | Rows,
    target: Listing | Rows,
    rules: CompareRules,
    *,
    discrepancies: Path,
    resources: Resources,
    keep: Kept = Kept.EVERY,
    exports: Sequence[Export] = (),
    share: Share = WHOLE,
    strategy: Strategy = Strategy.AUTO,
    knowledge: Knowledge = NOTHING,
    progress: Progress | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Compared:
    """Compares two sides and writes discrepant rows to a file.

    Args:
        source: The reference: pinned objects, or rows held in memory.
        target: The other side.
        rules: What may relax or direct the comparison.
        discrepancies: The Parquet file to write; the columns of
            `sql/compare/discrepancies.sql`.
        resources: What the task may use.
        keep: Which discrepant rows to write; there is no file where none is kept.
        exports: Rows of a side to keep beside the result. `auto` reads all rows where there are
            any; another strategy leaves them out of a side it has not read whole.
        share: The part of the match keys to compare. Where folders say which keys a file holds
            (`comparison.dealing`), only its files are looked at; else both sides are read whole.
        strategy: What to try first.
        knowledge: What is remembered of objects.
        progress: Told of bytes and objects as they are fetched.
        clock: Seconds, for how long it took.

    Raises:
        BadInput: The location, the files or the rules are wrong.
        Incomplete: An endpoint is down, an object changed, or there is no room.
        Unbalanced: The accounts do not add up.
    """
    began = clock()
    listings = [side for side in (source, target) if isinstance(side, Listing)]
    far = any(not listing.lies_here for listing in listings)
    if far:
        share_heaps()
    downloads = resources.downloads() if far else 0
    resources.for_engine(downloads=downloads)  # too little is told before anything is fetched
    with (
        Spool(resources.spool, parallel=max(1, downloads), progress=progress) as spool,
        _as_pinned(listings, spool),
        computing_on(resources.threads),
        ThreadPoolExecutor(resources.threads, thread_name_prefix="computing") as workers,
    ):
        sides = {
            side: SideAtWork(side, rows, spool, knowledge, workers)
            for side, rows in ((Side.SOURCE, source), (Side.TARGET, target))
        }
        dealt_out = None if share.is_whole else _dealt_out(sides, rules, share)
        names = dealt_out or every_object(sides)
        rest_of_share = share if dealt_out is None else WHOLE
        way = _way(strategy, rest_of_share, exports)
        proven = Proven()
        if way.checksum:
            proven.by_checksum = proven_by_checksum(
                sides, names, rules, whatever_the_size=strategy is not Strategy.AUTO
            )
        apart = units(sides, rules)
        held = _footers_known(sides, _left(names, proven), apart)
        schemas = united(sides, rules.rename)
        plan = plan_comparison(schemas[Side.SOURCE], schemas[Side.TARGET], rules)
        memory = Memory(sides, rules, {side: basis(plan, side) for side in sides}, knowledge)
        if way.fingerprint:
            proven.by_fingerprint = memory.proven(_left(names, proven))
        batches = cut(sides, _left(names, proven), apart)
        found = Reading(
            sides,
            plan,
            resources,
            downloads=downloads,
            workspace=spool.path,
            strategy=way.engine,
            share=rest_of_share,
            discrepancies=None if keep is Kept.NONE else discrepancies,
            per_kind=EXAMPLES_PER_KIND if keep is Kept.EXAMPLES else None,
            exports=exports,
            memory=memory,
            proven=proven,
            apart=apart,
        ).read(batches, held)
        if any(proven.of(side) for side in sides) and not batches:
            found.strategies = {
                "fingerprint" if any(proven.by_fingerprint.values()) else "checksum"
            }
        ready = {side: one.ready(schemas[side]) for side, one in sides.items()}
        counts = _counts(sides, memory, proven, found)
        if rest_of_share.is_whole:
            _require_every_row(sides, names, counts)
        proof = _proof(sides, proven, counts)
    result = _result(
        plan,
        found,
        counts=counts,
        proof=proof,
        rules=rules,
        sides=ready,
        seconds=clock() - began,
    )
    exported = frozenset(side for side in sides if not proven.of(side))
    return Compared(result, plan, ready, exported)


def _way(strategy: Strategy, share: Share, exports: Sequence[Export]) -> Way:
    """How to go about it: what has to be read anyway is not left out."""
    way = WAYS[strategy]
    read_all = not share.is_whole or (strategy is Strategy.AUTO and bool(exports))
    return replace(way, checksum=False, fingerprint=False) if read_all else way


def _left(names: Names, proven: Proven) -> dict[Side, list[str]]:
    """The objects that nothing proves so far."""
    return {side: [n for n in some if n not in proven.of(side)] for side, some in names.items()}


def _footers_known(sides: Sides, left: Names, apart: Units | None) -> Objects:
    """Finds out what is not known of the objects' footers; gives those fetched for that.

    What will be read is fetched whole, unless it is more than a batch.

    Args:
        sides: Both sides.
        left: The objects that may have to be read.
        apart: Units of the objects, if their places tell.
    """
    unknown, others = {}, {}
    for side, one in sides.items():
        unknown[side] = [name for name in left[side] if name not in one.schemas]
        reading = set(left[side])
        others[side] = [n for n in one.objects if n not in one.schemas and n not in reading]
    if apart is not None and bytes_to_fetch(sides, unknown) > BATCH_BYTES:
        others = {side: [*others[side], *unknown[side]] for side in sides}
        unknown = {side: [] for side in sides}
    for side, one in sides.items():
        one.read_footers(others[side])
    return fetch_all(sides, unknown)


def _dealt_out(sides: Sides, rules: CompareRules, share: Share) -> dict[Side, list[str]] | None:
    """The objects of a share; None where their places do not say which match keys they hold."""
    names = every_object(sides)
    slots = dealt({side: one.placed(names[side]) for side, one in sides.items()}, rules, share.of)
    if slots is None:
        return None
    return {
        side: [
            name
            for name, slot in zip(names[side], slots[side], strict=True)
            if slot == share.number
        ]
        for side in sides
    }


@contextmanager
def _as_pinned(listings: Sequence[Listing], spool: Spool) -> Iterator[None]:
    """Proves, when the block has ended, that what it read is what was pinned.

    A file that is replaced or removed meanwhile may look corrupt, absent, unbalanced or of other
    columns: whatever the block raised, the change is what is told.

    Raises:
        Changed: A file was replaced, written to or removed.
    """
    try:
        yield
    finally:
        for listing in listings:
            spool.verify_unchanged(listing)


def _counts(sides: Sides, memory: Memory, proven: Proven, found: Found) -> Counts:
    """The counts of all rows, read or not."""
    counts = list(found.counts)
    for names in (proven.by_checksum, proven.by_fingerprint):
        some = {side: sorted(names[side]) for side in sides}
        if _rows(sides, some):
            counts.append(counts_of(sides, some, memory.null_key_rows(some)))
    return total(counts)


def _require_every_row(sides: Sides, names: Names, counts: Counts) -> None:
    promised = tuple(one.rows(names[side]) for side, one in sides.items())
    if (counts.source_rows, counts.target_rows) != promised:
        raise Unbalanced(
            "the rows accounted for are not the rows that the files' footers promise",
            found=f"{counts.source_rows} source and {counts.target_rows} target rows",
            expected=f"{promised[0]} and {promised[1]}",
        )


def _proof(sides: Sides, proven: Proven, counts: Counts) -> Proof:
    """Rows of both sides by how they were proven."""
    by_checksum = _rows(sides, proven.by_checksum)
    by_fingerprint = _rows(sides, proven.by_fingerprint)
    everything = counts.source_rows + counts.target_rows
    return Proof(by_checksum, by_fingerprint, everything - by_checksum - by_fingerprint)


def _rows(sides: Sides, names: Mapping[Side, Iterable[str]]) -> int:
    """Rows of some objects of both sides."""
    return sum(one.rows(names[side]) for side, one in sides.items())


def _result(
    plan: ComparisonPlan,
    found: Found,
    *,
    counts: Counts,
    proof: Proof,
    rules: CompareRules,
    sides: dict[Side, ReadySide],
    seconds: float,
) -> ComparisonResult:
    mismatched = sum((Counter(part) for part in found.mismatched), Counter[str]())
    compared = {
        column.name: ColumnResult(True, mismatched[column.name], column.rule.describe())
        for column in plan.columns
    }
    not_compared = {
        name: ColumnResult(False, 0, rule.describe()) for name, rule in plan.not_compared.items()
    }
    names = [name for name in plan.source.columns if name in compared or name in not_compared]
    return ComparisonResult(
        verdict=judge(counts, plan.findings, rules.thresholds),
        counts=counts,
        columns={name: compared.get(name) or not_compared[name] for name in names},
        schema=plan.findings,
        proof=proof,
        engine=DuckDBEngine.name,
        strategy=" and ".join(sorted(found.strategies)),
        seconds=seconds,
        bytes_read={side.value: ready.traffic.bytes for side, ready in sides.items()},
        requests={side.value: ready.traffic.requests for side, ready in sides.items()},
    )
