"""The files below a folder, in name order: each folder is read once, and each file asked once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from reconcile.errors import AccessDenied, BadInput
from reconcile.stores.download import TEMPORARY_PREFIX

_Identity = tuple[int, int]


def files_below(
    folder: str,
    name: str,
    *,
    prefix: str,
    refuse: Callable[[str], object],
    above: frozenset[_Identity] = frozenset(),
) -> Iterator[tuple[str, os.stat_result]]:
    """Names and what the system says of them; links are followed.

    Args:
        folder: Where to begin.
        name: What the folder is called below the store's root; empty for the root itself.
        prefix: With what names begin.
        refuse: Raises where a name cannot be one of the store, or its link leads out.
        above: The folders on the way here.

    Raises:
        AccessDenied: A folder may not be read.
        BadInput: Links run in a ring, or as `refuse`.
    """
    try:
        with os.scandir(folder) as found:
            entries = list(found)
            status = os.stat(folder)
    except (FileNotFoundError, NotADirectoryError):
        return
    except PermissionError as error:
        raise AccessDenied(f"folder {folder} may not be read") from error
    identity = status.st_dev, status.st_ino
    if identity in above:
        raise BadInput(f"the links below {folder} run in a ring")
    begin = f"{name}/" if name else ""
    wanted = []
    for entry in entries:
        if entry.name.startswith(TEMPORARY_PREFIX):
            continue
        own = begin + entry.name
        if entry.is_symlink():
            refuse(own)
        # The names below a folder begin with its own and a slash, and are in order by that.
        end = "/" if entry.is_dir() else ""
        if (own + end).startswith(prefix) or (end and prefix.startswith(own + end)):
            wanted.append((os.fsencode(entry.name + end), own, end, entry))
    wanted.sort(key=lambda one: one[0])
    for _, own, end, entry in wanted:
        if end:
            yield from files_below(
                entry.path, own, prefix=prefix, refuse=refuse, above=above | {identity}
            )
            continue
        if "\\" in entry.name:
            refuse(own)
        try:
            yield own, entry.stat()
        except FileNotFoundError:
            continue  # removed since: as good as never listed
