"""What S3 says of an object, as ours."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any

from reconcile.model.objects import ObjectInfo

_CHECKSUM_FIELDS = {
    f"Checksum{name}": name.lower()
    for name in ("CRC64NVME", "SHA512", "SHA256", "SHA1", "CRC32C", "CRC32")
}
_MD5 = re.compile(r"[0-9a-f]{32}")
FIELD_OF = {name: field for field, name in _CHECKSUM_FIELDS.items()}
"""The field that carries a checksum, by algorithm."""


def quoted(tag: str) -> str:
    """A tag as conditions send it."""
    return f'"{tag}"'


def info_of(name: str, size: int, answer: Mapping[str, Any]) -> ObjectInfo:
    """One object, as an answer about it says."""
    version = answer.get("VersionId")
    return ObjectInfo(
        name,
        size,
        answer["ETag"].strip('"'),
        # "null" is the name of the one version of a bucket that keeps none.
        version=None if version == "null" else version,
        modified=answer.get("LastModified"),
        checksums=_full_object_checksums(answer),
        md5=None if _is_of_cipher(answer) else md5_of(answer["ETag"].strip('"')),
    )


def md5_of(tag: str) -> str | None:
    """The MD5 that a tag is, base64; None of one that is not, since the object came in parts.

    Of objects that are encrypted by a key of KMS or of a customer it looks like one and is none.
    """
    return base64.b64encode(bytes.fromhex(tag)).decode() if _MD5.fullmatch(tag) else None


def _is_of_cipher(answer: Mapping[str, Any]) -> bool:
    by_kms = str(answer.get("ServerSideEncryption", "")).startswith("aws:kms")
    return by_kms or "SSECustomerAlgorithm" in answer


def _full_object_checksums(answer: Mapping[str, Any]) -> dict[str, str]:
    """What the service says of the whole object; never the composite of its parts."""
    kind = answer.get("ChecksumType")
    return {
        name: answer[field]
        for field, name in _CHECKSUM_FIELDS.items()
        # CRC-64/NVME exists for whole objects only; the others exist in both kinds.
        if field in answer
        and "-" not in answer[field]
        and (kind == "FULL_OBJECT" or (kind is None and name == "crc64nvme"))
    }
