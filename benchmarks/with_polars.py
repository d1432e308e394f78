"""polars: lazily scanned files on the streaming engine, joined by one of two ways.

The full join tells which side a row is of; its keys are coalesced, so a marker tells it. The inner
join is the quicker: rows missing are what it leaves over of the footers' row counts. Equality is
`ne_missing`, for which NULL equals NULL. Only counts are collected, so that rows flow through.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

import polars as pl


def _differs(source: pl.LazyFrame, keys: Sequence[str]) -> pl.Expr:
    others = [name for name in source.collect_schema() if name not in keys]
    return pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_target")) for name in others)


def full_join(source: pl.LazyFrame, target: pl.LazyFrame, keys: Sequence[str]) -> dict[str, int]:
    """The counts by one full join."""
    joined = source.with_columns(in_source=True).join(
        target.with_columns(in_target=True),
        on=keys,
        how="full",
        coalesce=True,
        nulls_equal=True,
        suffix="_target",
    )
    in_both = pl.col("in_source").is_not_null() & pl.col("in_target").is_not_null()
    counts = joined.select(
        value_mismatch=(in_both & _differs(source, keys)).sum(),
        missing_in_target=pl.col("in_target").is_null().sum(),
        missing_in_source=pl.col("in_source").is_null().sum(),
    )
    found: dict[str, int] = counts.collect(engine="streaming").to_dicts()[0]
    return found


def inner_join(source: pl.LazyFrame, target: pl.LazyFrame, keys: Sequence[str]) -> dict[str, int]:
    """The counts by an inner join and the row counts of both sides."""
    joined = source.join(target, on=keys, how="inner", nulls_equal=True, suffix="_target")
    both = joined.select(rows=pl.len(), value_mismatch=_differs(source, keys).sum())
    rows = [side.select(pl.len()) for side in (source, target)]
    in_both, *of_sides = pl.collect_all([both, *rows], engine="streaming")
    matched, value_mismatch = in_both.row(0)
    missing = [of_side.item() - matched for of_side in of_sides]
    kinds = ("value_mismatch", "missing_in_target", "missing_in_source")
    return dict(zip(kinds, (value_mismatch, *missing), strict=True))


def main(way: str, source: str, target: str, key: str) -> None:
    """Prints the counts as JSON."""
    join = {"full": full_join, "inner": inner_join}[way]
    counts = join(pl.scan_parquet(source), pl.scan_parquet(target), key.split(","))
    print(json.dumps({"counts": counts}))


if __name__ == "__main__":
    main(*sys.argv[1:])
