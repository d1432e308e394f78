"""The `snapshot:` block of a dataset file, as its keys are written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from reconcile.config.duration import age_text
from reconcile.config.entry import Entry, Finding
from reconcile.config.repository_entry import Repository, folder_of, nested
from reconcile.config.sync_entry import LimitsEntry
from reconcile.config.values import (
    Age,
    Count,
    Cron,
    LocationText,
    Percentage,
    SideWord,
    Text,
    WaitingTime,
)
from reconcile.model.dataset import DatasetSide
from reconcile.model.discrepancy import Side
from reconcile.model.location import Location
from reconcile.model.snapshot import Objectives, Retention, SnapshotRules

_SHORTEST_GRACE = timedelta(hours=1)
"""Shorter, and a sweep could meet a backup that began before its marks were written."""


class RetentionEntry(Entry):
    """Which snapshots are kept."""

    daily: Count = Retention.daily
    weekly: Count = Retention.weekly
    monthly: Count = Retention.monthly
    yearly: Count = Retention.yearly
    keep_within: Age | None = None
    tags: list[Annotated[Text, Field(max_length=100)]] = Field(default_factory=list)

    def retention(self) -> Retention:
        """What it says."""
        return Retention(
            self.daily,
            self.weekly,
            self.monthly,
            self.yearly,
            self.keep_within,
            tuple(self.tags),
        )


class ObjectivesEntry(Entry):
    """What the report measures against."""

    recovery_point: Age | None = None
    recovery_time: Age | None = None

    def findings(self) -> Iterator[Finding]:
        """An objective that nothing meets."""
        for word in ("recovery_point", "recovery_time"):
            if getattr(self, word) == timedelta(0):
                yield Finding((word,), "no time at all", "a time, such as 26h")


class SnapshotEntry(Entry):
    """A snapshot backup."""

    of: SideWord = Field(description="source or target")
    repository: Repository = Field(description="a location for the snapshots")
    copy_: Repository | None = Field(default=None, alias="copy")
    schedule: Cron | None = None
    drill: Cron | None = None
    drill_to: LocationText | None = None
    verify: Percentage = Decimal(str(SnapshotRules.verify))
    settle: WaitingTime = SnapshotRules.settle
    retention: RetentionEntry = RetentionEntry()
    grace: Age = SnapshotRules.grace
    objectives: ObjectivesEntry = ObjectivesEntry()
    erasure: LocationText | None = None
    limits: LimitsEntry = LimitsEntry()
    pool: Annotated[Text, Field(max_length=250)] = SnapshotRules.pool

    def findings(self) -> Iterator[Finding]:
        """Repositories in each other; a scratch place in one; content that goes too early."""
        if self.grace < _SHORTEST_GRACE:
            yield Finding(("grace",), age_text(self.grace), "1h or more")
        here = self.repository
        if self.copy_ is not None:
            there = self.copy_
            folders = [folder_of(one.location, one.connection, alone=True) for one in (here, there)]
            if nested(*folders):
                yield Finding(
                    ("copy",),
                    "the folder of `repository`, or one that holds it or lies in it",
                    "a place of its own, in the other cloud",
                )
        if self.drill_to is not None:
            if Location.parse(self.drill_to).is_glob:
                yield Finding(("drill_to",), "a pattern", "a folder")
            places = [("repository", here), ("copy", self.copy_)]
            for word, one in places:
                if one is not None and _are_nested(self.drill_to, one.location, one.connection):
                    yield _in_the_way(("drill_to",), word)

    def misfits(self, sides: Mapping[SideWord, DatasetSide]) -> Iterator[Finding]:
        """What does not go with the dataset's sides, as far as these are right."""
        places = {"repository": self.repository, "copy": self.copy_}
        for word, side in sides.items():
            theirs = folder_of(side.location, side.connection)
            for key, one in places.items():
                if one is not None and nested(folder_of(one.location, one.connection), theirs):
                    yield _in_the_way((key,), word)
            if self.drill_to is not None and _are_nested(
                self.drill_to, side.location, side.connection
            ):
                yield _in_the_way(("drill_to",), word)

    def rules(self) -> SnapshotRules:
        """The rules it says."""
        return SnapshotRules(
            of=Side(self.of),
            repository=self.repository.place(),
            copy=None if self.copy_ is None else self.copy_.place(),
            schedule=self.schedule,
            drill=self.drill,
            drill_to=self.drill_to,
            verify=float(self.verify),
            settle=self.settle,
            retention=self.retention.retention(),
            grace=self.grace,
            objectives=Objectives(self.objectives.recovery_point, self.objectives.recovery_time),
            erasure=self.erasure,
            limits=self.limits.limits(),
            pool=self.pool,
        )


def _are_nested(scratch: str, location: str, connection: str | None) -> bool:
    """Whoever signs in to the scratch place is the one who signs in there."""
    return nested(folder_of(scratch, connection), folder_of(location, connection))


def _in_the_way(where: tuple[str, ...], other: str) -> Finding:
    return Finding(
        where,
        f"the folder of `{other}`, or one that holds it or lies in it",
        "a folder of its own, apart from it",
    )
