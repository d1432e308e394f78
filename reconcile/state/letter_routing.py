"""Routing: a window's dead letters of today, merged into those already known.

Repeating it ends the same. Everything is derived from what the run saw and what the table holds:
chunks are upserted by identity, each in a transaction of its own, and only the last transaction
closes what was not seen and counts. A run killed in between is repeated from the start.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    String,
    and_,
    case,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    update,
)

from reconcile.model.dead_letter import LetterKind, LetterStatus
from reconcile.model.window import Window
from reconcile.state import letter_staging
from reconcile.state.letter_identity import LetterIdentity
from reconcile.state.letter_staging import numbered, staged
from reconcile.state.schema import dead_letters, runs
from reconcile.state.transactions import READ_ONLY, Transactions
from reconcile.state.upsert import upsert
from reconcile.state.utc_datetime import UtcDateTime

if TYPE_CHECKING:
    import pyarrow as pa

_CHUNK = 50_000
_OVER = (LetterStatus.RESOLVED.value, LetterStatus.EXPIRED.value)
_WAITING = (LetterStatus.OPEN.value, LetterStatus.ACKNOWLEDGED.value)


@dataclass(frozen=True)
class RoutedCounts:
    """Letters by what the run did to them; a repetition of the run gives the same counts."""

    opened: int
    reopened: int
    seen_again: int
    closed: int


@dataclass(frozen=True)
class Routing:
    """One run's routing into one window.

    Attributes:
        run_id: The run that saw the letters.
        dataset: The dataset's name.
        window: The window they belong to.
        now: When they were seen.
        max_rows: How many letters are kept one by one (see `DeadLetters.route`).
        full_file: Location of the file that holds all of them.
        close_unseen: Whether letters that were not seen are closed.
    """

    run_id: str
    dataset: str
    window: Window
    now: datetime
    max_rows: int
    full_file: str
    close_unseen: bool

    @property
    def closing(self) -> str:
        """The resolution of letters that this run closes."""
        return f"not seen any more by run {self.run_id}"

    @property
    def of_window(self) -> ColumnElement[bool]:
        """Whether a letter is of this dataset and window."""
        return and_(
            dead_letters.c.dataset == self.dataset,
            dead_letters.c.window_start == self.window.start,
            dead_letters.c.window_end == self.window.end,
        )

    @property
    def identity(self) -> LetterIdentity:
        """Identities within this dataset and window."""
        return LetterIdentity(self.dataset, self.window.start, self.window.end)


def route(
    transactions: Transactions, routing: Routing, batches: Iterable[pa.RecordBatch]
) -> RoutedCounts:
    """Merges the letters in; see `DeadLetters.route`."""
    with transactions.session() as connection:
        # Temporary tables only: the database's own lock is not needed yet.
        connection.execution_options(**{READ_ONLY: True})
        total = letter_staging.stage(connection, batches, routing.identity)
        letter_staging.number(connection)
        connection.execution_options(**{READ_ONLY: False})
        for first in range(1, total + 1, _CHUNK):
            _upsert(connection, routing, first=first, end=min(first + _CHUNK, total + 1))
        if total > routing.max_rows:
            _upsert_summary(connection, routing, total)
        with connection.begin():
            if routing.close_unseen:
                _close_unseen(connection, routing)
            return _recorded_counts(connection, routing)


def _upsert(connection: Connection, routing: Routing, *, first: int, end: int) -> None:
    """The letters at places `[first, end)`: new ones up to `max_rows`, known ones all."""
    here = and_(numbered.c.place >= first, numbered.c.place < end)
    if end - 1 > routing.max_rows:
        here = and_(here, or_(numbered.c.place <= routing.max_rows, _known()))
    with connection.begin():
        _merge(connection, routing, here)


def _upsert_summary(connection: Connection, routing: Routing, total: int) -> None:
    """One letter for all those that are not kept one by one."""
    with connection.begin():
        left_out = connection.execute(
            select(func.count()).select_from(numbered).where(~_known())
        ).scalar_one()
    kind, side, key = LetterKind.SUMMARY.value, "both", "{}"
    reason = (
        f"{left_out} more dead letters than the {routing.max_rows} kept one by one; "
        f"all {total} are in {routing.full_file}"
    )
    place = total + 1
    identity = routing.identity.of(kind, side, key, None)
    row = (place, identity, kind, side, key, "[]", None, None, reason, "critical", None, "")
    letter_staging.stage_last(connection, row, place=place)
    with connection.begin():
        _merge(connection, routing, numbered.c.place == place)


def _known() -> ColumnElement[bool]:
    """Whether a numbered letter is in the table already."""
    return exists().where(
        dead_letters.c.identity == numbered.c.identity, dead_letters.c.number == numbered.c.number
    )


def _merge(connection: Connection, routing: Routing, here: ColumnElement[bool]) -> None:
    columns, letters = _incoming(routing, here)
    incoming = upsert(dead_letters, dialect=connection.dialect.name).from_select(columns, letters)
    told_anew = (
        "run_id",
        "mismatched_columns",
        "source_row",
        "target_row",
        "reason",
        "severity",
        "last_seen_at",
    )
    over = dead_letters.c.status.in_(_OVER)
    connection.execute(
        incoming.on_conflict_do_update(
            index_elements=["identity", "number"],
            set_={name: incoming.excluded[name] for name in told_anew}
            | {
                "status": case((over, LetterStatus.OPEN.value), else_=dead_letters.c.status),
                "resolved_at": case((over, null()), else_=dead_letters.c.resolved_at),
                "resolution": case((over, null()), else_=dead_letters.c.resolution),
                "reopened_by": case((over, routing.run_id), else_=dead_letters.c.reopened_by),
            },
        )
    )


def _incoming(
    routing: Routing, here: ColumnElement[bool]
) -> tuple[list[str], Select[*tuple[Any, ...]]]:
    """The staged letters as new rows of `dead_letters`: the columns' names, and the query."""
    values: dict[str, ColumnElement[object]] = {
        "dataset": literal(routing.dataset, String),
        "window_start": literal(routing.window.start, UtcDateTime),
        "window_end": literal(routing.window.end, UtcDateTime),
        "run_id": literal(routing.run_id, String),
        "kind": staged.c.kind,
        "side": staged.c.side,
        "match_key": staged.c.match_key,
        "mismatched_columns": staged.c.mismatched_columns,
        "source_row": staged.c.source_row,
        "target_row": staged.c.target_row,
        "reason": staged.c.reason,
        "severity": staged.c.severity,
        "expectation_id": staged.c.expectation_id,
        "status": literal(LetterStatus.OPEN.value, String),
        "attempts": literal(0, Integer),
        "first_seen_at": literal(routing.now, UtcDateTime),
        "last_seen_at": literal(routing.now, UtcDateTime),
        "identity": numbered.c.identity,
        "number": numbered.c.number,
        "opened_by": literal(routing.run_id, String),
    }
    query = (
        select(*values.values())
        .join_from(numbered, staged, staged.c.position == numbered.c.position)
        .where(here)
        .order_by(numbered.c.place)
    )
    return list(values), query


