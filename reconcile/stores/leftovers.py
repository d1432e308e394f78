"""What a killed process leaves of its writes on this machine's disk."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from pathlib import Path

from reconcile.stores.download import TEMPORARY_PREFIX
from reconcile.stores.protocol import Store


def remove_leftovers(store: Store, folder: str, *, before: datetime) -> None:
    """Removes the files below a folder that were begun to be written and are not written to.

    No listing shows them. Where nothing lies on this disk there are none.

    Args:
        store: The store.
        folder: Below its root; empty for all of it.
        before: Those that were last written to before then: what is younger may be at work.
    """
    place = store.path_of(f"{folder}/x" if folder else "x")
    if place is None:
        return
    for path in place.parent.rglob(f"{TEMPORARY_PREFIX}*"):
        with suppress(OSError):
            if _is_leftover(path, before):
                path.unlink()


def _is_leftover(path: Path, before: datetime) -> bool:
    return path.is_file() and path.stat().st_mtime < before.timestamp()
