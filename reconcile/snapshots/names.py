"""Names of snapshots and of the objects in them. Whatever was read somewhere is checked here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from reconcile.errors import BadInput

_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,159}", re.ASCII)
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+", re.ASCII)
_LONGEST_NAME = 4096
# A part between separators that is empty, one dot or two. A backslash separates in some stores,
# and a name must mean one thing in all of them.
_ASTRAY = re.compile(r"[/\\\0]\.{0,2}[/\\\0]")
_SUSPECT = ("//", "\0/", "/\0", "\0\0", "/.", "\0.", "\\")  # one of them is there, or all is well


def new_snapshot_id(dataset: str, taken_at: datetime, token: str) -> str:
    """The id of a new snapshot, such as `20131105T070000Z-flights-1f3a9c2e`.

    Args:
        dataset: Its name; what an id may not hold becomes a dash, and 80 characters are enough.
        taken_at: When it was begun, with zone.
        token: Letters and digits that no other has, so that two at once have two ids.

    Raises:
        BadInput: The token is none.
    """
    moment = taken_at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    safe = _UNSAFE.sub("-", dataset)[:80].strip("-") or "dataset"
    return check_snapshot_id(f"{moment}-{safe}-{token}")


def check_snapshot_id(text: str) -> str:
    """The text, if it can be a snapshot's id: it becomes part of a name in a store.

    Raises:
        BadInput: It holds anything but ASCII letters, digits, dots, dashes and underscores, begins
            with a dot, or has more than 160 characters.
    """
    if _ID.fullmatch(text) is None:
        raise BadInput(
            "this cannot be a snapshot's id",
            found=repr(text[:200]),
            expected="up to 160 of A-Z, a-z, 0-9, dot, dash and underscore, without a dot first",
            next_step="see the ids with `reconcile snapshot list DATASET`",
        )
    return text


def names_problem(names: Sequence[str]) -> str | None:
    """Why one of some names can be none of an object of a snapshot; None where all can.

    A name stays below wherever it is restored, and means the same in every store: it is text of at
    most 4096 bytes, without a NUL, an empty part, or one of dots. A backslash separates, too.
    Fast where nothing is wrong.
    """
    together = "\0".join(("", *names, ""))
    try:
        together.encode()
    except UnicodeEncodeError:
        return "it is no text"
    if together.count("\0") != len(names) + 1:
        return "it holds a NUL"
    if any(sign in together for sign in _SUSPECT) and _ASTRAY.search(together) is not None:
        return "a part of it is empty or only dots"
    if 4 * len(max(names, key=len, default="")) > _LONGEST_NAME and any(
        len(name.encode()) > _LONGEST_NAME for name in names
    ):
        return f"it has more than {_LONGEST_NAME} bytes"
    return None
