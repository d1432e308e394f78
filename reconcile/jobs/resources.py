"""What one task may use of its host: memory, threads and the spool's folder."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from reconcile.errors import BadInput
from reconcile.stores.spool import spool_folder

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(B|KB|MB|GB|TB|KIB|MIB|GIB|TIB)", re.IGNORECASE)


@dataclass(frozen=True)
class Resources:
    """What one task may use.

    Attributes:
        memory: The most the engine's buffers may hold, such as `2GB`; the engine's own share of
            the machine (80 %) if None.
        threads: Threads; all cores if None.
        spool: Folder below which objects are fetched.
    """

    memory: str | None
    threads: int | None
    spool: Path

    @classmethod
    def of(
        cls,
        *,
        memory: str | None = None,
        threads: int | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> Resources:
        """What was asked for, else what `RECONCILE_MEMORY`, `_THREADS` and `_SPOOL` say.

        Raises:
            BadInput: A size or a number is not one.
        """
        memory = memory or environ.get("RECONCILE_MEMORY") or None
        if memory is not None and _SIZE.fullmatch(memory.strip()) is None:
            raise BadInput("memory is not a size", found=repr(memory), expected="2GB, 512MB …")
        if threads is None and environ.get("RECONCILE_THREADS"):
            threads = _positive(environ["RECONCILE_THREADS"])
        if threads is not None and threads < 1:
            raise BadInput("threads is not a positive number", found=str(threads))
        return cls(memory, threads, spool_folder(environ))


def _positive(text: str) -> int:
    if not text.isdigit():
        raise BadInput("RECONCILE_THREADS is not a number", found=repr(text), expected="1, 2, 4 …")
    return int(text)
