"""Addresses: where a store is, told apart from every other store."""

from __future__ import annotations

from urllib.parse import urlsplit


def address_of(endpoint: str, container: str) -> str:
    """The address of a bucket or container at an endpoint's URL, without credentials."""
    parts = urlsplit(endpoint)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path.rstrip('/')}/{container}"
