"""CRC-64/NVME as Azure spells it: the same checksum as S3's, its bytes the other way round."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any


def told_by(answer: Mapping[str, Any]) -> str | None:
    """The checksum of the bytes that the service says it has taken, as S3 spells it."""
    told = answer.get("content_crc64")
    return None if told is None else base64.b64encode(bytes(told)[::-1]).decode()
