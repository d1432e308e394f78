"""What the host lets this process have, and what this process holds: read from the system."""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

_ROOT = Path("/")
_CGROUPS = "sys/fs/cgroup"
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8
"""As glibc's malloc.h has them."""
_LARGE = 4 * 1024**2


def usable_memory(root: Path = _ROOT) -> int:
    """Bytes this process may use: the machine's, or the least limit of its control groups.

    Args:
        root: Where the system's own files lie, `/proc` and `/sys`.
    """
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    texts = _settings(root, "memory.max", "memory", "memory.limit_in_bytes")
    return min([physical, *(int(text) for text in texts if text.isdigit())])


def usable_cores(root: Path = _ROOT) -> int:
    """Cores this process may use: those it is bound to, or what its control groups allow.

    Args:
        root: Where the system's own files lie.
    """
    bound = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    quotas = _settings(root, "cpu.max", "cpu", "cpu.cfs_quota_us")
    periods = _settings(root, "cpu.max", "cpu", "cpu.cfs_period_us")
    allowed = [
        # One line says both in the second version, `200000 100000`; `max` or -1 is no limit.
        max(1, -(-int(quota.split()[0]) // int(period.split()[-1])))
        for quota, period in zip(quotas, periods, strict=False)
        if quota.split()[0].isdigit()
    ]
    return min([bound, *allowed])


def held_memory() -> int:
    """Bytes of this process that are in memory now; where only its peak can be had, that."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
    return pages * os.sysconf("SC_PAGE_SIZE")


def _settings(root: Path, unified: str, controller: str, separate: str) -> list[str]:
    """A setting of every control group this process is in, from its own to the outermost.

    Args:
        root: Where the system's own files lie.
        unified: The file's name in the second version of control groups.
        controller: Whose groups, in the first version.
        separate: The file's name there.
    """
    folders = root / _CGROUPS
    files = []
    for controllers, group in _groups(root):
        # A container sees its own group as the outermost, under whatever name it has outside.
        places = [group, *group.parents]
        if not controllers:
            files += [folders / place.relative_to("/") / unified for place in places]
        elif controller in controllers.split(","):
            files += [folders / controller / place.relative_to("/") / separate for place in places]
    return [text for file in files for text in _text(file)]


def _groups(root: Path) -> Iterator[tuple[str, PurePosixPath]]:
    """Controllers and path of every group of this process; no controllers in the second version."""
    for text in _text(root / "proc/self/cgroup"):
        for line in text.splitlines():
            _, controllers, path = line.split(":", 2)
            yield controllers, PurePosixPath("/") / path


def _text(file: Path) -> list[str]:
    try:
        return [text] if (text := file.read_text().strip()) else []
    except OSError:
        return []  # no such file here, or not for this user


def share_heaps(heaps: int = 2) -> bool:
    """Has threads share so many heaps from now on, and give back what is large; whether that can be
    said here.

    glibc gives every thread a heap of its own, eight a core, and each keeps what its largest
    moment took: threads that each copy large parts hold a multiple of what is in flight. What was
    large once it takes from heaps as well, where the next of another size finds no room.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    return bool(mallopt(_M_ARENA_MAX, heaps)) and bool(mallopt(_M_MMAP_THRESHOLD, _LARGE))
