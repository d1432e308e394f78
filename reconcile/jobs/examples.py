"""What a report shows of a comparison beside its figures: example rows, and what was read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from reconcile.model.discrepancy import Kind, Side
from reconcile.report.content import EXAMPLES_PER_KIND, Example, PinnedInput

if TYPE_CHECKING:
    from reconcile.jobs.sides import ReadySide


def examples_of(discrepancies: Path) -> tuple[Example, ...]:
    """The first rows of each kind, in the order of the file."""
    found: dict[Kind, list[Example]] = {kind: [] for kind in Kind}
    # Neither by `pyarrow.dataset` nor by `pyarrow.compute`: both import pandas, for 1.4 s.
    with pq.ParquetFile(discrepancies) as file:
        for group in range(file.num_row_groups):
            kinds = file.read_row_group(group, columns=["kind"])["kind"].to_pylist()
            positions = _first_of_each(kinds, {kind: len(found[kind]) for kind in Kind})
            if positions:
                rows = file.read_row_group(group)
                for position in positions:
                    example = _example(rows.slice(position, 1).to_pylist()[0])
                    found[example.kind].append(example)
    return tuple(example for kind in Kind for example in found[kind])


def _first_of_each(kinds: Sequence[str], had: dict[Kind, int]) -> list[int]:
    """Positions of the rows that are still wanted, after so many of each kind."""
    positions = []
    for position, kind in enumerate(map(Kind, kinds)):
        if had[kind] < EXAMPLES_PER_KIND:
            had[kind] += 1
            positions.append(position)
    return positions


def _example(row: dict[str, Any]) -> Example:
    return Example(
        kind=Kind(row["kind"]),
        side=Side(row["side"]),
        match_key=row["match_key"],
        mismatched_columns=tuple(row["mismatched_columns"]),
        source_row=row["source_row"],
        target_row=row["target_row"],
    )


def pinned(side: ReadySide, location: str) -> PinnedInput:
    """What was read of one side."""
    objects = 0 if side.listing is None else len(side.listing.objects)
    size = 0 if side.listing is None else side.listing.bytes
    return PinnedInput(location, objects, size, side.schema.rows)
