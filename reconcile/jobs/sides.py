"""One side at work: its pinned objects, what is known of them, and those fetched to be read."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa

from reconcile.comparison.dealing import PlacedFile
from reconcile.comparison.hive import folder_values
from reconcile.comparison.schema import FileSchema, SideSchema, absent, unite
from reconcile.engines.parquet import (
    DataFile,
    open_file,
    read_schema,
    write_table,
)
from reconcile.errors import BadInput, NotFound, PartitionsAbsent
from reconcile.jobs.footers import end_of
from reconcile.jobs.knowledge import Knowledge
from reconcile.jobs.taken import taken
from reconcile.model.discrepancy import Side
from reconcile.model.objects import PROOFS, ObjectInfo
from reconcile.model.traffic import Traffic
from reconcile.stores.listing import Listing, with_checksums
from reconcile.stores.local import LocalStore
from reconcile.stores.spool import Spool, SpooledObject

if TYPE_CHECKING:
    import pandas as pd

Rows: TypeAlias = "pa.Table | pd.DataFrame"
"""Rows the caller holds in memory."""

_FOOTERS_AT_ONCE = 8


@dataclass(frozen=True)
class ReadySide:
    """What came of a side.

    Attributes:
        side: Which side.
        schema: Its columns.
        listing: The pinned objects; None for rows held in memory.
        objects_read: How many of its objects were read.
        traffic: What that took.
    """

    side: Side
    schema: SideSchema
    listing: Listing | None
    objects_read: int
    traffic: Traffic


@dataclass(frozen=True)
class Fetched:
    """An object on this machine's disk, ready for the engine."""

    spooled: SpooledObject
    file: DataFile


