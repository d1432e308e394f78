"""Dead letters as a run sees them, and routing them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pyarrow as pa

from reconcile.model.window import Grain, Window
from reconcile.state.database import State
from reconcile.state.letter_routing import RoutedCounts
from reconcile.state.letter_staging import LETTER_COLUMNS

NOW = datetime(2026, 3, 1, 5, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
DAY = Window(
    start=datetime(2013, 1, 5, 5, tzinfo=UTC),
    end=datetime(2013, 1, 6, 5, tzinfo=UTC),
    name="2013-01-05",
    local_start=datetime(2013, 1, 5),  # noqa: DTZ001
    grain=Grain.DAY,
)
NEXT_DAY = replace(DAY, start=DAY.end, end=DAY.end + timedelta(days=1), name="2013-01-06")


@dataclass(frozen=True)
class Letter:
    """A letter as a run sees it."""

    match_key: str
    row_hash: str = "00"
    kind: str = "value_mismatch"
    side: str = "both"
    mismatched_columns: tuple[str, ...] = ("delay",)
    source_row: str | None = '{"delay":1}'
    target_row: str | None = '{"delay":2}'
    reason: str = "delay: exact"
    severity: str = "fail"
    expectation_id: str | None = None


def batches(letters: Sequence[Letter], *, size: int = 1000) -> Iterator[pa.RecordBatch]:
    types = {name: pa.string() for name in LETTER_COLUMNS}
    types["mismatched_columns"] = pa.list_(pa.string())
    schema = pa.schema(types)
    for first in range(0, len(letters), size):
        yield pa.RecordBatch.from_pylist(
            [vars(letter) for letter in letters[first : first + size]], schema=schema
        )


def routed(
    state: State,
    run_id: str,
    letters: Sequence[Letter],
    *,
    now: datetime = NOW,
    window: Window = DAY,
    max_rows: int = 1000,
    close_unseen: bool = True,
) -> RoutedCounts:
    return state.dead_letters.route(
        run_id,
        "flights",
        window,
        batches(letters),
        now=now,
        max_rows=max_rows,
        full_file="s3://artifacts/discrepancies.parquet",
        close_unseen=close_unseen,
    )
