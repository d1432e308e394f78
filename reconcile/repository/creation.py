"""A create-only write whose answer may be lost: what lies there afterwards is what counts."""

from __future__ import annotations

from reconcile.errors import AlreadyExists, NotFound, Transient
from reconcile.stores.protocol import ContainerMissing, CutShort, Store

UNANSWERED = (Transient, CutShort)
"""What is raised where a write may have arrived or not."""

_TRIES = 3


def created(store: Store, name: str, data: bytes, *, largest: int) -> bytes:
    """Creates an object, and gives what lies there afterwards: these bytes, or another's.

    Args:
        store: Where.
        name: The object's.
        data: Its bytes, which nobody else creates: so they are ours where an answer was lost.
        largest: Bytes of what may lie there; of more, a byte more is given.

    Raises:
        Transient, CutShort: The store does not say whether it is there.
    """
    for attempt in range(1, _TRIES + 1):
        try:
            store.put(name, data, create_only=True)
        except (AlreadyExists, *UNANSWERED):
            found = lying(store, name, largest=largest)
            if found is not None:
                return found
            if attempt == _TRIES:
                raise
        else:
            return data
    raise AssertionError("it is created, or it raises")


def lying(store: Store, name: str, *, largest: int) -> bytes | None:
    """The bytes of an object, of more than so many a byte more; None where none is there."""
    try:
        return store.get(name, length=largest + 1)
    except ContainerMissing:
        raise
    except NotFound:
        return None
