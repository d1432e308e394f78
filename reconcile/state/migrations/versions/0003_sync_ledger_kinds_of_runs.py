"""Historical sync: its ledger, its windows, uploads that have begun; and what kind a run is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from reconcile.state.object_name import ObjectName
from reconcile.state.utc_datetime import UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Three tables, and a column of `runs`: all that there are reconcile."""
    op.create_table(
        "sync_ledger",
        sa.Column("identity", sa.LargeBinary(length=32), nullable=False),
        sa.Column("dataset", sa.String(length=200), nullable=False),
        sa.Column("place", sa.LargeBinary(length=32), nullable=False),
        sa.Column("window_name", sa.String(length=40), nullable=False),
        sa.Column("name", ObjectName(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("origin_etag", sa.Text(), nullable=False),
        sa.Column("origin_version", sa.Text(), nullable=True),
        sa.Column("destination_etag", sa.Text(), nullable=True),
        sa.Column("destination_version", sa.Text(), nullable=True),
        sa.Column("equality", sa.String(length=40), nullable=False),
        sa.Column("algorithm", sa.String(length=40), nullable=True),
        sa.Column("origin_value", sa.Text(), nullable=True),
        sa.Column("destination_value", sa.Text(), nullable=True),
        sa.Column("rows", sa.BigInteger(), nullable=True),
        sa.Column("run_id", sa.String(length=200), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("identity", name=op.f("pk_sync_ledger")),
    )
    op.create_index(
        "ix_sync_ledger_window", "sync_ledger", ["dataset", "place", "window_name", "equality"]
    )
    op.create_table(
        "sync_windows",
        sa.Column("dataset", sa.String(length=200), nullable=False),
        sa.Column("place", sa.LargeBinary(length=32), nullable=False),
        sa.Column("window_name", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("objects", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("missing", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.String(length=200), nullable=False),
        sa.Column("committed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("dataset", "place", "window_name", name=op.f("pk_sync_windows")),
    )
    op.create_table(
        "unfinished_uploads",
        sa.Column("identity", sa.LargeBinary(length=32), nullable=False),
        sa.Column("address", ObjectName(), nullable=False),
        sa.Column("name", ObjectName(), nullable=False),
        sa.Column("pin", sa.Text(), nullable=False),
        sa.Column("upload", sa.Text(), nullable=True),
        sa.Column("others", sa.Text(), nullable=False),
        sa.Column("parts", sa.Text(), nullable=False),
        sa.Column("kept_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("identity", name=op.f("pk_unfinished_uploads")),
    )
    # SQLite adds a column in place; a copy of the table would take the rows below runs with it.
    op.add_column(
        "runs",
        sa.Column(
            "kind", sa.String(length=40), server_default="reconciliation", nullable=False
        ),
    )
