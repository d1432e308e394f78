"""A repository of snapshots of a million objects, of which only what is known of them is there.

Its manifests, segments and ledger are real and lie on disk. Its content is told by listings alone,
and so is the origin: nothing here reads it.
"""

from __future__ import annotations

import hashlib
import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from reconcile.jobs.setting import Setting
from reconcile.jobs.snapshots.shelf import Shelf
from reconcile.jobs.snapshots.work import SnapshotWork
from reconcile.model.dataset import Dataset
from reconcile.model.discrepancy import Side
from reconcile.model.objects import ObjectInfo
from reconcile.model.snapshot import Chunk, LedgerAction, Manifest, SavedObject
from reconcile.repository import manifests
from reconcile.repository.ledger import Ledger
from reconcile.repository.present import Present
from reconcile.repository.repository import Repository
from reconcile.snapshots.manifest import digest_of
from reconcile.snapshots.segments import segmented
from reconcile.stores.local import LocalStore

SIZE = 1_000_000
"""Bytes of an object, which is one chunk."""

SNAPSHOTS = 5
NEW = 100
"""Objects that each snapshot has more than the one before, and that the origin has more."""

_DIGEST = 32
_CRC = "AAAAAAAAAAA="
_FIRST = datetime(2013, 1, 1, 7, tzinfo=UTC)


def _name(place: int, added: int | None) -> str:
    """An object's name; one that was added lies right behind an older one."""
    end = "" if added is None else f"-{added:06}"
    return f"flight_date={2013 + place // 365_000}/hour={place // 100:06}/part-{place:08}{end}"


def _in_name_order(objects: int, added: int) -> Iterator[tuple[int, str]]:
    """Number and name of every object; those that were added are spread over the others."""
    behind: dict[int, list[int]] = {}
    for number in range(added):
        behind.setdefault(number * (objects // 1000) % objects, []).append(number)
    for place in range(objects):
        yield place, _name(place, None)
        for number in behind.get(place, ()):
            yield objects + number, _name(place, number)


def _digest(number: int) -> bytes:
    return hashlib.sha256(str(number).encode()).digest()


def _saved(number: int, name: str) -> SavedObject:
    id = _digest(number).hex()
    return SavedObject(name, SIZE, f"{number:032x}", None, id, _CRC, (Chunk(id, SIZE),), 1000)


def write(folder: Path, dataset: str, objects: int) -> None:
    """Writes the repository and the list of its content."""
    repository = Repository.create(LocalStore(folder / "repository"))
    ledger, shelf = Ledger(repository), Shelf(repository, Present())
    for number in range(SNAPSHOTS):
        at = _FIRST + timedelta(days=number)
        held = segmented(_saved(*one) for one in _in_name_order(objects, number * NEW))
        manifest = Manifest(
            id=f"{at:%Y%m%dT%H%M%SZ}-{dataset}-{number:08x}",
            dataset=dataset,
            repository=repository.id,
            side=Side.SOURCE,
            location=str(folder),
            started_at=at,
            taken_at=at,
            segments=tuple(shelf.written(stretch) for stretch in held),
        )
        manifests.write(repository, manifest)
        told = {"dataset": dataset, "snapshot": manifest.id, "by": "benchmark"}
        counted = {"objects": manifest.objects, "bytes": manifest.bytes, "new_bytes": 0}
        told_of = {"manifest": digest_of(manifest), "taken_at": at.isoformat(), **counted}
        told_of["consistency"] = manifest.consistency.value
        ledger.append(LedgerAction.CREATE, details=told_of, **told)
        clean = {"objects": manifest.objects, "bytes": manifest.bytes, "damaged": []}
        clean |= {"read": "all", "round": 0, "damaged_objects": 0, "damaged_chunks": []}
        ledger.append(LedgerAction.VERIFY, details=clean, **told)
    chunks = sorted(_digest(number) for number in range(objects + (SNAPSHOTS - 1) * NEW))
    (folder / "chunks").write_bytes(b"".join(chunks))


class _Told(LocalStore):
    """The repository's store, whose listings tell of chunks that are not there."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "repository")
        with (folder / "chunks").open("rb") as file:
            self._ids = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """Every object whose name begins so; chunks by their first digits."""
        if not prefix.startswith("chunks/"):
            yield from super().list(prefix)
            return
        first = prefix.removeprefix("chunks/").rstrip("/")
        for start in range(self._found(first), len(self._ids), _DIGEST):
            id = self._ids[start : start + _DIGEST].hex()
            if not id.startswith(first):
                return
            yield ObjectInfo(f"chunks/{id[:2]}/{id}", SIZE, etag=id[:8], modified=_FIRST)

    def _found(self, first: str) -> int:
        """Where the chunks begin whose ids begin so."""
        low, high = 0, len(self._ids) // _DIGEST
        while low < high:
            middle = (low + high) // 2
            if self._ids[middle * _DIGEST : (middle + 1) * _DIGEST].hex() < first:
                low = middle + 1
            else:
                high = middle
        return low * _DIGEST


@dataclass(frozen=True)
class _Listed:
    """An origin's store that can only be listed, whole."""

    objects: int
    root: str = "/origin"
    address: str = "file:///origin"
    traffic: None = None

    def list(self, _prefix: str = "") -> Iterator[ObjectInfo]:
        """Every object."""
        for number, name in _in_name_order(self.objects, SNAPSHOTS * NEW):
            yield ObjectInfo(name, SIZE, etag=f"{number:032x}", modified=_FIRST)


def work_on(folder: Path, setting: Setting, dataset: Dataset, objects: int) -> SnapshotWork:
    """Work on the snapshots of an origin that has `NEW` objects more than the last of them."""
    work = SnapshotWork.open(setting, dataset, by="benchmark")
    object.__setattr__(work.origin, "store", _Listed(objects))
    told = Repository.open(_Told(folder))
    for pruning in (False, True):
        work._opened[(work.rules.repository.location, pruning)] = told
    return work
