"""diffly over lazy frames, with no tolerance, by one of two ways.

`summary` is what its guide and its command line give: how many rows there are of each kind, and how
many values of each column differ. `counts` asks for rows alone, as cheaply as can be asked: rows of
a side come from the footers, and those missing are what the joined leave over, so that two joins
do. The streaming engine is the quicker for both.
"""

from __future__ import annotations

import json
import sys

import polars as pl
from diffly import compare_frames
from diffly.comparison import DataFrameComparison


def summary(compared: DataFrameComparison) -> dict[str, int]:
    """The counts that its summary tells."""
    rows = json.loads(compared.summary().to_json())["rows"]
    return {
        "value_mismatch": rows["n_joined_unequal"],
        "missing_in_target": rows["n_left_only"],
        "missing_in_source": rows["n_right_only"],
    }


def counts(compared: DataFrameComparison) -> dict[str, int]:
    """The counts by two joins."""
    joined = compared.num_rows_joined()
    return {
        "value_mismatch": compared.num_rows_joined_unequal(),
        "missing_in_target": compared.num_rows_left() - joined,
        "missing_in_source": compared.num_rows_right() - joined,
    }


def main(way: str, source: str, target: str, key: str) -> None:
    """Prints the counts as JSON."""
    pl.Config.set_engine_affinity("streaming")
    compared = compare_frames(
        pl.scan_parquet(source),
        pl.scan_parquet(target),
        primary_key=key.split(","),
        abs_tol=0,
        rel_tol=0,
    )
    ask = {"summary": summary, "counts": counts}[way]
    print(json.dumps({"counts": ask(compared)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
