"""A file of the user's choice that a result goes to, whole or not at all."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from pathlib import Path

from reconcile.errors import BadInput, NotFound
from reconcile.model.location import Location, Scheme
from reconcile.stores.local import LocalStore


def check_destination(destination: Path, *, inputs: Sequence[str] = ()) -> None:
    """Refuses, before any work, a file that could not be written or would spoil what is read.

    Args:
        destination: The file to be written.
        inputs: The locations that are read.

    Raises:
        NotFound: Its folder does not exist.
        BadInput: It is a folder, or lies among the files that are read.
    """
    if destination.is_dir():
        raise BadInput(f"{destination} is a folder", expected="the name of a file to write")
    if not destination.parent.is_dir():
        raise NotFound(
            f"no folder {destination.parent.absolute()} to write {destination.name} into",
            next_step="make the folder, or name another one",
        )
    for text in inputs:
        location = Location.parse(text)
        if location.scheme is Scheme.FILE and _is_among(destination, location):
            raise BadInput(
                f"{destination} lies among the files that are read",
                found=f"the location {text}",
                next_step="name a file elsewhere",
            )


def write_whole(destination: Path, data: bytes | Path) -> None:
    """Writes bytes, or what another file holds, replacing what lies there in one step.

    Raises:
        AccessDenied, BadInput, DiskFull: It cannot be written.
    """
    folder = LocalStore(destination.parent.resolve(), elsewhere="name a file elsewhere")
    folder.put(destination.name, data)


def _is_among(destination: Path, location: Location) -> bool:
    if location.is_glob:
        return any(_is_same(destination, path) for path in glob.glob(location.path, recursive=True))
    if os.path.isdir(location.path):
        return destination.resolve().is_relative_to(Path(location.path).resolve())
    return _is_same(destination, location.path)


def _is_same(destination: Path, path: str) -> bool:
    return destination.exists() and os.path.exists(path) and os.path.samefile(destination, path)
