"""An ad hoc comparison: two locations, frames or tables in, an answer with its rows out."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from os import PathLike
from typing import TYPE_CHECKING, Any, TypeAlias

from reconcile.errors import BadInput
from reconcile.jobs.knowledge import remembered
from reconcile.jobs.named_prices import named_prices
from reconcile.jobs.resources import Resources
from reconcile.model.discrepancy import Kept
from reconcile.model.location import Location, Scheme
from reconcile.model.rules import CompareRules
from reconcile.model.strategy import check_engine, checked_strategy
from reconcile.stores.listing import Listing
from reconcile.stores.opening import find_objects
from reconcile.stores.spool import Progress, folder_in

if TYPE_CHECKING:
    from reconcile.jobs.answer import Comparison
    from reconcile.jobs.sides import Rows

Origin: TypeAlias = "str | PathLike[str] | Rows"
"""A location, or rows held in memory."""


def compare(
    source: Origin,
    target: Origin,
    match_key: Sequence[str] | None = None,
    *,
    rules: CompareRules | Mapping[str, Any] | None = None,
    engine: str = "duckdb",
    strategy: str = "auto",
    memory: str | None = None,
    threads: int | None = None,
    cache: bool = True,
    keep: str = Kept.EVERY,
    progress: Progress | None = None,
) -> Comparison:
    """Compares two datasets row by row, exactly unless a rule says otherwise.

    Args:
        source: The reference: `s3://…`, `az://…`, `abfss://…`, a local path (a folder, a file or
            a glob), a pandas DataFrame or a pyarrow Table. Nothing of the caller's is changed.
        target: What is compared with it.
        match_key: Columns that say two rows are the same row; not needed where `rules` has them.
        rules: The keys of a dataset's `compare:` block, or `CompareRules`.
        engine: `duckdb`.
        strategy: `auto`, the cheapest proof that holds; `checksum`, `fingerprint`, `sketch` or
            `join`. The answer is the same, but for `repeated_keys`, which only the join knows.
        memory: The most the whole process may hold, such as `2GB`, with what it holds already;
            80 % of what it may use if None. Beyond, rows are spilled to disk.
        threads: The most threads that compute; all cores if None.
        cache: Whether to rest on what earlier comparisons learnt of objects that have not changed
            since, and to keep what this one learns, in the state database.
        keep: Which discrepant rows the answer keeps: `every`, `examples` (no more of each kind
            than the report shows), or `none`, the cheapest. The counts are of all in any case.
        progress: Told of bytes and objects as they are fetched.

    Returns:
        The answer. Its discrepant rows lie in a temporary file that goes with it.

    Raises:
        BadInput: A location, a file, the match key or a rule is wrong, or the memory too little.
        Incomplete: An endpoint is down, an object changed while it was read, or a disk is full.
    """
    check_engine(engine)
    way, kept = checked_strategy(strategy), _kept(keep)
    given = _rules(match_key, rules)
    resources = Resources.of(memory=memory, threads=threads)
    prices = named_prices(os.environ)
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(2, thread_name_prefix="listing"))
        listing = [pool.submit(_rows, origin) for origin in (source, target)]
        # While the services answer the engine is imported, and the state opened.
        from reconcile.jobs.answer import DISCREPANCIES, Comparison  # noqa: PLC0415
        from reconcile.jobs.comparing import compare_rows  # noqa: PLC0415

        elsewhere = any(_lies_elsewhere(origin) for origin in (source, target))
        knowledge = stack.enter_context(remembered(cache=cache and elsewhere))
        ours, theirs = (one.result() for one in listing)
        folder = folder_in(resources.spool)
        try:
            compared = compare_rows(
                ours,
                theirs,
                given,
                discrepancies=folder.path / DISCREPANCIES,
                resources=resources,
                keep=kept,
                strategy=way,
                knowledge=knowledge,
                progress=progress,
            )
        except BaseException:
            folder.remove()
            raise
    names = _named(source), _named(target)
    return Comparison(compared, given, folder, names, keep=kept, prices=prices)


def _kept(keep: str) -> Kept:
    if keep not in set(Kept):
        raise BadInput("nothing like that can be kept", found=repr(keep), expected=", ".join(Kept))
    return Kept(keep)


def _rules(
    match_key: Sequence[str] | None, rules: CompareRules | Mapping[str, Any] | None
) -> CompareRules:
    if isinstance(match_key, str):
        match_key = [match_key]
    if not rules:
        return CompareRules(tuple(match_key or ()))
    if isinstance(rules, CompareRules):
        if match_key is not None and tuple(match_key) != rules.match_key:
            raise BadInput(
                "two match keys are given",
                found=f"{tuple(match_key)} and, in the rules, {rules.match_key}",
            )
        return rules
    # pydantic takes a tenth of a second to import, which an exact comparison need not wait for.
    from reconcile.config.rules import rules_from_mapping  # noqa: PLC0415

    return rules_from_mapping(rules, match_key=match_key)


def _rows(origin: Origin) -> Listing | Rows:
    if isinstance(origin, str | PathLike):
        return find_objects(Location.parse(str(origin)))
    return origin


def _lies_elsewhere(origin: Origin) -> bool:
    """Whether it names a place in a cloud."""
    if not isinstance(origin, str | PathLike):
        return False
    return Location.parse(str(origin)).scheme is not Scheme.FILE


def _named(origin: Origin) -> str:
    if isinstance(origin, str | PathLike):
        return str(origin)
    return f"a {type(origin).__name__} in memory"
