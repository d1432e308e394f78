"""What every store says in the same words: the object changed, or is already there."""

from __future__ import annotations

from reconcile.errors import AlreadyExists, Changed


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
