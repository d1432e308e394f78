"""What a side of a comparison took: over the wire, or of the files that lie here."""

from __future__ import annotations

from reconcile.model.traffic import Traffic
from reconcile.stores.listing import Listing


def taken(listing: Listing | None, *, read: int) -> Traffic:
    """The requests sent for a side and the bytes received, since its store was opened.

    Args:
        listing: The side's objects; None for rows that were held in memory.
        read: Bytes of the objects that were read, which count where nothing goes over a wire.
    """
    traffic = None if listing is None else listing.store.traffic
    return Traffic(requests=0, bytes=read) if traffic is None else traffic
