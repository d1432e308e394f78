"""The account of a dataset's snapshots, for an auditor."""

from __future__ import annotations

from reconcile.jobs.snapshots.work import SnapshotWork
from reconcile.report.snapshot_content import SnapshotReport


def account(work: SnapshotWork) -> SnapshotReport:
    """What is protected, since when, how often it was proven, what is held, and what is not well.

    A repository that cannot be asked, or is not there yet, is said in the account.
    """
    raise NotImplementedError
