"""Runs: what ran over which window, how far it came, what it found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from reconcile.errors import BadInput
from reconcile.model.discrepancy import Kind, Side
from reconcile.model.result import Counts, Verdict
from reconcile.model.run import Run, RunKind, RunStatus, Step
from reconcile.model.window import Window
from reconcile.state.run_rows import kind_of, one, read, require
from reconcile.state.schema import discrepancy_counts, run_partitions, run_steps, runs
from reconcile.state.transactions import Transactions


@dataclass(frozen=True)
class RunPartition:
    """What one side put into a run; the pinned objects themselves lie in the artifacts.

    Attributes:
        side: Which side.
        location: Where its partition lies.
        objects: How many there are.
        bytes: Their size together.
        rows: Their rows; None where nobody has counted them.
        requests: HTTP requests that the run has sent for it; None where nobody has counted them.
        bytes_read: Bytes that the run has received or read of it; None likewise.
    """

    side: Side
    location: str
    objects: int
    bytes: int
    rows: int | None = None
    requests: int | None = None
    bytes_read: int | None = None


@dataclass(frozen=True)
class DiscrepancyCount:
    """Discrepant rows of a kind and side, or with `column` the mismatches of one column."""

    kind: Kind
    side: Side
    column: str | None
    rows: int


class Runs:
    """The runs of every dataset. Run ids are the caller's: unique and sortable by time."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def begin(
        self,
        run_id: str,
        dataset: str,
        window: Window,
        *,
        now: datetime,
        kind: RunKind = RunKind.RECONCILIATION,
    ) -> Run:
        """Writes down that a run has begun. Beginning a known run starts it over.

        Starting over forgets its steps, verdict, inputs and counts: later steps that rested on
        them must be done again.

        Raises:
            BadInput: The id belongs to a run of another dataset, window or kind.
        """
        values = {
            "dataset": dataset,
            "window_name": window.name,
            "window_start": window.start,
            "window_end": window.end,
            "kind": kind.value,
        }
        with self._transactions.write() as connection:
            known = connection.execute(select(runs).where(runs.c.id == run_id)).one_or_none()
            if known is not None:
                _refuse_another(known, values)
                # The tables below a run go with it.
                connection.execute(delete(runs).where(runs.c.id == run_id))
            connection.execute(
                insert(runs).values(
                    id=run_id, status=RunStatus.RUNNING.value, started_at=now, **values
                )
            )
            return one(connection, run_id)

    def step_begun(self, run_id: str, step: StrEnum) -> None:
        """Takes a run up again at a step: that step and those after it are to do, it has no end.

        What an earlier comparison counted is forgotten when the run is compared again.

        Raises:
            NotFound: There is no such run.
        """
        with self._transactions.write() as connection:
            order = kind_of(connection, run_id).steps
            undone = [later.value for later in order[order.index(step) :]]
            connection.execute(
                delete(run_steps).where(run_steps.c.run_id == run_id, run_steps.c.step.in_(undone))
            )
            if Step.COMPARE.value in undone:
                _replace(connection, discrepancy_counts, {"run_id": run_id}, [])
            connection.execute(
                update(runs)
                .where(runs.c.id == run_id)
                .values(status=RunStatus.RUNNING.value, verdict=None, error=None, finished_at=None)
            )

    def step_done(self, run_id: str, step: StrEnum, *, now: datetime) -> None:
        """Marks a step as done; marking it again moves its time.

        Raises:
            NotFound: There is no such run.
        """
        with self._transactions.write() as connection:
            require(connection, run_id)
            _replace(
                connection,
                run_steps,
                {"run_id": run_id, "step": step.value},
                [{"done_at": now}],
            )

    def record_error(self, run_id: str, error: str) -> None:
        """Keeps a line of what went wrong in a run that goes on, until a step begins again.

        Raises:
            NotFound: There is no such run.
        """
        with self._transactions.write() as connection:
            require(connection, run_id)
            connection.execute(update(runs).where(runs.c.id == run_id).values(error=error))

    def record_partitions(self, run_id: str, partitions: Iterable[RunPartition]) -> None:
        """Replaces what the run's sides put in.

        Raises:
            NotFound: There is no such run.
        """
        rows = [{**vars(partition), "side": partition.side.value} for partition in partitions]
        with self._transactions.write() as connection:
            require(connection, run_id)
            _replace(connection, run_partitions, {"run_id": run_id}, rows)

    def record_counts(
        self, run_id: str, counts: Counts, *, mismatched: Mapping[str, int] | None = None
    ) -> None:
        """Replaces the run's counts: rows per kind and side, mismatches per column.

        Raises:
            NotFound: There is no such run.
        """
        rows = [
            {
                "kind": count.kind.value,
                "side": count.side.value,
                "column_name": count.column or "",
                "rows": count.rows,
            }
            for count in _counts(counts, mismatched or {})
        ]
        with self._transactions.write() as connection:
            require(connection, run_id)
            _replace(connection, discrepancy_counts, {"run_id": run_id}, rows)

    def finish(
        self, run_id: str, verdict: Verdict, *, now: datetime, report: str | None = None
    ) -> Run:
        """Ends the run with its verdict; `report` is its report's location, where it has one.

        Raises:
            NotFound: There is no such run.
        """
        values: dict[str, Any] = {"verdict": verdict.value, "error": None}
        if report is not None:
            values["report"] = report
        return self._end(run_id, RunStatus.FINISHED, now=now, values=values)

    def fail(self, run_id: str, error: str, *, now: datetime) -> Run:
        """Ends the run without a verdict; `error` is the line it failed with.

        Raises:
            NotFound: There is no such run.
        """
        return self._end(
            run_id, RunStatus.FAILED, now=now, values={"verdict": None, "error": error}
        )

    def get(self, run_id: str) -> Run:
        """One run.

        Raises:
            NotFound: There is no such run.
        """
        with self._transactions.read() as connection:
            return one(connection, run_id)

    def exists(self, run_id: str) -> bool:
        """Whether there is such a run."""
        with self._transactions.read() as connection:
            found = connection.execute(select(runs.c.id).where(runs.c.id == run_id)).first()
        return found is not None

    def newest(
        self, dataset: str, window: str, *, kind: RunKind = RunKind.RECONCILIATION
    ) -> Run | None:
        """The run of that kind and window, by its name, that began last."""
        found = self.list(dataset=dataset, window=window, kind=kind, limit=1)
        return found[0] if found else None

    def latest(self, *, kind: RunKind = RunKind.RECONCILIATION) -> Run | None:
        """The run of that kind that began last, of any dataset."""
        found = self.list(kind=kind, limit=1)
        return found[0] if found else None

    def list(
        self,
        *,
        dataset: str | None = None,
        window: str | None = None,
        verdict: Verdict | None = None,
        kind: RunKind | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> tuple[Run, ...]:
        """Runs of every kind, the newest first; each filter narrows."""
        query = select(runs).order_by(runs.c.started_at.desc(), runs.c.id.desc())
        if dataset is not None:
            query = query.where(runs.c.dataset == dataset)
        if window is not None:
            query = query.where(runs.c.window_name == window)
        if verdict is not None:
            query = query.where(runs.c.verdict == verdict.value)
        if kind is not None:
            query = query.where(runs.c.kind == kind.value)
        with self._transactions.read() as connection:
            return read(connection, query.limit(limit).offset(offset))

    def partitions(self, run_id: str) -> tuple[RunPartition, ...]:
        """What the run's sides put in, source first."""
        columns = [column for column in run_partitions.c if column.name != "run_id"]
        query = select(*columns).where(run_partitions.c.run_id == run_id)
        with self._transactions.read() as connection:
            return tuple(
                RunPartition(**{**row._mapping, "side": Side(row.side)})
                for row in connection.execute(query.order_by(run_partitions.c.side))
            )

    def counts(self, run_id: str) -> tuple[DiscrepancyCount, ...]:
        """The run's counts; those of whole kinds have no column."""
        table = discrepancy_counts
        query = select(table).where(table.c.run_id == run_id)
        with self._transactions.read() as connection:
            return tuple(
                DiscrepancyCount(Kind(row.kind), Side(row.side), row.column_name or None, row.rows)
                for row in connection.execute(
                    query.order_by(table.c.kind, table.c.column_name, table.c.side)
                )
            )

    def _end(
        self, run_id: str, status: RunStatus, *, now: datetime, values: Mapping[str, Any]
    ) -> Run:
        with self._transactions.write() as connection:
            connection.execute(
                update(runs)
                .where(runs.c.id == run_id)
                .values(status=status.value, finished_at=now, **values)
            )
            return one(connection, run_id)


def _counts(counts: Counts, mismatched: Mapping[str, int]) -> Iterable[DiscrepancyCount]:
    yield DiscrepancyCount(Kind.VALUE_MISMATCH, Side.BOTH, None, counts.value_mismatch)
    yield DiscrepancyCount(Kind.MISSING_IN_TARGET, Side.SOURCE, None, counts.missing_in_target)
    yield DiscrepancyCount(Kind.MISSING_IN_SOURCE, Side.TARGET, None, counts.missing_in_source)
    yield DiscrepancyCount(Kind.DUPLICATE_KEY, Side.SOURCE, None, counts.duplicate_key_source)
    yield DiscrepancyCount(Kind.DUPLICATE_KEY, Side.TARGET, None, counts.duplicate_key_target)
    for column, rows in mismatched.items():
        yield DiscrepancyCount(Kind.VALUE_MISMATCH, Side.BOTH, column, rows)


def _replace(
    connection: Connection,
    table: Any,
    fixed: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
) -> None:
    """Exactly these rows where the `fixed` columns have these values."""
    connection.execute(delete(table).where(*(table.c[name] == v for name, v in fixed.items())))
    if rows:
        connection.execute(insert(table), [{**fixed, **row} for row in rows])


def _refuse_another(known: Row[Any], values: Mapping[str, Any]) -> None:
    """Refuses to begin a known run again as something else than it was."""
    if known.kind != values["kind"]:
        raise BadInput(
            f"run {known.id} cannot begin again as another kind of run",
            found=values["kind"],
            expected=known.kind,
            next_step="give the run an id of its own",
        )
    if any(getattr(known, name) != value for name, value in values.items()):
        raise BadInput(
            f"run {known.id} cannot begin again over another window",
            found=f"{values['dataset']}@{values['window_name']}",
            expected=f"{known.dataset}@{known.window_name}",
            next_step="give the run an id of its own",
        )
