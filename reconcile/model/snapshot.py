"""Snapshots: what a repository holds, what its ledger says, and how long it is to be kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from reconcile.model.discrepancy import Side
from reconcile.model.sync import Limits

CHUNK_SIZE = 16 * 1024**2
"""Bytes of an object that are stored together, at most. Smaller objects are one chunk."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of content, stored once however many objects hold it.

    Attributes:
        id: SHA-256 of its bytes, 64 hexadecimal digits; in an encrypted repository HMAC-SHA-256
            under a key of the repository's, so that nobody without it can guess the content.
        size: Bytes, as they are in the object.
    """

    id: str
    size: int


@dataclass(frozen=True, slots=True)
class SavedObject:
    """One object of a snapshot.

    Attributes:
        name: Below the dataset's location.
        size: Bytes.
        etag: Its tag at the origin.
        version: Its version there, where versions are kept.
        sha256: Of its bytes, hexadecimal.
        crc64nvme: Of its bytes, base64.
        chunks: Its content, in order; none where it is empty.
        rows: Rows, where it is Parquet.
        schema: Digest of its columns, where it is Parquet.
    """

    name: str
    size: int
    etag: str
    version: str | None
    sha256: str
    crc64nvme: str
    chunks: tuple[Chunk, ...]
    rows: int | None = None
    schema: str | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of a snapshot's objects in name order, stored once however many snapshots hold it.

    Attributes:
        id: Like a chunk's, of its encoded bytes.
        size: Encoded bytes.
        objects: How many objects.
        bytes: Their bytes.
        rows: Their rows, as far as they are known.
        first: The first object's name.
        last: The last one's.
    """

    id: str
    size: int
    objects: int
    bytes: int
    rows: int
    first: str
    last: str


class Consistency(StrEnum):
    """Whether all objects of a snapshot were there at one moment."""

    CONSISTENT = "consistent"
    INCONSISTENT = "inconsistent"


@dataclass(frozen=True)
class Manifest:
    """A snapshot: what is written last, and only once.

    Attributes:
        id: The snapshot's id (`snapshots.names`).
        dataset: The dataset's name.
        repository: The id of the repository that it was written to first.
        side: Which side of the dataset was saved.
        location: Where it lay, for people.
        started_at: When the origin's objects were first listed, UTC.
        taken_at: The moment at which all of them were there, UTC; what retention goes by.
        span: First and last window that it holds, by name; None where it holds everything.
        consistency: Whether they were.
        reasons: Why not, a line each.
        segments: Its objects.
        tags: What people called it.
        new_bytes: Bytes of content that were not in the repository before.
    """

    id: str
    dataset: str
    repository: str
    side: Side
    location: str
    started_at: datetime
    taken_at: datetime
    segments: tuple[Segment, ...]
    span: tuple[str, str] | None = None
    consistency: Consistency = Consistency.CONSISTENT
    reasons: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    new_bytes: int = 0

    @property
    def objects(self) -> int:
        """How many objects it holds."""
        return sum(one.objects for one in self.segments)

    @property
    def bytes(self) -> int:
        """Their bytes."""
        return sum(one.bytes for one in self.segments)

    @property
    def rows(self) -> int:
        """Their rows, of those that are Parquet."""
        return sum(one.rows for one in self.segments)


class LedgerAction(StrEnum):
    """What a line of a repository's ledger is about."""

    CREATE = "create"
    COPY = "copy"
    VERIFY = "verify"
    RESTORE = "restore"
    DRILL = "drill"
    HOLD = "hold"
    RELEASE = "release"
    PRUNE = "prune"
    """A snapshot is removed."""
    SWEEP = "sweep"
    """Content that no snapshot holds is removed."""


@dataclass(frozen=True)
class LedgerLine:
    """One line of a repository's ledger, chained to the one before it.

    Attributes:
        sequence: Its number, from 1.
        previous: The digest of the line before; 64 zeros for the first.
        at: When, UTC.
        action: What was done.
        dataset: Of which dataset.
        snapshot: Of which snapshot; None where it is about none.
        by: Who did it: a person's or a DAG run's name, for people.
        details: What came of it (`snapshots.chain` says which keys an action has).
        digest: SHA-256 of the line, hexadecimal, over everything above.
    """

    sequence: int
    previous: str
    at: datetime
    action: LedgerAction
    dataset: str
    snapshot: str | None
    by: str
    details: Mapping[str, Any]
    digest: str


@dataclass(frozen=True)
class Hold:
    """Somebody wants a snapshot kept, whatever the policy says.

    Attributes:
        reason: Why.
        by: Who.
        since: When it was said, UTC.
    """

    reason: str
    by: str
    since: datetime


RECORDED_WITHIN = timedelta(hours=24)
"""How far apart the moment that a snapshot says it was taken at, and the one at which the ledger
came to know it, may lie; further, and it is backdated."""


