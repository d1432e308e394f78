"""What our state database holds of a window, without what differs from run to run."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Found:
    """Of one window: how its newest run ended, what it counted, and the letters that are there."""

    end: Rows
    counts: Rows
    letters: Rows


def found(state_url: str, dataset: str, window: str) -> Found:
    """What a state database in SQLite holds of a dataset's window."""
    with sqlite3.connect(state_url.removeprefix("sqlite:///")) as connection:

        def of(query: str, *values: str) -> Rows:
            return connection.execute(query, values).fetchall()

        runs = of(
            "select id, status, verdict, error from runs where dataset = ? and window_name = ? "
            "order by started_at desc limit 1",
            *(dataset, window),
        )
        return Found(
            end=[row[1:] for row in runs],
            counts=of(
                "select kind, side, column_name, rows from discrepancy_counts where run_id = ? "
                "order by 1, 2, 3",
                runs[0][0] if runs else "",
            ),
            letters=of(
                "select kind, side, match_key, mismatched_columns, source_row, target_row, reason, "
                "status from dead_letters where dataset = ? and window_start like ? "
                "order by 1, 2, 3, 4, 5, 6",
                *(dataset, f"{window}%"),
            ),
        )


def runs_of(state_url: str, dataset: str, window: str) -> list[str]:
    """The ids of all runs over a window."""
    with sqlite3.connect(state_url.removeprefix("sqlite:///")) as connection:
        query = "select id from runs where dataset = ? and window_name = ?"
        return [row[0] for row in connection.execute(query, (dataset, window))]
