"""Snapshots: how each stands, and a mirror of their repositories' ledgers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from reconcile.state.utc_datetime import UtcDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Two tables."""
    op.create_table(
        "snapshot_ledger",
        sa.Column("repository", sa.String(length=200), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("repository", "sequence", name=op.f("pk_snapshot_ledger")),
    )
    op.create_table(
        "snapshots",
        sa.Column("repository", sa.String(length=200), nullable=False),
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("dataset", sa.String(length=200), nullable=False),
        sa.Column("taken_at", UtcDateTime(), nullable=False),
        sa.Column("first_window", sa.String(length=40), nullable=True),
        sa.Column("last_window", sa.String(length=40), nullable=True),
        sa.Column("consistency", sa.String(length=40), nullable=False),
        sa.Column("objects", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("verified_at", UtcDateTime(), nullable=True),
        sa.Column("damaged", sa.Text(), nullable=False),
        sa.Column("restored_at", UtcDateTime(), nullable=True),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("repository", "id", name=op.f("pk_snapshots")),
    )
    op.create_index("ix_snapshots_dataset", "snapshots", ["dataset", "taken_at"])
