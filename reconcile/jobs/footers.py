"""The last bytes of objects, which hold a Parquet file's footer."""

from __future__ import annotations

from reconcile.engines.parquet import footer_length
from reconcile.model.objects import ObjectInfo
from reconcile.stores.protocol import Store

_LIKELY_FOOTER = 16 * 1024


def end_of(store: Store, info: ObjectInfo) -> bytes:
    """A pinned object's last bytes, with the whole footer among them where it is Parquet.

    Raises:
        Changed: It is no longer the pinned one.
    """

    def last(length: int) -> bytes:
        start = max(0, info.size - length)
        return store.get(info.name, start=start, if_match=info.etag)

    end = last(_LIKELY_FOOTER)
    return end if holds_footer(end) else last(footer_length(end) or 0)


def holds_footer(end: bytes) -> bool:
    """Whether there is no more of a footer than some last bytes hold."""
    length = footer_length(end)
    return length is None or length <= len(end)
