"""The tables of the state database. A change here needs a migration beside the older ones.

`sql/schema/` holds the DDL that follows from this file; `python -m reconcile.state.ddl` writes it.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from reconcile.model.run import RunKind
from reconcile.state.object_name import ObjectName
from reconcile.state.utc_datetime import UtcDateTime

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

_Name = String(200)
_RunId = String(200)
_Word = String(40)
_Digest = LargeBinary(32)
# SQLite counts rows only for a column spelt INTEGER PRIMARY KEY, whose values have 64 bits anyway.
_LetterId = BigInteger().with_variant(Integer, "sqlite")


runs = Table(
    "runs",
    metadata,
    Column("id", _RunId, primary_key=True),
    Column("dataset", _Name, nullable=False),
    Column("window_name", _Word, nullable=False),
    Column("window_start", UtcDateTime, nullable=False),
    Column("window_end", UtcDateTime, nullable=False),
    Column("status", _Word, nullable=False),
    Column("verdict", _Word),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("error", Text),
    Column("report", Text),
    Column("opened", BigInteger, nullable=False, server_default="0"),
    Column("reopened", BigInteger, nullable=False, server_default="0"),
    Column("closed", BigInteger, nullable=False, server_default="0"),
    Column("kind", _Word, nullable=False, server_default=RunKind.RECONCILIATION.value),
    CheckConstraint("window_start < window_end", name="window"),
    Index("ix_runs_window", "dataset", "window_name", "started_at"),
    Index("ix_runs_started_at", "started_at"),
)

run_steps = Table(
    "run_steps",
    metadata,
    Column("run_id", _RunId, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("step", _Word, primary_key=True),
    Column("done_at", UtcDateTime, nullable=False),
)

run_partitions = Table(
    "run_partitions",
    metadata,
    Column("run_id", _RunId, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("side", _Word, primary_key=True),
    Column("location", Text, nullable=False),
    Column("objects", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("rows", BigInteger),
    Column("requests", BigInteger),
    Column("bytes_read", BigInteger),
)

discrepancy_counts = Table(
    "discrepancy_counts",
    metadata,
    Column("run_id", _RunId, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", _Word, primary_key=True),
    Column("side", _Word, primary_key=True),
    # Empty for the rows of the kind; a column's name for its share in `value_mismatch`.
    Column("column_name", Text, primary_key=True),
    Column("rows", BigInteger, nullable=False),
)

window_leases = Table(
    "window_leases",
    metadata,
    Column("dataset", _Name, primary_key=True),
    Column("window_name", _Word, primary_key=True),
    Column("run_id", _RunId, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
)

# What an earlier run learnt of an object. The key is a digest of the store's address and the name.
known_objects = Table(
    "known_objects",
    metadata,
    Column("identity", _Digest, primary_key=True),
    Column("address", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("etag", Text, nullable=False),
    Column("version", Text),
    Column("size", BigInteger, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("schema_digest", _Digest, nullable=False),
    Column("checksums", Text, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Index("ix_known_objects_seen_at", "seen_at"),
)

# Apart from the objects: thousands of files of a dataset share one. Seen as late as any of them.
known_schemas = Table(
    "known_schemas",
    metadata,
    Column("digest", _Digest, primary_key=True),
    Column("schema", LargeBinary, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Index("ix_known_schemas_seen_at", "seen_at"),
)

fingerprints = Table(
    "fingerprints",
    metadata,
    Column("place", _Name, primary_key=True),
    Column("objects", _Name, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("null_key_rows", BigInteger, nullable=False),
    # Sums of 63-bit numbers, in decimal: no number type of both databases holds them exactly.
    Column("key_sum", Text, nullable=False),
    Column("row_sum", Text, nullable=False),
    Column("guard_sum", Text, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Index("ix_fingerprints_seen_at", "seen_at"),
)

# What a dataset's destination should hold. A place is a digest of the destination's address and
# path: where either changes, the ledger begins anew. The key is one of the place and the names.
sync_ledger = Table(
    "sync_ledger",
    metadata,
    Column("identity", _Digest, primary_key=True),
    Column("dataset", _Name, nullable=False),
    Column("place", _Digest, nullable=False),
    Column("window_name", _Word, nullable=False),
    Column("name", ObjectName, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("origin_etag", Text, nullable=False),
    Column("origin_version", Text),
    Column("destination_etag", Text),
    Column("destination_version", Text),
    Column("equality", _Word, nullable=False),
    Column("algorithm", _Word),
    Column("origin_value", Text),
    Column("destination_value", Text),
    Column("rows", BigInteger),
    # No foreign key to `runs`: what is known outlives the runs that found it out.
    Column("run_id", _RunId, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    Index("ix_sync_ledger_window", "dataset", "place", "window_name", "equality"),
)

sync_windows = Table(
    "sync_windows",
    metadata,
    Column("dataset", _Name, primary_key=True),
    Column("place", _Digest, primary_key=True),
    Column("window_name", _Word, primary_key=True),
    Column("state", _Word, nullable=False),
    Column("objects", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("missing", BigInteger, nullable=False),
    Column("run_id", _RunId, nullable=False),
    Column("committed_at", UtcDateTime, nullable=False),
)

# Uploads that have begun and not ended: a few at any time.
unfinished_uploads = Table(
    "unfinished_uploads",
    metadata,
    Column("identity", _Digest, primary_key=True),
    Column("address", ObjectName, nullable=False),
    Column("name", ObjectName, nullable=False),
    Column("pin", Text, nullable=False),
    Column("upload", Text),
    Column("others", Text, nullable=False),
    Column("parts", Text, nullable=False),
    Column("kept_at", UtcDateTime, nullable=False),
)

# What was read of repositories' ledgers. Lines are added and never changed: where one is another
# the next time, somebody has written to the repository.
snapshot_ledger = Table(
    "snapshot_ledger",
    metadata,
    Column("repository", _Name, primary_key=True),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("digest", String(64), nullable=False),
    Column("line", Text, nullable=False),
)

# How snapshots stood when their repository was last read. It outlives them.
snapshots = Table(
    "snapshots",
    metadata,
    Column("repository", _Name, primary_key=True),
    Column("id", _Name, primary_key=True),
    Column("dataset", _Name, nullable=False),
    Column("taken_at", UtcDateTime, nullable=False),
    Column("first_window", _Word),
    Column("last_window", _Word),
    Column("consistency", _Word, nullable=False),
    Column("objects", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("verified_at", UtcDateTime),
    Column("damaged", Text, nullable=False),
    Column("restored_at", UtcDateTime),
    Column("removed_at", UtcDateTime),
    Index("ix_snapshots_dataset", "dataset", "taken_at"),
)

# No foreign key to `runs`: a letter outlives the runs that saw it.
dead_letters = Table(
    "dead_letters",
    metadata,
    Column("id", _LetterId, primary_key=True, autoincrement=True),
    Column("dataset", _Name, nullable=False),
    Column("window_start", UtcDateTime, nullable=False),
    Column("window_end", UtcDateTime, nullable=False),
    Column("run_id", _RunId, nullable=False),
    Column("kind", _Word, nullable=False),
    Column("side", _Word, nullable=False),
    Column("match_key", Text, nullable=False),
    Column("mismatched_columns", Text, nullable=False),
    Column("source_row", Text),
    Column("target_row", Text),
    Column("reason", Text, nullable=False),
    Column("severity", _Word, nullable=False),
    Column("expectation_id", Text),
    Column("status", _Word, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("first_seen_at", UtcDateTime, nullable=False),
    Column("last_seen_at", UtcDateTime, nullable=False),
    Column("resolved_at", UtcDateTime),
    Column("resolution", Text),
    Column("identity", LargeBinary(32), nullable=False),
    Column("number", Integer, nullable=False),
    Column("opened_by", _RunId, nullable=False),
    Column("reopened_by", _RunId),
    UniqueConstraint("identity", "number", name="uq_dead_letters_identity"),
    Index("ix_dead_letters_window", "dataset", "window_start", "status"),
)