class SideAtWork:
    """One side of a comparison while it is made.

    Args:
        side: Which side.
        rows: Pinned objects, or rows held in memory, which become a file in the spool.
        spool: Where objects are fetched to.
        knowledge: What is remembered of objects.
        workers: The threads that compute; both sides share them.

    Raises:
        NotFound: The location holds no data file.
        BadInput: These are no rows.
    """

    def __init__(
        self,
        side: Side,
        rows: Listing | Rows,
        spool: Spool,
        knowledge: Knowledge,
        workers: Executor,
    ) -> None:
        self.side = side
        self.given = rows if isinstance(rows, Listing) else None
        self._spool = spool
        self._knowledge = knowledge
        self._workers = workers
        self._workspace = spool.path / side.value
        self._workspace.mkdir()
        self._read: dict[str, int] = {}
        self._summed = 0
        listing = rows if isinstance(rows, Listing) else self._written(rows)
        if not listing.objects and not listing.absent:
            raise NotFound(
                f"the {side} location {listing.store.root}/{listing.base} holds no data file",
                found="only names that begin with _ or ., or none",
                expected="Parquet files",
            )
        self.listing, schemas = knowledge.with_facts(listing)
        self.lies_here = listing.lies_here
        self.objects = {info.name: info for info in self.listing.objects}
        self.schemas = dict(schemas)
        self.folders = {
            info.name: folder_values(listing.relative(info)) for info in listing.objects
        }

    def rows(self, names: Iterable[str]) -> int:
        """Rows of some objects, as their footers count them."""
        return sum(self.schemas[name].rows for name in names)

    def placed(self, names: Iterable[str]) -> list[PlacedFile]:
        """Some objects as their places and checksums tell them."""
        objects = self.objects
        return [
            PlacedFile(self.folders[name], objects[name].size, objects[name].checksums)
            for name in names
        ]

    def vouches_for(self, names: Sequence[str]) -> bool:
        """Whether checksums can be had of objects that are not fetched: one of them is tried."""
        first = self._unproven(names)[:1]
        self.find_checksums(first)
        return not self._unproven(first)

    def find_checksums(self, names: Sequence[str]) -> None:
        """Finds checksums of objects out without fetching them.

        The service is asked for those it vouches for; files on this disk are read.

        Raises:
            Changed: An object is no longer the one that was listed.
        """
        unknown = tuple(self.objects[name] for name in self._unproven(names))
        self._summed += sum(info.size for info in unknown)
        if unknown:
            listing = replace(self.listing, objects=unknown)
            self._note_checksums(with_checksums(listing, workers=self._workers).objects)

    def _unproven(self, names: Sequence[str]) -> list[str]:
        """Those of the objects that have no checksum which would prove anything."""
        return [name for name in names if self.objects[name].checksums.keys().isdisjoint(PROOFS)]

    def read_footers(self, names: Sequence[str]) -> None:
        """Reads of some objects no more than what their footers say.

        The few whose footers do not tell everything (INT96 times) are fetched.
        """
        with self._footer_readers() as readers:
            found = list(readers.map(lambda name: self._footer(self.objects[name]), names))
        self._learn_schemas(
            {name: schema for name, schema in zip(names, found, strict=True) if schema}
        )
        silent = [name for name, schema in zip(names, found, strict=True) if schema is None]
        for first in range(0, len(silent), _FOOTERS_AT_ONCE):
            self.release(self.fetch(silent[first : first + _FOOTERS_AT_ONCE]))

    def fetch(self, names: Sequence[str]) -> list[Fetched]:
        """Brings some objects here, whole, and reads their footers.

        Raises:
            Unreadable, Changed, DiskFull: As the spool and the footers say.
        """
        wanted = tuple(self.objects[name] for name in names)
        spooled = self._spool.fetch(replace(self.listing, objects=wanted))
        files = list(self._workers.map(self._opened, spooled))
        self._note_checksums([one.info for one in spooled])
        self._learn_schemas(
            {one.info.name: file.schema for one, file in zip(spooled, files, strict=True)}
        )
        self._read.update({info.name: info.size for info in wanted})
        return [Fetched(one, file) for one, file in zip(spooled, files, strict=True)]

    def release(self, fetched: Iterable[Fetched]) -> None:
        """Gives back the room of objects that have been read, and of what was rewritten of them."""
        for one in fetched:
            self._spool.release([one.spooled])
            if one.file.path.parent.parent == self._workspace:
                shutil.rmtree(one.file.path.parent)

    def stop(self, because: BaseException) -> None:
        """Gives up what is still to be fetched; whoever waits for it is told why."""
        self._spool.stop(because)

    def ready(self, schema: SideSchema) -> ReadySide:
        """What came of the side."""
        traffic = taken(self.given, read=self._summed + sum(self._read.values()))
        return ReadySide(self.side, schema, self.given, len(self._read), traffic)

    def _footer_readers(self) -> AbstractContextManager[Executor]:
        """Threads that read footers; those that wait for a service are no less with few cores."""
        return (
            nullcontext(self._workers) if self.lies_here else ThreadPoolExecutor(_FOOTERS_AT_ONCE)
        )

    def _written(self, rows: Rows) -> Listing:
        """Rows in memory as a file."""
        write_table(_table(rows), self._workspace / "rows.parquet")
        store = LocalStore(self._workspace)
        return Listing(store, tuple(store.list()), "")

    def _label(self, name: str) -> str:
        """What an object is called in messages."""
        if self.given is None:
            return f"the {self.side} rows"
        return f"{self.listing.store.root}/{name}"

    def _opened(self, one: SpooledObject) -> DataFile:
        name = one.info.name
        return open_file(one.path, self._label(name), self.folders[name], self._workspace)

    def _note_checksums(self, found: Iterable[ObjectInfo]) -> None:
        for info in found:
            known = self.objects[info.name]
            united = {**known.checksums, **info.checksums}
            self.objects[info.name] = replace(known, checksums=united)

    def _learn_schemas(self, schemas: Mapping[str, FileSchema]) -> None:
        self.schemas.update(schemas)
        self._knowledge.learn(self.listing, [self.objects[name] for name in schemas], schemas)

    def _footer(self, info: ObjectInfo) -> FileSchema | None:
        """What the footer of an object says, read alone."""
        footer = self.listing.store.path_of(info.name) or end_of(self.listing.store, info)
        return read_schema(footer, self._label(info.name), self.folders[info.name])


def united(sides: Mapping[Side, SideAtWork], rename: Mapping[str, str]) -> dict[Side, SideSchema]:
    """Both sides' columns, once the footers of all objects are known.

    An empty listing that says it is absent (a window's partition that nobody wrote) becomes an
    empty side with the other side's columns.

    Args:
        sides: Both sides.
        rename: Target column to source column.

    Raises:
        BadInput: A side's files have no common schema.
        PartitionsAbsent: Neither side has a file.
    """
    schemas = {
        side: unite(side, [one.schemas[info.name] for info in one.listing.objects])
        for side, one in sides.items()
        if one.listing.objects
    }
    if not schemas:
        raise PartitionsAbsent("neither side has a data file")
    for side in sides.keys() - schemas.keys():
        schemas[side] = absent(side, next(iter(schemas.values())), rename)
    return schemas


def _table(rows: Rows) -> pa.Table:
    if isinstance(rows, pa.Table):
        return rows
    if _is_frame(rows):
        try:
            return pa.Table.from_pandas(rows, preserve_index=False)
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            raise BadInput(
                "a data frame has a column without one type", found=str(error)
            ) from error
    raise BadInput(
        "rows of an unknown kind",
        found=type(rows).__name__,
        expected="a location, a pandas DataFrame or a pyarrow Table",
    )


def _is_frame(rows: Any) -> bool:
    """Whether these are a pandas frame; whoever holds one has imported pandas, we need not."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(rows, pandas.DataFrame)
