"""TLS everywhere, except to this machine and to hosts that were named."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from reconcile.errors import BadInput

PLAIN_HTTP_VARIABLE = "RECONCILE_PLAIN_HTTP_HOSTS"


def require_tls(url: str, environ: Mapping[str, str]) -> None:
    """Refuses an endpoint without TLS unless it is loopback or a named host.

    Raises:
        BadInput: Plain http to another host.
    """
    if is_out_of_reach(url):
        return
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    allowed = environ.get(PLAIN_HTTP_VARIABLE, "").replace(",", " ").lower().split()
    if parts.scheme == "http" and host in allowed:
        return
    raise BadInput(
        f"endpoint {parts.scheme}://{host} is not protected by TLS",
        expected="https",
        next_step=f"use https, or name {host} in {PLAIN_HTTP_VARIABLE}",
    )


def is_out_of_reach(url: str) -> bool:
    """Whether nobody on the way can read or change what goes there: TLS, or this very machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or _is_loopback((parts.hostname or "").lower())


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
