"""Runs as their rows say them, with the steps that are done."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select
from sqlalchemy.sql import Select

from reconcile.errors import NotFound
from reconcile.model.result import Verdict
from reconcile.model.run import Run, RunKind, RunStatus
from reconcile.state.schema import run_steps, runs


def require(connection: Connection, run_id: str) -> None:
    """Raises NotFound where there is no such run."""
    if connection.execute(select(runs.c.id).where(runs.c.id == run_id)).first() is None:
        raise NotFound(f"there is no run {run_id!r}", next_step="reconcile runs list")


def kind_of(connection: Connection, run_id: str) -> RunKind:
    """What a run does; raises NotFound where there is none."""
    require(connection, run_id)
    return RunKind(connection.execute(select(runs.c.kind).where(runs.c.id == run_id)).scalar_one())


def one(connection: Connection, run_id: str) -> Run:
    """One run; raises NotFound where there is none."""
    require(connection, run_id)
    return read(connection, select(runs).where(runs.c.id == run_id))[0]


def read(connection: Connection, query: Select[Any]) -> tuple[Run, ...]:
    """The runs that a query of their table finds, in its order."""
    rows = connection.execute(query).all()
    done: dict[str, set[str]] = {row.id: set() for row in rows}
    for step in connection.execute(select(run_steps).where(run_steps.c.run_id.in_(done))):
        done[step.run_id].add(step.step)
    return tuple(_run(row, done[row.id]) for row in rows)


def _run(row: Row[Any], done: set[str]) -> Run:
    kind = RunKind(row.kind)
    return Run(
        id=row.id,
        dataset=row.dataset,
        window=row.window_name,
        window_start=row.window_start,
        window_end=row.window_end,
        status=RunStatus(row.status),
        started_at=row.started_at,
        steps=tuple(step for step in kind.steps if step.value in done),
        verdict=None if row.verdict is None else Verdict(row.verdict),
        finished_at=row.finished_at,
        error=row.error,
        report=row.report,
        opened=row.opened,
        reopened=row.reopened,
        closed=row.closed,
        kind=kind,
    )
