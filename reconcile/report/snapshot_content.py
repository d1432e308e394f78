"""What the auditor's report on a dataset's snapshots shows, as values: nothing is asked here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from reconcile.model.snapshot import (
    Decision,
    LedgerLine,
    Protection,
    SnapshotRules,
    Standing,
)


@dataclass(frozen=True)
class RepositoryAccount:
    """What is known of one repository of a dataset.

    Attributes:
        location: Where it lies.
        id: Its id; None where there is none yet, or it could not be opened.
        encrypted: Whether its content is encrypted before it is sent.
        standings: The dataset's snapshots in it, oldest first by `taken_at`.
        lines: Its ledger's lines of this dataset, in order.
        problems: What is wrong with its ledger, a sentence each.
        protection: By snapshot id what the store does now so that the snapshot stays: its
            manifest's protection. A snapshot that is left out is not locked.
        unprotected: Why nothing is locked although it was asked for, such as `the store cannot
            lock objects`; None where nothing was asked for, or all is well.
        error: Why the rest is not known, in one line; None where it is.
    """

    location: str
    id: str | None = None
    encrypted: bool = False
    standings: tuple[Standing, ...] = ()
    lines: tuple[LedgerLine, ...] = ()
    problems: tuple[str, ...] = ()
    protection: Mapping[str, Protection] = field(default_factory=dict)
    unprotected: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class SnapshotReport:
    """What is protected, how well, and how that is known.

    Attributes:
        dataset: Whose snapshots.
        location: Of the side that is saved.
        timezone: The dataset's, for calendars.
        rules: How it is to be backed up.
        made_at: When this was told, UTC.
        repository: The repository that is written to.
        copy: The second one; None where none is declared.
        decisions: What the retention would do now with the repository's snapshots.
        description: The dataset's.
        owner: Whose it is.
    """

    dataset: str
    location: str
    timezone: str
    rules: SnapshotRules
    made_at: datetime
    repository: RepositoryAccount
    copy: RepositoryAccount | None = None
    decisions: tuple[Decision, ...] = ()
    description: str | None = None
    owner: str | None = None

    @property
    def standings(self) -> tuple[Standing, ...]:
        """The snapshots, oldest first."""
        return self.repository.standings

    @property
    def lines(self) -> tuple[LedgerLine, ...]:
        """The ledger's lines of this dataset, in order."""
        return self.repository.lines
