"""What one task may use of its host: memory, threads and the spool's folder.

The limit of memory is one for the whole process. What it holds when the engine starts is measured;
what the engine takes outside its buffers, and what downloads hold on their way to the disk, is set
aside; the rest is what the engine's buffers get, beyond which it spills.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reconcile.errors import BadInput
from reconcile.jobs.host import held_memory, usable_cores, usable_memory
from reconcile.model.size import size_of
from reconcile.stores.spool import spool_folder

SHARE = 0.8
"""How much of what the process may use a task takes where nothing says how much."""

_MEGABYTE = 10**6
_MEMORY = "memory (--memory, RECONCILE_MEMORY)"

# Measured as the peak of whole processes less what they held before and less the buffers, for
# joins and sketches of rows narrow and wide, few and all of them differing: 15 to 60 MB on one
# thread, 20 to 130 MB on two (most where every row differs and is written). The peaks that come
# of it are in `docs/operating.md`.
_ENGINE = 50 * _MEGABYTE
"""What the engine takes outside its buffers however many threads it has: its code, the catalog,
and our own tables that hold what it tells."""
_THREAD = 45 * _MEGABYTE
"""What each of its threads takes outside: hash tables of the sketch, and pages being decoded."""
_LEAST_BUFFERS = 64 * _MEGABYTE
"""Buffers a thread needs to get on; with less, fewer threads are used."""
_DOWNLOAD = 16 * _MEGABYTE
"""What an object holds on its way: a chunk of 8 MB as it arrives, and the same in one piece."""
_DOWNLOADS = 8
_MORE = 16 * _MEGABYTE
"""What a process comes to hold between its start and the engine's, where objects are few."""
_DOWNLOADS_SHARE = 4
"""One part in so many of the memory is for downloads, if there are any."""


@dataclass(frozen=True)
class EngineShare:
    """What the engine gets.

    Attributes:
        memory: Bytes of its buffers.
        threads: Its threads, no more than the task's.
    """

    memory: int
    threads: int

    @property
    def limit(self) -> str:
        """The buffers as the engine takes them."""
        return f"{self.memory}B"


@dataclass(frozen=True)
class Resources:
    """What one task may use.

    Attributes:
        memory: The most its whole process may hold in memory, in bytes.
        threads: The most threads that compute. More may wait for the network.
        spool: Folder below which objects are fetched.
        room: Bytes that there are beyond what the process holds, whatever `memory` is: nobody asked
            for a share of a host in which nothing could be done.
    """

    memory: int
    threads: int
    spool: Path
    room: int = 0

    @classmethod
    def of(
        cls,
        *,
        memory: str | None = None,
        room: int = 0,
        threads: int | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> Resources:
        """What was asked for, else what `RECONCILE_MEMORY`, `_THREADS` and `_SPOOL` say, else 80 %
        of the memory this process may use and all its cores.

        Raises:
            BadInput: A size or a number is not one.
        """
        if memory is None and (said := environ.get("RECONCILE_MEMORY")):
            memory = said
        if threads is None and environ.get("RECONCILE_THREADS"):
            threads = _positive(environ["RECONCILE_THREADS"])
        if threads is not None and threads < 1:
            raise BadInput("threads is not a positive number", found=str(threads))
        return cls(
            size_of(memory, of=_MEMORY) if memory is not None else int(usable_memory() * SHARE),
            usable_cores() if threads is None else threads,
            spool_folder(environ),
            room,
        )

    def downloads(self) -> int:
        """Objects of one side that may be fetched at a time."""
        held = held_memory()
        free = max(0, self._limit(held) - held) // _DOWNLOADS_SHARE
        return max(1, min(_DOWNLOADS, free // (2 * _DOWNLOAD)))

    def for_engine(self, *, downloads: int = 0) -> EngineShare:
        """What is left for the engine by what this process holds now.

        Args:
            downloads: Objects of each side that are fetched at a time meanwhile.

        Raises:
            BadInput: The memory is too little for anything.
        """
        held = held_memory()
        return engine_share(self._limit(held), held=held, threads=self.threads, downloads=downloads)

    def _limit(self, held: int) -> int:
        """The limit of a process that holds so much."""
        return max(self.memory, held + self.room) if self.room else self.memory


def engine_share(memory: int, *, held: int, threads: int, downloads: int = 0) -> EngineShare:
    """What is left for the engine of a limit.

    Args:
        memory: The limit of the whole process, in bytes.
        held: What the process holds before the engine starts.
        threads: The most threads.
        downloads: Objects of each side that are fetched at a time meanwhile.

    Raises:
        BadInput: Not enough for one thread; says the least that is.
    """
    free = memory - held - 2 * downloads * _DOWNLOAD - _ENGINE
    of_thread = _THREAD + _LEAST_BUFFERS
    if free < of_thread:
        raise BadInput(
            "the memory is too little to compare anything in",
            found=_told(memory),
            expected=f"at least {_told(memory - free + of_thread + _MORE)}, "
            f"of which the process holds {_told(held)} before it compares",
            next_step="give it more in RECONCILE_MEMORY, or with --memory where there is one",
        )
    used = min(threads, free // of_thread)
    return EngineShare(free - used * _THREAD, used)


def _told(size: int) -> str:
    return f"{size // _MEGABYTE}MB"


def _positive(text: str) -> int:
    if not text.isdigit():
        raise BadInput("RECONCILE_THREADS is not a number", found=repr(text), expected="1, 2, 4 …")
    return int(text)
