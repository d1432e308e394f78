"""What one task may use where an executor runs several of them on one host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconcile.errors import BadInput
from reconcile.jobs.resources import SHARE

VARIABLE = "RECONCILE_TASKS_PER_HOST"
_LEAST = 512 * 2**20
"""A task gets no less beyond what its process holds, however many an executor might run at once:
it hardly ever does."""


@dataclass(frozen=True)
class HostShare:
    """What a task may use; None leaves it to `RECONCILE_MEMORY` or `RECONCILE_THREADS`.

    Attributes:
        memory: The most its process may hold, such as `812MiB`.
        room: Bytes beyond what the process holds, where that is more.
        threads: Its threads.
    """

    memory: str | None
    room: int
    threads: int | None


def host_share(
    environ: Mapping[str, str], *, parallelism: int, memory: int, cores: int
) -> HostShare:
    """A task's part of its host; what the environment gives to one task is not divided again.

    Args:
        environ: Where `RECONCILE_TASKS_PER_HOST`, `_MEMORY` and `_THREADS` are looked up.
        parallelism: Tasks that the executor runs at once, if the first is not set.
        memory: Bytes that processes of this host may use.
        cores: Cores that they may use.

    Raises:
        BadInput: `RECONCILE_TASKS_PER_HOST` is not a positive number.
    """
    text = environ.get(VARIABLE) or str(max(1, parallelism))
    if not text.isdigit() or int(text) < 1:
        raise BadInput(f"{VARIABLE} is not a positive number", found=repr(text), expected="1, 2 …")
    tasks = int(text)
    each = max(_LEAST, int(memory * SHARE) // tasks)
    given = bool(environ.get("RECONCILE_MEMORY"))
    return HostShare(
        memory=None if given else f"{each // 2**20}MiB",
        room=0 if given else _LEAST,
        threads=None if environ.get("RECONCILE_THREADS") else max(1, cores // tasks),
    )