@dataclass(frozen=True)
class Standing:
    """What is known of one snapshot: its manifest, and what the ledger says of it since.

    Attributes:
        manifest: The snapshot.
        verified_at: When it was last verified and nothing was wrong, UTC.
        damaged: What a verification since found wrong, a line each; empty where nothing was.
        restored_at: When it was last restored or drilled and proven, UTC.
        holds: Who wants it kept.
        copies: Ids of repositories that hold a proven copy.
        recorded_at: When the ledger came to know it, UTC; None where it does not.
    """

    manifest: Manifest
    verified_at: datetime | None = None
    damaged: tuple[str, ...] = ()
    restored_at: datetime | None = None
    holds: tuple[Hold, ...] = ()
    copies: tuple[str, ...] = ()
    recorded_at: datetime | None = None

    @property
    def backdated(self) -> bool:
        """Whether the ledger came to know it at quite another time than it says it was taken."""
        if self.recorded_at is None:
            return False
        return abs(self.recorded_at - self.manifest.taken_at) > RECORDED_WITHIN

    @property
    def proven(self) -> bool:
        """Whether it is consistent, was verified, and nothing has been found wrong since."""
        consistent = self.manifest.consistency is Consistency.CONSISTENT
        return consistent and self.verified_at is not None and not self.damaged

    @property
    def good(self) -> bool:
        """Whether it may be relied on, once its time has come: proven, and not backdated."""
        return self.proven and not self.backdated


@dataclass(frozen=True)
class Retention:
    """Which snapshots are kept; a snapshot that any of them keeps is kept. All empty keeps all.

    Attributes:
        daily: The newest snapshot of each of so many days that have one.
        weekly: Likewise of weeks (ISO, from Monday).
        monthly: Likewise of months.
        yearly: Likewise of years.
        keep_within: All that are no older than this.
        tags: All that bear one of these tags.
    """

    daily: int = 0
    weekly: int = 0
    monthly: int = 0
    yearly: int = 0
    keep_within: timedelta | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decision:
    """What a policy does with one snapshot, and why.

    Attributes:
        snapshot: Its id.
        keep: Whether it is kept.
        reasons: Why, a phrase each, such as `daily 2013-01-05`.
    """

    snapshot: str
    keep: bool
    reasons: tuple[str, ...]


class LockMode(StrEnum):
    """Who may lift a lock before its time: those with a right of their own, or nobody."""

    GOVERNANCE = "governance"
    COMPLIANCE = "compliance"


@dataclass(frozen=True)
class Protection:
    """What a store does so that an object cannot be changed or removed.

    Attributes:
        until: Until when it is locked, UTC; None is not at all.
        mode: How firmly.
        legal_hold: Whether it is held besides, without an end.
    """

    until: datetime | None = None
    mode: LockMode = LockMode.GOVERNANCE
    legal_hold: bool = False


@dataclass(frozen=True)
class LockRules:
    """For how long a repository's objects are locked in a store that can."""

    days: int
    mode: LockMode = LockMode.GOVERNANCE


@dataclass(frozen=True)
class AtRest:
    """What a store is told about its own encryption of what we write.

    Attributes:
        kms_key: The key it shall use in S3; empty is its default key of KMS.
        scope: The encryption scope in Blob Storage.
    """

    kms_key: str | None = None
    scope: str | None = None


@dataclass(frozen=True)
class KeyPlace:
    """Where the key lies that wraps a repository's data key.

    Attributes:
        kind: `file`, `aws_kms` or `azure_key_vault`.
        id: A path; a key's id, ARN or alias; a key's address, `https://…/keys/name[/version]`.
        connection: Who signs in.
    """

    kind: str
    id: str
    connection: str | None = None


@dataclass(frozen=True)
class RepositoryPlace:
    """Where a repository lies and how it is written.

    Attributes:
        location: A folder: `s3://…`, `az://…` or a path.
        connection: Who writes. Needs no right to delete.
        prune_connection: Who removes what is no longer kept; None is the one above.
        key: Of client-side encryption; None is in the clear.
        lock: For how long objects are locked, where the store can; None is not.
        at_rest: The store's own encryption.
    """

    location: str
    connection: str | None = None
    prune_connection: str | None = None
    key: KeyPlace | None = None
    lock: LockRules | None = None
    at_rest: AtRest = AtRest()


@dataclass(frozen=True)
class Objectives:
    """How old the newest good snapshot may be, and how long a restore may take."""

    recovery_point: timedelta | None = None
    recovery_time: timedelta | None = None


@dataclass(frozen=True)
class SnapshotRules:
    """How a dataset is backed up: the `snapshot:` block of its file.

    Attributes:
        of: The side that is saved.
        repository: Where to.
        copy: The second repository, in the other cloud; None is none.
        schedule: Cron of the backup; None is by hand only.
        drill: Cron of the drill; None is by hand only.
        drill_to: The scratch place of drills, a folder of their own; None is the worker's disk.
        verify: The share of the data that each backup reads again, 0 to 1.
        settle: How long a partition that is being rewritten is waited for.
        retention: Which snapshots are kept.
        grace: How long content that no snapshot holds stays before it is removed.
        objectives: What the report measures against.
        erasure: Where the list of match keys lies that must not come back; None is none.
        limits: What may be asked of either store.
        pool: Airflow's pool of the tasks that move data.
    """

    of: Side
    repository: RepositoryPlace
    copy: RepositoryPlace | None = None
    schedule: str | None = None
    drill: str | None = None
    drill_to: str | None = None
    verify: float = 0.05
    settle: timedelta = timedelta(minutes=10)
    retention: Retention = Retention()
    grace: timedelta = timedelta(hours=24)
    objectives: Objectives = Objectives()
    erasure: str | None = None
    limits: Limits = field(default_factory=Limits)
    pool: str = "snapshot_backup"


class BackupStep(StrEnum):
    """The steps of one backup, in order."""

    CREATE = "create"
    VERIFY = "verify"
    COPY = "copy"
    PRUNE = "prune"
    REPORT = "report"


class RestoreStep(StrEnum):
    """What a drill's run does, and a restore's, before its report."""

    DRILL = "drill"
    RESTORE = "restore"
