"""A dataset file, as its keys are written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field, ValidationInfo, field_validator

from reconcile.config.compare_entry import CompareEntry
from reconcile.config.entry import Entry, Finding, refusal, refusal_of, refuse
from reconcile.config.expectation_entry import ExpectationsEntry
from reconcile.config.notify_entry import NotifyEntry
from reconcile.config.schedule import check_one_tick_a_window
from reconcile.config.snapshot_entry import SnapshotEntry
from reconcile.config.sync_entry import SyncEntry
from reconcile.config.values import (
    Count,
    Cron,
    Day,
    LocationText,
    Names,
    SideWord,
    Text,
    WaitingTime,
    Zone,
)
from reconcile.errors import BadInput
from reconcile.history.calendar import Calendar, check_bound
from reconcile.history.partition import check_partition
from reconcile.model.dataset import Dataset, DatasetSide, OnBreach, Ready
from reconcile.model.location import Location
from reconcile.model.strategy import Strategy
from reconcile.model.window import Grain

# As long as Airflow's tags and columns take it: what is longer would be refused with the DAGs of
# every other dataset of the same file.
_NAME = re.compile(r"[a-z0-9_]{1,100}")
Label = Annotated[str, Field(max_length=250)]
_NO_ASSETS = ("self", "context")
_SIDES: tuple[SideWord, ...] = ("source", "target")


class SideEntry(Entry):
    """Where one side lies."""

    location: LocationText = Field(
        description="s3://bucket/prefix, az://container/prefix or a path"
    )
    partition: Text | None = None
    connection: Text | None = None
    asset: Annotated[Text, Field(max_length=1000)] | None = None

    def findings(self) -> Iterator[Finding]:
        """A partition below something that is no folder; an Asset that Airflow would refuse."""
        if self.partition is not None and Location.parse(self.location).is_glob:
            yield Finding(("location",), "a pattern, with a partition below", "a folder")
        if self.asset is not None and (self.asset.isspace() or self.asset in _NO_ASSETS):
            yield Finding(("asset",), repr(self.asset), "a name that Airflow takes for an Asset")

    def side(self) -> DatasetSide:
        """The side it says."""
        return DatasetSide(self.location, self.partition, self.connection, self.asset)


class ReadyEntry(Entry):
    """When a partition counts as whole."""

    marker: Text | None = None
    quiet_for: WaitingTime | None = None
    timeout: WaitingTime = Ready.timeout

    def findings(self) -> Iterator[Finding]:
        """Both ways, or none."""
        if (self.marker is None) == (self.quiet_for is None):
            found = "neither" if self.marker is None else "both"
            yield Finding((), f"{found} of `marker` and `quiet_for`", "one of them")
        if self.timeout <= timedelta(0):
            yield Finding(("timeout",), "no time at all", "a time to wait, such as 6h")

    def ready(self) -> Ready:
        """What it says."""
        return Ready(self.marker, self.quiet_for, self.timeout)


class MaskedEntry(Entry):
    """Columns that hold personal data. Reserved: nothing masks them yet."""

    pii: Names | None = None


class DeadLettersEntry(Entry):
    """How many dead letters of a window are kept one by one."""

    max_rows: Count = Dataset.max_dead_letters


class DatasetEntry(Entry):
    """The whole file. What a check needs stands before what it checks."""

    dataset: Text = Field(description="the dataset's name: [a-z0-9_]+")
    description: str = ""
    owner: Label = ""
    timezone: Zone = Field(description="a time zone such as America/New_York or UTC")
    grain: Annotated[Grain, Field(strict=False, description="hour, day or month")]
    schedule: Cron = Field(description='five cron fields such as "0 5 * * *"')
    start: Day = Field(description="the first window's day, such as 2013-01-01")
    end: Day | None = None
    ready: ReadyEntry | None = None
    source: SideEntry = Field(description="a mapping with the `location` of the reference")
    target: SideEntry = Field(description="a mapping with the `location` of the copy")
    compare: CompareEntry = Field(description="a mapping with at least `match_key`")
    columns: MaskedEntry = MaskedEntry()
    expectations: ExpectationsEntry = ExpectationsEntry()
    on_breach: Annotated[OnBreach, Field(strict=False)] = Dataset.on_breach
    on_arrival: bool = Dataset.on_arrival
    notify: list[NotifyEntry] = Field(default_factory=list)
    slots: Annotated[int, Field(ge=1, le=256)] = Dataset.slots
    pool: Annotated[Text, Field(max_length=250)] = Dataset.pool
    queue: Annotated[Text, Field(max_length=250)] | None = None
    strategy: Annotated[Strategy, Field(strict=False)] = Dataset.strategy
    dead_letters: DeadLettersEntry = DeadLettersEntry()
    resolution: dict[str, Any] = Field(default_factory=dict)
    sync: SyncEntry | None = None
    snapshot: SnapshotEntry | None = None

    @field_validator("dataset")
    @classmethod
    def _can_end_a_dag_id(cls, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise refusal(repr(name), "a name of a-z, 0-9 and `_`, at most 100 characters")
        return name

    @field_validator("schedule")
    @classmethod
    def _ticks_once_a_window(cls, schedule: str, info: ValidationInfo) -> str:
        if (grain := info.data.get("grain")) is not None:
            _checked(lambda: check_one_tick_a_window(schedule, grain))
        return schedule

    @field_validator("start", "end")
    @classmethod
    def _begins_a_window(cls, day: Any, info: ValidationInfo) -> Any:
        word, grain, start = str(info.field_name), info.data.get("grain"), info.data.get("start")
        if day is not None and grain is not None:
            _checked(lambda: check_bound(day, grain, word))
        if word == "end" and day is not None and start is not None and day <= start:
            raise refusal(str(day), f"a day after the start, {start}: the first without a window")
        return day

    @field_validator("source", "target")
    @classmethod
    def _has_a_path_for_every_window(cls, side: SideEntry, info: ValidationInfo) -> SideEntry:
        grain, template = info.data.get("grain"), side.partition
        ready = info.data.get("ready")
        if ready is not None and ready.marker and Location.parse(side.location).is_glob:
            refuse([Finding(("location",), "a pattern, beside a `ready` marker", "a folder")])
        if grain is not None and template is not None:
            try:
                check_partition(template, grain)
            except BadInput as error:
                refuse(
                    [Finding(("partition",), f"{template!r}: {error.found}", str(error.expected))]
                )
        return side

    @field_validator("target")
    @classmethod
    def _fits_the_source(cls, target: SideEntry, info: ValidationInfo) -> SideEntry:
        if (source := info.data.get("source")) is None:
            return target
        if target.model_copy(update={"asset": source.asset}) == source:
            raise refusal("the same place as `source`", "another location: it would always match")
        if (target.partition is None) != (source.partition is None):
            raise refusal("a partition on one side only", "`partition` on both sides or on neither")
        return target

    @field_validator("sync")
    @classmethod
    def _goes_with_the_rest(cls, sync: SyncEntry | None, info: ValidationInfo) -> SyncEntry | None:
        if sync is not None:
            known = info.data
            sides = {word: known[word].side() for word in _SIDES if word in known}
            refuse(sync.misfits(sides, _calendar(known)))
        return sync

    @field_validator("snapshot")
    @classmethod
    def _lies_apart(
        cls, snapshot: SnapshotEntry | None, info: ValidationInfo
    ) -> SnapshotEntry | None:
        if snapshot is not None:
            known = info.data
            refuse(snapshot.misfits({w: known[w].side() for w in _SIDES if w in known}))
        return snapshot

    def made(self, *, path: str) -> Dataset:
        """The dataset it says; `path` is its file."""
        return Dataset(
            name=self.dataset,
            source=self.source.side(),
            target=self.target.side(),
            compare=self.compare.rules(),
            schedule=self.schedule,
            timezone=self.timezone,
            grain=self.grain,
            start=self.start,
            end=self.end,
            description=self.description,
            owner=self.owner,
            ready=None if self.ready is None else self.ready.ready(),
            expectations=self.expectations.expectations(),
            on_breach=self.on_breach,
            on_arrival=self.on_arrival,
            notify=tuple(entry.recipient() for entry in self.notify),
            slots=self.slots,
            pool=self.pool,
            queue=self.queue,
            strategy=self.strategy,
            max_dead_letters=self.dead_letters.max_rows,
            pii=tuple(self.columns.pii or ()),
            sync=None if self.sync is None else self.sync.rules(),
            snapshot=None if self.snapshot is None else self.snapshot.rules(),
            reserved={"resolution": self.resolution} if self.resolution else {},
            path=path,
        )


def _calendar(known: Mapping[str, Any]) -> Calendar | None:
    """The windows of a file, where all that makes them is right."""
    if any(word not in known for word in ("timezone", "grain", "start", "end")):
        return None
    return Calendar(known["timezone"], known["grain"], known["start"], known["end"])


def _checked(check: Callable[[], None]) -> None:
    try:
        check()
    except BadInput as error:
        raise refusal_of(error) from None
