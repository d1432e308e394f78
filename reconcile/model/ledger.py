"""The sync ledger: what is known of every object that a dataset's destination should hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Equality(StrEnum):
    """What is known of an object and its copy."""

    PROVEN = "proven"
    DIFFERENT = "different"
    UNPROVEN = "unproven"
    ABSENT = "absent"


@dataclass(frozen=True)
class ObjectVersion:
    """Which content of an object: its tag, and its version where the store keeps any."""

    etag: str
    version: str | None = None


@dataclass(frozen=True)
class LedgerEntry:
    """One object that is expected at the destination.

    Attributes:
        name: Below the window's partition.
        size: Bytes at the origin.
        origin: The version that was read there.
        equality: What is known of the copy.
        destination: The version that was written or found there; None where it is absent.
        algorithm: Of the proof; None where there is none.
        origin_value: The checksum of the origin's bytes, base64.
        destination_value: The checksum of the destination's.
        rows: Rows, where the object is Parquet and its footer was seen.
        run_id: The run that found it out.
        recorded_at: When, UTC.
    """

    name: str
    size: int
    origin: ObjectVersion
    equality: Equality
    run_id: str
    recorded_at: datetime
    destination: ObjectVersion | None = None
    algorithm: str | None = None
    origin_value: str | None = None
    destination_value: str | None = None
    rows: int | None = None


class WindowState(StrEnum):
    """How a window stood when it was last synchronised."""

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    EMPTY = "empty"
    """The origin held nothing: it is late, or it was never written."""


@dataclass(frozen=True)
class SyncedWindow:
    """What the last sync of a window that came to its end left: the pointer that is written last.

    Attributes:
        window: Its name.
        state: How it stands.
        objects: Objects that the origin held.
        bytes: Their bytes.
        missing: Those of them that are not done.
        run_id: The run.
        committed_at: When, UTC.
    """

    window: str
    state: WindowState
    objects: int
    bytes: int
    missing: int
    run_id: str
    committed_at: datetime
