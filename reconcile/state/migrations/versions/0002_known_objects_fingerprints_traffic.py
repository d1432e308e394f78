"""What is remembered to save work, and what a run's sides took over the wire."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from reconcile.state.utc_datetime import UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Three tables, and two columns of `run_partitions` that earlier runs leave empty."""
    op.create_table(
        "known_objects",
        sa.Column("identity", sa.LargeBinary(length=32), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("schema_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("checksums", sa.Text(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("identity", name=op.f("pk_known_objects")),
    )
    op.create_index("ix_known_objects_seen_at", "known_objects", ["seen_at"])
    op.create_table(
        "known_schemas",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("schema", sa.LargeBinary(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_known_schemas")),
    )
    op.create_index("ix_known_schemas_seen_at", "known_schemas", ["seen_at"])
    op.create_table(
        "fingerprints",
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("objects", sa.String(length=200), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("null_key_rows", sa.BigInteger(), nullable=False),
        sa.Column("key_sum", sa.Text(), nullable=False),
        sa.Column("row_sum", sa.Text(), nullable=False),
        sa.Column("guard_sum", sa.Text(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("place", name=op.f("pk_fingerprints")),
    )
    op.create_index("ix_fingerprints_seen_at", "fingerprints", ["seen_at"])
    with op.batch_alter_table("run_partitions") as table:
        table.add_column(sa.Column("requests", sa.BigInteger(), nullable=True))
        table.add_column(sa.Column("bytes_read", sa.BigInteger(), nullable=True))
