"""What stores say in the same words: the object changed, is already there, is not fetched."""

from __future__ import annotations

from typing import Any

from reconcile.errors import AlreadyExists, Changed
from reconcile.model.unfinished import Part
from reconcile.stores.protocol import CannotFetch


def changed(where: str) -> Changed:
    """The object is not the one that was pinned."""
    return Changed(
        f"{where} is no longer the object that was pinned",
        found="another object, or none",
        expected="the one listed before",
        next_step="run again",
    )


def already_there(where: str) -> AlreadyExists:
    """A create-only write met an object."""
    return AlreadyExists(
        f"{where} already exists",
        next_step="choose another name, or remove it first if it is not needed",
    )


class FetchesNothing:
    """An upload to what fetches nothing by itself."""

    _where: str

    def put_part_from(self, *_part: Any, **_range: Any) -> Part:
        """Never.

        Raises:
            CannotFetch: Always.
        """
        raise CannotFetch(f"{self._where}: what is there comes from here, nothing is fetched")
