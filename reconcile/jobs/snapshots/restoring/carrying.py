"""Carrying objects of a snapshot to a destination, and proving what lies there."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from reconcile.errors import AlreadyExists, Changed, Damaged, DiskFull
from reconcile.jobs.snapshots.restoring.contents import Contents
from reconcile.jobs.snapshots.restoring.destination import Destination
from reconcile.jobs.snapshots.restoring.erasing import PARQUET, Erasing, Rest
from reconcile.jobs.snapshots.restoring.saved_store import SavedStore
from reconcile.jobs.snapshots.restoring.survey import Judged
from reconcile.jobs.snapshots.work import SnapshotWork
from reconcile.jobs.sync_journal import StateJournal
from reconcile.model.ledger import Equality
from reconcile.model.objects import ObjectInfo
from reconcile.model.snapshot import SavedObject
from reconcile.stores.local import LocalStore
from reconcile.stores.proof import Copied
from reconcile.stores.protocol import CutShort
from reconcile.stores.system_errors import NO_ROOM, reason
from reconcile.stores.verified_copy import Copier


@dataclass(frozen=True)
class Carried:
    """An object as it lies at the destination now.

    Attributes:
        info: What was written.
        erased: Rows that were left out of it.
    """

    info: ObjectInfo
    erased: int = 0


class Carrier:
    """Carries objects; safe to share between threads.

    Args:
        work: Of which dataset.
        contents: What is restored.
        destination: Where to.
        workspace: A private folder, for objects whose rows are looked at.
        erasing: Takes rows out; None where nothing is erased.
        workers: Carry pieces of large objects.
        on_bytes: Is told of bytes as they have arrived.
    """

    def __init__(
        self,
        work: SnapshotWork,
        contents: Contents,
        destination: Destination,
        *,
        workspace: Path,
        erasing: Erasing | None,
        workers: Executor,
        on_bytes: Callable[[int], None] = lambda _size: None,
    ) -> None:
        self._journal = StateJournal(work.setting.state.unfinished_uploads, work.setting.now)
        self._destination = destination
        self._saved = SavedStore(contents.repository, contents.manifest.id)
        self._workspace = workspace
        self._disk = LocalStore(workspace)
        self._erasing = erasing
        self._numbers = itertools.count(1)
        self._chunk_size = contents.repository.chunk_size

        def copier(origin: SavedStore | LocalStore) -> Copier:
            return Copier(
                origin,
                destination.store,
                journal=self._journal,
                part_size=self._chunk_size,
                server_side=False,
                workers=workers,
                on_bytes=on_bytes,
            )

        self._as_saved, self._from_disk = copier(self._saved), copier(self._disk)

    def judged(self, saved: SavedObject, there: ObjectInfo) -> Judged:
        """Whether what lies there has the bytes that a restore would write.

        Raises:
            Changed: It is no longer what was listed.
        """
        with self._saved.holding(saved) as pinned, self._rest(saved, pinned) as rest:
            if rest is None:
                found = self._as_saved.prove(pinned, there)
                if found.equality is Equality.PROVEN and saved.size > self._chunk_size:
                    # Who wrote it may have been killed before he could say so.
                    self._give_up(self._as_saved, saved.name)
                return Judged(found.equality is Equality.PROVEN)
            found = self._from_disk.prove(self._disk.head(rest.path.name), there)
            return Judged(found.equality is Equality.PROVEN, rest.erased)

    def keeps_listed(self, saved: SavedObject) -> bool:
        """Whether an erasure list is declared, and nobody can tell which rows of an object are on
        it: it is not empty, and no Parquet that can be read.

        Raises:
            Damaged: It is not what was stored.
        """
        if self._erasing is None or saved.rows is not None or not saved.size:
            return False
        with self._saved.holding(saved):
            return not self._is_parquet(saved)

    def carry(self, saved: SavedObject, *, replaces: str | None) -> Carried:
        """Writes an object, checked on its way, and visible whole or not at all.

        Args:
            saved: The object.
            replaces: The tag of what it takes the place of; None where nothing may be there.

        Raises:
            Damaged: It is not what was stored.
            CutShort: It is, and does not lie at the destination as it was sent.
            Changed: Somebody else wrote there meanwhile.
            DiskFull: There is no room for an object whose rows are looked at.
        """
        with self._saved.holding(saved) as pinned, self._rest(saved, pinned) as rest:
            if rest is None:
                copied = self._copied(self._as_saved, pinned, saved.name, replaces)
            else:
                origin = self._disk.head(rest.path.name)
                copied = self._copied(self._from_disk, origin, saved.name, replaces)
        if copied.equality is not Equality.PROVEN:
            raise CutShort(
                f"{saved.name!r} does not lie at the destination as it was sent",
                found=f"{copied.algorithm} {copied.destination_value}",
                expected=str(copied.origin_value),
                next_step="restore it again with `--replace`; if it stays, look at that store",
            )
        return Carried(copied.destination, 0 if rest is None else rest.erased)

    def _copied(
        self, copier: Copier, pinned: ObjectInfo, name: str, replaces: str | None
    ) -> Copied:
        try:
            copied = copier.copy(pinned, name, replaces=replaces)
        except Damaged:
            self._give_up(copier, name)
            raise
        except CutShort as error:
            raise Damaged(error.what, found=error.found, expected=error.expected) from error
        except AlreadyExists as error:
            raise Changed(
                f"somebody else wrote {name!r} while it was restored",
                found=error.what,
                next_step="see who writes to that folder, and restore again",
            ) from error
        if copied.equality is Equality.UNPROVEN:
            # The service vouches for nothing that it was sent: what lies there is read.
            copied = replace(copier.prove(copied.origin, copied.destination), way=copied.way)
        return copied

    def _give_up(self, copier: Copier, name: str) -> None:
        """Frees the parts of what will never be whole."""
        unfinished = self._journal.find(self._destination.store.address, name)
        if unfinished is not None:
            copier.clean_up(unfinished)

    def _is_parquet(self, saved: SavedObject) -> bool:
        """Whether an object is Parquet, also where its footer was too long for whoever saved it."""
        if saved.rows is not None:
            return True
        start = saved.size - len(PARQUET)
        return start > 0 and self._saved.get(saved.name, start=start) == PARQUET

    @contextmanager
    def _rest(self, saved: SavedObject, pinned: ObjectInfo) -> Iterator[Rest | None]:
        """The object without its erased rows; None where it stays as it is."""
        if self._erasing is None or not self._is_parquet(saved):
            yield None
            return
        path = self._workspace / f"object-{next(self._numbers):08}"
        rest = None
        try:
            with _with_room(saved):
                self._saved.get_to_file(pinned, path)
                rest = self._erasing.rest(saved, path)
            yield rest
        finally:
            path.unlink(missing_ok=True)
            if rest is not None:
                rest.path.unlink(missing_ok=True)


@contextmanager
def _with_room(saved: SavedObject) -> Iterator[None]:
    """The system's word for a full disk as ours."""
    try:
        yield
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        raise DiskFull(
            f"no room to look for erased rows in {saved.name!r}",
            found=reason(error),
            next_step="free space, or name another folder in RECONCILE_SPOOL",
        ) from error
