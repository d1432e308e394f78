"""How snapshots stood when their repository was last read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select, update

from reconcile.model.snapshot import Consistency, Standing
from reconcile.state.schema import snapshots
from reconcile.state.transactions import Transactions
from reconcile.state.upsert import upsert


@dataclass(frozen=True)
class KnownSnapshot:
    """What is known of one snapshot in one repository.

    Attributes:
        repository: The repository's id.
        id: The snapshot's.
        dataset: Whose it is.
        taken_at: When its objects were there together, UTC.
        span: First and last window, by name; None is everything.
        consistency: Whether they were.
        objects: How many objects it holds.
        bytes: Their bytes.
        rows: Their rows.
        verified_at: When it was last found good, UTC.
        damaged: What was found wrong since.
        restored_at: When it was last restored and proven, UTC.
        removed_at: When it was removed, UTC; None where it is kept.
    """

    repository: str
    id: str
    dataset: str
    taken_at: datetime
    span: tuple[str, str] | None
    consistency: Consistency
    objects: int
    bytes: int
    rows: int
    verified_at: datetime | None = None
    damaged: tuple[str, ...] = ()
    restored_at: datetime | None = None
    removed_at: datetime | None = None


class Snapshots:
    """A memory for people and pages; nothing is decided by it, the repository is what counts."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions

    def keep(self, repository: str, standings: Iterable[Standing]) -> None:
        """Keeps how snapshots of a repository stand, in place of what was known of them.

        One that was removed stays so: its repository may have been read before that.
        """
        rows = sorted((_row(repository, one) for one in standings), key=lambda row: row["id"])
        if not rows:
            return
        insert = upsert(snapshots, dialect=self._transactions.dialect)
        fixed = {"repository", "id", "removed_at"}
        statement = insert.on_conflict_do_update(
            index_elements=["repository", "id"],
            set_={
                c.name: insert.excluded[c.name] for c in snapshots.columns if c.name not in fixed
            },
        )
        with self._transactions.write() as connection:
            connection.execute(statement, rows)

    def removed(self, repository: str, ids: Iterable[str], at: datetime) -> None:
        """Says that snapshots of a repository were removed; for those that were, nothing."""
        statement = (
            update(snapshots)
            .where(
                snapshots.c.repository == repository,
                snapshots.c.id == bindparam("of"),
                snapshots.c.removed_at.is_(None),
            )
            .values(removed_at=bindparam("at"))
        )
        rows = [{"of": id, "at": at} for id in sorted(set(ids))]
        if rows:
            with self._transactions.write() as connection:
                connection.execute(statement, rows)

    def list(self, dataset: str) -> tuple[KnownSnapshot, ...]:
        """All that are known of a dataset, those that were removed among them, oldest first."""
        order = (snapshots.c.taken_at, snapshots.c.id, snapshots.c.repository)
        wanted = select(snapshots).where(snapshots.c.dataset == dataset).order_by(*order)
        with self._transactions.read() as connection:
            return tuple(_known(row) for row in connection.execute(wanted))


def _row(repository: str, standing: Standing) -> dict[str, Any]:
    manifest = standing.manifest
    first, last = manifest.span or (None, None)
    return {
        "repository": repository,
        "id": manifest.id,
        "dataset": manifest.dataset,
        "taken_at": manifest.taken_at,
        "first_window": first,
        "last_window": last,
        "consistency": manifest.consistency.value,
        "objects": manifest.objects,
        "bytes": manifest.bytes,
        "rows": manifest.rows,
        "verified_at": standing.verified_at,
        "damaged": json.dumps(standing.damaged),
        "restored_at": standing.restored_at,
    }


def _known(row: Row[Any]) -> KnownSnapshot:
    return KnownSnapshot(
        repository=row.repository,
        id=row.id,
        dataset=row.dataset,
        taken_at=row.taken_at,
        span=None if row.first_window is None else (row.first_window, row.last_window),
        consistency=Consistency(row.consistency),
        objects=row.objects,
        bytes=row.bytes,
        rows=row.rows,
        verified_at=row.verified_at,
        damaged=tuple(json.loads(row.damaged)),
        restored_at=row.restored_at,
        removed_at=row.removed_at,
    )
