"""A dead letter: a discrepancy or a failing row set aside with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class LetterKind(StrEnum):
    """The discrepancy kinds, and what else is set aside.

    `summary` stands for the letters of a window past its `max_rows`.
    """

    VALUE_MISMATCH = "value_mismatch"
    MISSING_IN_TARGET = "missing_in_target"
    MISSING_IN_SOURCE = "missing_in_source"
    DUPLICATE_KEY = "duplicate_key"
    EXPECTATION = "expectation"
    UNREADABLE = "unreadable"
    SUMMARY = "summary"


class LetterStatus(StrEnum):
    """The life of a dead letter."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    REPLAYING = "replaying"
    RESOLVED = "resolved"
    IGNORED = "ignored"
    EXPIRED = "expired"


@dataclass(frozen=True)
class DeadLetter:
    """One row of `dead_letters`, as read. Rows and keys are canonical JSON text."""

    id: int
    dataset: str
    window_start: datetime
    window_end: datetime
    run_id: str
    kind: LetterKind
    side: str
    match_key: str
    mismatched_columns: tuple[str, ...]
    source_row: str | None
    target_row: str | None
    reason: str
    severity: str
    status: LetterStatus
    attempts: int
    first_seen_at: datetime
    last_seen_at: datetime
    resolved_at: datetime | None
    resolution: str | None
