"""Dead letters: what is wrong, row by row, from the run that found it to its end."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Row, func, select

from reconcile.errors import NotFound
from reconcile.model.dead_letter import DeadLetter, LetterKind, LetterStatus
from reconcile.model.window import Window
from reconcile.state.letter_routing import RoutedCounts, Routing, route
from reconcile.state.schema import dead_letters
from reconcile.state.transactions import Transactions

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class LetterPage:
    """Some letters, and the exact number of all that the filters let through."""

    letters: tuple[DeadLetter, ...]
    total: int


class DeadLetters:
    """The dead letters of every dataset."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def route(
        self,
        run_id: str,
        dataset: str,
        window: Window,
        batches: Iterable[pa.RecordBatch],
        *,
        now: datetime,
        max_rows: int,
        full_file: str,
        close_unseen: bool,
    ) -> RoutedCounts:
        """Merges everything one run found wrong in one window into the dead letters.

        One call takes all letters of the run, discrepancies and failing expectations alike: what
        it does not see counts as not seen. It may be repeated, and killed and repeated. A letter
        seen again is brought up to date; a resolved or expired one reopens, an ignored one stays
        ignored. The counts are written to the run too.

        Past `max_rows` letters only the first in the order of identity are kept one by one, with
        those that earlier runs kept already; one letter of kind `summary` holds the number of
        the others and `full_file`.

        Args:
            run_id: The run that saw them.
            dataset: The dataset's name.
            window: The window they belong to.
            batches: Letters with the columns `letter_staging.LETTER_COLUMNS`, streamed.
            now: When they were seen.
            max_rows: How many letters of the window are kept one by one.
            full_file: Location of the Parquet file that holds all of them.
            close_unseen: Close open and acknowledged letters that this run did not see. Only for
                a run that read the whole window and is not indeterminate.

        Raises:
            Transient: The database does not answer.
            DiskFull: It has no room left.
        """
        routing = Routing(run_id, dataset, window, now, max_rows, full_file, close_unseen)
        return route(self._transactions, routing, batches)

    def list(
        self,
        *,
        dataset: str | None = None,
        window: Window | None = None,
        run_id: str | None = None,
        kind: LetterKind | None = None,
        status: LetterStatus | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> LetterPage:
        """Letters in the order of their ids; each filter narrows. `run_id` is who saw it last."""
        conditions = _conditions(
            dataset=dataset, window=window, run_id=run_id, kind=kind, status=status
        )
        page = select(dead_letters).where(*conditions).order_by(dead_letters.c.id)
        total = select(func.count()).select_from(dead_letters).where(*conditions)
        with self._transactions.read() as connection:
            return LetterPage(
                letters=tuple(map(_letter, connection.execute(page.limit(limit).offset(offset)))),
                total=connection.execute(total).scalar_one(),
            )

    def get(self, letter_id: int) -> DeadLetter:
        """One letter.

        Raises:
            NotFound: There is no such letter.
        """
        query = select(dead_letters).where(dead_letters.c.id == letter_id)
        with self._transactions.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise NotFound(
                f"there is no dead letter {letter_id}", next_step="reconcile dead-letters list"
            )
        return _letter(row)

    def counts_by_kind(
        self,
        *,
        dataset: str | None = None,
        window: Window | None = None,
        run_id: str | None = None,
        status: LetterStatus | None = None,
    ) -> Mapping[LetterKind, int]:
        """How many letters of each kind there are; every kind is named."""
        query = (
            select(dead_letters.c.kind, func.count().label("letters"))
            .where(*_conditions(dataset=dataset, window=window, run_id=run_id, status=status))
            .group_by(dead_letters.c.kind)
        )
        with self._transactions.read() as connection:
            found = {row.kind: row.letters for row in connection.execute(query)}
        return {kind: found.get(kind.value, 0) for kind in LetterKind}


def _conditions(
    *,
    dataset: str | None = None,
    window: Window | None = None,
    run_id: str | None = None,
    kind: LetterKind | None = None,
    status: LetterStatus | None = None,
) -> tuple[ColumnElement[bool], ...]:
    wanted = {
        "dataset": dataset,
        "window_start": window and window.start,
        "window_end": window and window.end,
        "run_id": run_id,
        "kind": kind and kind.value,
        "status": status and status.value,
    }
    return tuple(dead_letters.c[name] == v for name, v in wanted.items() if v is not None)


def _letter(row: Row[Any]) -> DeadLetter:
    return DeadLetter(
        id=row.id,
        dataset=row.dataset,
        window_start=row.window_start,
        window_end=row.window_end,
        run_id=row.run_id,
        kind=LetterKind(row.kind),
        side=row.side,
        match_key=row.match_key,
        mismatched_columns=tuple(json.loads(row.mismatched_columns)),
        source_row=row.source_row,
        target_row=row.target_row,
        reason=row.reason,
        severity=row.severity,
        status=LetterStatus(row.status),
        attempts=row.attempts,
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
        resolved_at=row.resolved_at,
        resolution=row.resolution,
    )
