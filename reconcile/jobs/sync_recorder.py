"""Writes down what a sync finds out of objects, some at a time, while it goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType

from reconcile.comparison.schema import FileSchema
from reconcile.engines.parquet import footer_length, read_schema
from reconcile.errors import ReconcileError
from reconcile.jobs.footers import end_of, holds_footer
from reconcile.jobs.knowledge import Knowledge
from reconcile.jobs.sync_work import SyncSide, SyncSides, SyncWork
from reconcile.model.ledger import Equality, LedgerEntry
from reconcile.model.objects import ObjectInfo
from reconcile.stores.listing import Listing
from reconcile.stores.proof import Copied

_ENTRIES_AT_ONCE = 200
_SECONDS = 1.0
"""So much is proven again by reading, at most, when a process is killed."""


@dataclass(frozen=True)
class _Fact:
    """An object that was copied, on both sides, and what its footer says."""

    origin: ObjectInfo
    destination: ObjectInfo
    schema: FileSchema


@dataclass
class Recorder:
    """Keeps entries of the ledger, and with them what daily reconciliations can rest on.

    Safe to share between threads. As a context manager it keeps what is left at the end, also
    where the block raises: what was done was done.
    """

    work: SyncWork
    sides: SyncSides
    window: str
    _entries: list[LedgerEntry] = field(default_factory=list)
    _facts: list[_Fact] = field(default_factory=list)
    _kept_at: float = field(default_factory=time.monotonic)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Recorder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._lock:
            self._keep()

    def note(self, entry: LedgerEntry, copied: Copied | None = None) -> None:
        """Takes an entry, and what was copied or proven where something was."""
        schema = None if copied is None else self._schema(copied)
        if schema is not None:
            entry = replace(entry, rows=schema.rows)
        with self._lock:
            self._entries.append(entry)
            if copied is not None and schema is not None:
                self._facts.append(_Fact(copied.origin, copied.destination, schema))
            waited = time.monotonic() - self._kept_at
            if len(self._entries) >= _ENTRIES_AT_ONCE or waited >= _SECONDS:
                self._keep()

    def _schema(self, copied: Copied) -> FileSchema | None:
        """What the footer of a proven object says; of what is not Parquet nothing.

        Where it did not pass through here, it is read: reconciliations then need not.
        """
        if copied.equality is not Equality.PROVEN or not copied.origin.size:
            return None
        try:
            end = copied.end
            if not end or not holds_footer(end):
                end = end_of(self.sides.origin.store, copied.origin)
            return read_schema(end, copied.origin.name, {}) if footer_length(end) else None
        except ReconcileError:
            return None  # it only saves work

    def _keep(self) -> None:
        facts, entries = self._facts, self._entries
        self._facts, self._entries, self._kept_at = [], [], time.monotonic()
        setting = self.work.setting
        if facts and setting.cache:
            schemas = [fact.schema for fact in facts]
            knowledge = Knowledge(setting.state, setting.now)
            _learn(knowledge, self.sides.origin, [fact.origin for fact in facts], schemas)
            _learn(knowledge, self.sides.destination, [fact.destination for fact in facts], schemas)
        if entries:
            place, dataset = self.work.place, self.work.dataset.name
            setting.state.sync_ledger.record(dataset, place, self.window, entries)


def _learn(
    knowledge: Knowledge,
    side: SyncSide,
    objects: Sequence[ObjectInfo],
    schemas: Sequence[FileSchema],
) -> None:
    by_name: Mapping[str, FileSchema] = {
        info.name: schema for info, schema in zip(objects, schemas, strict=True)
    }
    knowledge.learn(Listing(side.store, tuple(objects), side.base), objects, by_name)
