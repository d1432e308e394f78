"""What of a request to S3 is signed."""

from __future__ import annotations

from typing import Any

from reconcile.stores.transport import is_out_of_reach


def leave_bodies_unsigned(client: Any) -> None:
    """Has a client sign no SHA-256 of bodies where nobody on the way can change them.

    Each body that matters has a checksum of its own, whose header is signed and which the service
    checks. A connection whose configuration says otherwise is left alone.
    """
    if is_out_of_reach(client.meta.endpoint_url):
        config = client.meta.config
        config.s3 = {"payload_signing_enabled": False, **(config.s3 or {})}