def _close_unseen(connection: Connection, routing: Routing) -> None:
    seen = exists().where(
        numbered.c.identity == dead_letters.c.identity, numbered.c.number == dead_letters.c.number
    )
    connection.execute(
        update(dead_letters)
        .where(routing.of_window, dead_letters.c.status.in_(_WAITING), ~seen)
        .values(
            status=LetterStatus.RESOLVED.value,
            resolved_at=routing.now,
            resolution=routing.closing,
        )
    )


def _recorded_counts(connection: Connection, routing: Routing) -> RoutedCounts:
    """What the table says this run has done, also written to the run."""
    run_id, table = routing.run_id, dead_letters.c
    opened = table.opened_by == run_id
    reopened = and_(~opened, func.coalesce(table.reopened_by, "") == run_id)
    seen_again = and_(~opened, ~reopened, table.run_id == run_id)
    closed = and_(table.status == LetterStatus.RESOLVED.value, table.resolution == routing.closing)
    row = connection.execute(
        select(
            func.count(case((opened, 1))).label("opened"),
            func.count(case((reopened, 1))).label("reopened"),
            func.count(case((seen_again, 1))).label("seen_again"),
            func.count(case((closed, 1))).label("closed"),
        )
        .select_from(dead_letters)
        .where(routing.of_window)
    ).one()
    counts = RoutedCounts(row.opened, row.reopened, row.seen_again, row.closed)
    connection.execute(
        update(runs)
        .where(runs.c.id == run_id)
        .values(opened=counts.opened, reopened=counts.reopened, closed=counts.closed)
    )
    return counts
