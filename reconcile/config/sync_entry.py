"""The `sync:` block of a dataset file, as its keys are written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import Field

from reconcile.config.entry import Entry, Finding
from reconcile.config.schedule import check_one_tick_a_window
from reconcile.config.values import (
    Count,
    Cron,
    Day,
    LocationText,
    Number,
    PositiveSize,
    Share,
    SideWord,
    Text,
)
from reconcile.errors import BadInput
from reconcile.history.calendar import Calendar, check_bound
from reconcile.history.partition import partition_path
from reconcile.model.dataset import DatasetSide
from reconcile.model.discrepancy import Side
from reconcile.model.location import Location
from reconcile.model.size import size_text
from reconcile.model.sync import Brake, Gap, Limits, OnUnproven, SyncRules

# The largest block that Blob Storage takes; S3 would take 5 GiB.
_LARGEST_PART = 4000 * 1024**2
_FILES = (".parquet", ".csv", ".csv.gz")


class BrakeEntry(Entry):
    """How much may be deleted without approval."""

    share: Share = Brake.share
    objects: Count = Brake.objects


class GapEntry(Entry):
    """Windows that are not expected."""

    start: Day = Field(description="the first day that is not expected, such as 2013-01-01")
    end: Day = Field(description="the first day that is expected again")
    reason: Text = Field(description="why")

    def findings(self) -> Iterator[Finding]:
        """A gap without a day."""
        if self.end <= self.start:
            yield Finding(
                ("end",),
                str(self.end),
                f"a day after the gap's start, {self.start}: the first that is expected again",
            )


class LimitsEntry(Entry):
    """What may be asked of one side's store."""

    parallel: Annotated[int, Field(ge=1, le=256)] = Limits.parallel
    bytes_per_second: PositiveSize | None = None
    requests_per_second: Number | None = None

    def findings(self) -> Iterator[Finding]:
        """No requests at all."""
        if self.requests_per_second == 0:
            yield Finding(("requests_per_second",), "no request at all", "a number over 0")

    def limits(self) -> Limits:
        """What it says."""
        requests = self.requests_per_second
        return Limits(
            self.parallel, self.bytes_per_second, None if requests is None else float(requests)
        )


class SideLimitsEntry(Entry):
    """The same of both sides."""

    source: LimitsEntry = LimitsEntry()
    target: LimitsEntry = LimitsEntry()


class InventoryEntry(Entry):
    """Where a side's inventory lies."""

    source: LocationText | None = None
    target: LocationText | None = None

    def inventories(self) -> dict[Side, str]:
        """Those that there are."""
        said = {Side.SOURCE: self.source, Side.TARGET: self.target}
        return {side: where for side, where in said.items() if where is not None}


class SyncEntry(Entry):
    """A historical sync."""

    from_: SideWord = Field(alias="from", description="source or target")
    to: SideWord = Field(description="target or source")
    schedule: Cron | None = None
    deletes: Literal["keep", "propagate"] = "keep"
    brake: BrakeEntry = BrakeEntry()
    unproven: Annotated[OnUnproven, Field(strict=False)] = SyncRules.unproven
    server_side: bool = SyncRules.server_side
    look_back: Count = SyncRules.look_back
    gaps: list[GapEntry] = Field(default_factory=list)
    limits: SideLimitsEntry = SideLimitsEntry()
    inventory: InventoryEntry = InventoryEntry()
    part_size: PositiveSize = SyncRules.part_size
    slots: Annotated[int, Field(ge=1, le=256)] = SyncRules.slots
    pool: Annotated[Text, Field(max_length=250)] = SyncRules.pool

    def findings(self) -> Iterator[Finding]:
        """A side copied onto itself; a part that no service takes."""
        if self.from_ == self.to:
            yield Finding(("to",), f"{self.to}, which is `from` too", "the other side")
        if self.part_size > _LARGEST_PART:
            yield Finding(("part_size",), size_text(self.part_size), "4000MiB or less")

    def misfits(
        self, sides: Mapping[SideWord, DatasetSide], calendar: Calendar | None
    ) -> Iterator[Finding]:
        """What does not go with the rest of the file, as far as that is right.

        Args:
            sides: The dataset's sides.
            calendar: Its windows.
        """
        for key, word in (("from", self.from_), ("to", self.to)):
            if word in sides:
                yield from _no_folder(key, sides[word])
        if calendar is not None:
            if len(sides) > 1:
                yield from _nested(sides[self.from_], sides[self.to], calendar)
            yield from self._ticks(calendar)
            for position, gap in enumerate(self.gaps):
                yield from _outside(position, gap, calendar)

    def rules(self) -> SyncRules:
        """The rules it says."""
        return SyncRules(
            origin=Side(self.from_),
            destination=Side(self.to),
            schedule=self.schedule,
            deletes=self.deletes == "propagate",
            brake=Brake(self.brake.share, self.brake.objects),
            unproven=self.unproven,
            server_side=self.server_side,
            look_back=self.look_back,
            gaps=tuple(Gap(gap.start, gap.end, gap.reason) for gap in self.gaps),
            limits={
                Side.SOURCE: self.limits.source.limits(),
                Side.TARGET: self.limits.target.limits(),
            },
            inventories=self.inventory.inventories(),
            part_size=self.part_size,
            slots=self.slots,
            pool=self.pool,
        )

    def _ticks(self, calendar: Calendar) -> Iterator[Finding]:
        if self.schedule is None:
            return
        try:
            check_one_tick_a_window(self.schedule, calendar.grain)
        except BadInput as error:
            yield _finding(("schedule",), error)


def _no_folder(key: str, side: DatasetSide) -> Iterator[Finding]:
    location = Location.parse(side.location)
    if location.is_glob:
        yield Finding((key,), "a side whose location is a pattern", "a side that is a folder")
    elif side.partition is None and location.path.lower().endswith(_FILES):
        yield Finding((key,), "a side whose location is one file", "a side that is a folder")


def _nested(origin: DatasetSide, destination: DatasetSide, calendar: Calendar) -> Iterator[Finding]:
    """A side inside the other: copies would be copied again, or what is copied deleted."""
    here, there = _folder(origin, calendar), _folder(destination, calendar)
    shorter = min(len(here), len(there))
    if here[:shorter] == there[:shorter]:
        found = "a side whose partitions hold those of `from`, or lie in them"
        yield Finding(("to",), found, "two folders, neither of them in the other")


def _folder(side: DatasetSide, calendar: Calendar) -> tuple[object, ...]:
    """Where a side's first partition lies, as the file says it: one part after the other."""
    location = Location.parse(side.location)
    folder = location.joined(partition_path(side.partition, calendar.first()))
    store = (folder.scheme, folder.container, folder.endpoint_host, side.connection)
    return (*store, *PurePosixPath(folder.path).parts)


def _outside(position: int, gap: GapEntry, calendar: Calendar) -> Iterator[Finding]:
    for word, bound in (("start", gap.start), ("end", gap.end)):
        where = ("gaps", position, word)
        if bound < calendar.start:
            yield Finding(where, str(bound), f"{calendar.start}, the dataset's start, or later")
        elif calendar.end is not None and bound > calendar.end:
            yield Finding(where, str(bound), f"{calendar.end}, the dataset's end, or earlier")
        else:
            try:
                check_bound(bound, calendar.grain, word)
            except BadInput as error:
                yield _finding(where, error)


def _finding(where: tuple[str | int, ...], error: BadInput) -> Finding:
    return Finding(where, error.found or error.what, error.expected or "something else")
