"""What a report shows of a comparison beside its figures: example rows, and what was read."""

from __future__ import annotations

from pathlib import Path

import pyarrow.compute as pc
import pyarrow.dataset as ds

from reconcile.jobs.sides import ReadySide
from reconcile.model.discrepancy import Kind, Side
from reconcile.report.content import Example, PinnedInput

EXAMPLES_PER_KIND = 20
"""Rows of each kind that a report shows; the exact total stands beside them."""


def examples_of(discrepancies: Path) -> tuple[Example, ...]:
    """The first rows of each kind, in the order of the file."""
    rows = ds.dataset(discrepancies, format="parquet")
    found: list[Example] = []
    for kind in Kind:
        head = rows.head(EXAMPLES_PER_KIND, filter=pc.field("kind") == kind.value)
        found.extend(
            Example(
                kind=kind,
                side=Side(row["side"]),
                match_key=row["match_key"],
                mismatched_columns=tuple(row["mismatched_columns"]),
                source_row=row["source_row"],
                target_row=row["target_row"],
            )
            for row in head.to_pylist()
        )
    return tuple(found)


def pinned(side: ReadySide, location: str) -> PinnedInput:
    """What was read of one side."""
    objects = 0 if side.listing is None else len(side.listing.objects)
    return PinnedInput(location, objects, side.bytes, side.schema.rows)
