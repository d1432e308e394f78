"""How each snapshot stands: its manifest, and what the ledger says of it since."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from reconcile.errors import Damaged
from reconcile.model.result import Verdict
from reconcile.model.snapshot import Hold, LedgerAction, LedgerLine, Manifest, Standing
from reconcile.snapshots.document import Fields
from reconcile.snapshots.manifest import digest_of

_MOST_NAMES = 5


def standings(
    manifests: Iterable[Manifest],
    lines: Iterable[LedgerLine],
    *,
    repository: str,
    now: datetime | None = None,
) -> tuple[Standing, ...]:
    """How snapshots stand, oldest first (by `taken_at`, then by id).

    What a line says counts only behind the one that made the snapshot known, and only where that
    names this very manifest. A line that removes a snapshot whose manifest is still there changes
    nothing: whoever removes it decides anew.

    A verification that read a share and found nothing wrong does not clear what an earlier one
    found: one of all data does, or one behind a `create` that wrote all the damaged chunks again.

    Args:
        manifests: Those that can be read.
        lines: The ledger, in order; lines of other datasets among them.
        repository: The id of the repository whose ledger it is.
        now: When this is asked: of a line that is dated later the time is not believed. None
            believes it.
    """
    known = {(one.dataset, one.id): _Known(one, digest_of(one)) for one in manifests}
    healing = list(known.values())
    clock = _Clock(now)
    for line in lines:
        clock.hear(line)
        if line.action is LedgerAction.CREATE:
            healed = _texts(line.details, "healed")
            for one in healing if healed else ():
                one.heal(healed)
        if line.snapshot is not None and (of := known.get((line.dataset, line.snapshot))):
            of.hear(line, repository, clock)
    found = (one.standing() for one in known.values())
    return tuple(sorted(found, key=lambda one: (one.manifest.taken_at, one.manifest.id)))


@dataclass
class _Clock:
    """Since when the newest line may have been written.

    No line is dated before the one that it follows. So behind a line of a clock that was far ahead
    all have its time, and of their own is only known that it is no earlier than an honest one's.

    Attributes:
        now: What is dated later was not written when it says; None believes every line.
        latest: The time of the newest line.
        earliest: When it was written at the earliest; None where nobody knows.
        before: The time of the newest one that is older.
    """

    now: datetime | None
    latest: datetime | None = None
    earliest: datetime | None = None
    before: datetime | None = None

    def hear(self, line: LedgerLine) -> None:
        """Takes in the next line."""
        if self.now is not None and line.at > self.now:
            self.earliest = self.latest
        elif line.at == self.latest:
            self.earliest = self.before
        else:
            self.before, self.latest, self.earliest = self.latest, line.at, line.at

    def believing(self, taken_at: datetime, at: datetime) -> datetime:
        """When a line of the time `at` was written; where only its bounds are known, when the
        snapshot that it tells of says it was taken, if that is between them."""
        earliest = taken_at if self.earliest is None else self.earliest
        return min(at, max(earliest, taken_at))


@dataclass
class _Known:
    """What is known of one snapshot so far."""

    manifest: Manifest
    digest: str
    recorded_at: datetime | None = None
    foreign: bool = False
    verified_at: datetime | None = None
    restored_at: datetime | None = None
    damaged: tuple[str, ...] = ()
    chunks: set[str] = field(default_factory=set)
    healable: bool = True
    holds: tuple[Hold, ...] = ()
    copies: dict[str, None] = field(default_factory=dict)

    def hear(self, line: LedgerLine, repository: str, clock: _Clock) -> None:
        """Takes in what a line says."""
        match line.action:
            case LedgerAction.CREATE:
                self._begin(line, clock)
            case LedgerAction.COPY if line.details.get("to") == repository:
                self._begin(line, clock)
            case LedgerAction.HOLD:
                hold = Hold(str(line.details.get("reason", "")), line.by, line.at)
                self.holds = (*self.holds, hold)
            case LedgerAction.RELEASE:
                self.holds = ()
            case _ if self.recorded_at is not None and not self.foreign:
                if (listen := _LISTEN.get(line.action)) is not None:
                    listen(self, line)

    def heal(self, chunks: Iterable[str]) -> None:
        """Takes out what was written again; the next verification says whether it is well."""
        self.chunks.difference_update(chunks)

    def verified(self, line: LedgerLine) -> None:
        """Takes in what a verification says."""
        details = line.details
        if _says_damage(details):
            self._harmed(f"found on {line.at:%Y-%m-%d} by a verification", details)
            return
        if details.get("read") == "all" or (self.healable and not self.chunks):
            self.damaged, self.healable = (), True
            self.chunks.clear()
        if not self.damaged and _has_read(details, self.manifest):
            self.verified_at = line.at

    def drilled(self, line: LedgerLine) -> None:
        """Takes in what a drill says."""
        if _says_damage(line.details):
            self._harmed(f"found on {line.at:%Y-%m-%d} by a drill", line.details)
        elif line.details.get("verdict") == Verdict.MATCHED:
            self.restored_at = line.at

    def restored(self, line: LedgerLine) -> None:
        """Takes in what a restore says."""
        if line.details.get("rehearsal") is not True and not line.details.get("problems"):
            self.restored_at = line.at

    def copied(self, line: LedgerLine) -> None:
        """Takes in what a copy says."""
        if isinstance(to := line.details.get("to"), str):
            self.copies[to] = None

    def standing(self) -> Standing:
        """How it stands."""
        damaged = self.damaged
        if self.foreign:
            damaged = ("its manifest is not the one that the ledger names", *damaged)
        return Standing(
            manifest=self.manifest,
            verified_at=self.verified_at,
            damaged=damaged,
            restored_at=self.restored_at,
            holds=self.holds,
            copies=tuple(self.copies),
            recorded_at=self.recorded_at,
        )

    def _begin(self, line: LedgerLine, clock: _Clock) -> None:
        """Takes in the line that made it known.

        Only the first does: a later one, of whoever, makes no other manifest known, and takes
        nothing away from this one.
        """
        if self.recorded_at is None:
            self.foreign = line.details.get("manifest") != self.digest
            self.recorded_at = _recorded_at(line, clock, self.manifest)

    def _harmed(self, what: str, details: Mapping[str, Any]) -> None:
        chunks = _texts(details, "damaged_chunks")
        only = bool(chunks) and not details.get("damaged_otherwise")
        self.healable = only and (self.healable or not self.damaged)
        self.chunks.update(chunks)
        self.damaged = (*self.damaged, *_words(details, what))
        self.verified_at = None


_LISTEN: Mapping[LedgerAction, Callable[[_Known, LedgerLine], None]] = {
    LedgerAction.VERIFY: _Known.verified,
    LedgerAction.DRILL: _Known.drilled,
    LedgerAction.RESTORE: _Known.restored,
    LedgerAction.COPY: _Known.copied,
}


def _recorded_at(line: LedgerLine, clock: _Clock, manifest: Manifest) -> datetime:
    """When a ledger came to know a snapshot; of a copy that is the first repository's ledger."""
    if line.action is LedgerAction.COPY and "recorded_at" in line.details:
        with suppress(Damaged):
            return Fields(dict(line.details), "a line of the ledger").instant("recorded_at")
    return clock.believing(manifest.taken_at, line.at)


def _says_damage(details: Mapping[str, Any]) -> bool:
    return any(details.get(key) for key in ("damaged", "damaged_objects", "damaged_chunks"))


def _has_read(details: Mapping[str, Any], manifest: Manifest) -> bool:
    """Whether a verification read any data, of what has any."""
    read = details.get("read")
    return read == "all" or (isinstance(read, (int, float)) and read > 0) or not manifest.bytes


def _words(details: Mapping[str, Any], what: str) -> Sequence[str]:
    """The damage that a line tells of, a line each."""
    names = _texts(details, "damaged")
    told = [f"{name}: {what}" for name in names[:_MOST_NAMES]]
    number = details.get("damaged_objects")
    count = number if isinstance(number, int) else len(names)
    if count > len(told) or not told:
        more = f"{count - len(told)} {'more ' if told else ''}objects" if count else "content"
        told.append(f"{more}: {what}")
    return told


def _texts(details: Mapping[str, Any], key: str) -> Sequence[str]:
    value = details.get(key)
    return [one for one in value if isinstance(one, str)] if isinstance(value, list | tuple) else []
