"""Comparing two sides: the part that an ad hoc comparison and a run share."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from reconcile.comparison.dealing import PlacedFile, dealt
from reconcile.comparison.hive import folder_values
from reconcile.comparison.plan import ComparisonPlan, plan_comparison
from reconcile.comparison.share import WHOLE, Share
from reconcile.comparison.verdict import judge
from reconcile.engines.duckdb_engine import DuckDBEngine, EngineResult
from reconcile.errors import BadInput
from reconcile.jobs.resources import Resources
from reconcile.jobs.sides import ReadySide, Rows, ready_sides
from reconcile.model.discrepancy import Side
from reconcile.model.result import ColumnResult, ComparisonResult, Proof
from reconcile.model.rules import CompareRules
from reconcile.stores.listing import Listing
from reconcile.stores.spool import Progress, Spool

STRATEGIES = ("auto", "join", "sketch")
ENGINES = ("duckdb",)


@dataclass(frozen=True)
class Compared:
    """A comparison that was carried out.

    Attributes:
        result: The answer.
        plan: Which columns met, and how.
        sides: What was read.
    """

    result: ComparisonResult
    plan: ComparisonPlan
    sides: dict[Side, ReadySide]


@dataclass(frozen=True)
class Export:
    """Rows of one side to keep beside the result.

    Attributes:
        side: Which side.
        columns: Names in the side's own spelling; those it does not have are left out.
        destination: The Parquet file to write; columns `x0`, `x1` … and `match_key`.
    """

    side: Side
    columns: Sequence[str]
    destination: Path


def check_way(engine: str, strategy: str) -> None:
    """Refuses an engine or a strategy that is not built.

    Raises:
        BadInput: It is not among `ENGINES` or `STRATEGIES`.
    """
    for what, asked, built in (("engine", engine, ENGINES), ("strategy", strategy, STRATEGIES)):
        if asked not in built:
            raise BadInput(f"{what} {asked!r} is not built yet", expected=" or ".join(built))


def compare_rows(
    source: Listing | Rows,
    target: Listing | Rows,
    rules: CompareRules,
    *,
    discrepancies: Path,
    resources: Resources,
    exports: Sequence[Export] = (),
    share: Share = WHOLE,
    strategy: str = "auto",
    progress: Progress | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Compared:
    """Compares two sides and writes every discrepant row to a file.

    Args:
        source: The reference: pinned objects, or rows held in memory.
        target: The other side.
        rules: What may relax or direct the comparison.
        discrepancies: The Parquet file to write; the columns of
            `sql/compare/discrepancies.sql`.
        resources: What the task may use.
        exports: Rows of a side to keep beside the result.
        share: The part of the match keys to compare. Where folders say which keys a file holds
            (`comparison.dealing`), only its files are read; else both sides, whole.
        strategy: One of `STRATEGIES`; `auto` is the join.
        progress: Told of bytes and objects as they are fetched.
        clock: Seconds, for how long it took.

    Raises:
        BadInput: The location, the files or the rules are wrong.
        Incomplete: An endpoint is down, an object changed, or there is no room.
        Unbalanced: The accounts do not add up.
    """
    began = clock()
    listings = [side for side in (source, target) if isinstance(side, Listing)]
    with Spool(resources.spool, progress=progress) as spool, _as_pinned(listings, spool):
        wanted = None if share.is_whole else _wanted(source, target, rules, share)
        sides = ready_sides(source, target, rules.rename, spool, wanted=wanted)
        plan = plan_comparison(sides[Side.SOURCE].schema, sides[Side.TARGET].schema, rules)
        with DuckDBEngine(
            plan,
            {side: ready.files for side, ready in sides.items()},
            workspace=spool.path,
            memory=resources.memory,
            threads=resources.threads,
            share=share if wanted is None else WHOLE,
            strategy="join" if strategy == "auto" else strategy,
        ) as engine:
            found = engine.compare(discrepancies)
            for export in exports:
                _export(engine, sides[export.side], export)
    return Compared(_result(plan, found, sides, rules, clock() - began), plan, sides)


def _wanted(
    source: Listing | Rows, target: Listing | Rows, rules: CompareRules, share: Share
) -> dict[Side, set[str]] | None:
    """The objects of a share; None where their places do not say which match keys they hold."""
    if not isinstance(source, Listing) or not isinstance(target, Listing):
        return None
    listings = {Side.SOURCE: source, Side.TARGET: target}
    placed = {
        side: [
            PlacedFile(folder_values(listing.relative(info)), info.size) for info in listing.objects
        ]
        for side, listing in listings.items()
    }
    slots = dealt(placed, rules, share.of)
    if slots is None:
        return None
    return {
        side: {
            info.name
            for info, slot in zip(listing.objects, slots[side], strict=True)
            if slot == share.number
        }
        for side, listing in listings.items()
    }


def _export(engine: DuckDBEngine, side: ReadySide, export: Export) -> None:
    columns = [name for name in export.columns if name in side.schema.columns]
    engine.export_rows(export.side, columns, export.destination)


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


def _result(
    plan: ComparisonPlan,
    found: EngineResult,
    sides: dict[Side, ReadySide],
    rules: CompareRules,
    seconds: float,
) -> ComparisonResult:
    compared = {
        column.name: ColumnResult(
            True, found.mismatched.get(column.name, 0), column.rule.describe()
        )
        for column in plan.columns
    }
    not_compared = {
        name: ColumnResult(False, 0, rule.describe()) for name, rule in plan.not_compared.items()
    }
    names = [name for name in plan.source.columns if name in compared or name in not_compared]
    return ComparisonResult(
        verdict=judge(found.counts, plan.findings, rules.thresholds),
        counts=found.counts,
        columns={name: compared.get(name) or not_compared[name] for name in names},
        schema=plan.findings,
        proof=Proof(by_row=found.counts.source_rows + found.counts.target_rows),
        engine=DuckDBEngine.name,
        strategy=found.strategy,
        seconds=seconds,
        bytes_read={side.value: sides[side].bytes for side in (Side.SOURCE, Side.TARGET)},
    )
