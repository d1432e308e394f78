"""What a request asks for, by the names that the services' own documentation uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from urllib.parse import unquote


class Kind(Enum):
    """The protocol that is spoken."""

    S3 = "S3"
    BLOB = "Blob Storage"


@dataclass(frozen=True)
class Operation:
    """One request, named.

    Attributes:
        name: `PutObject`, `UploadPart`, `PutBlock`, ...
        container: The bucket or the container; empty where the request is about none.
        key: The object or blob, decoded; empty where the request is about none.
    """

    name: str
    container: str = ""
    key: str = ""


LISTINGS = {"ListObjects", "ListObjectsV2", "ListObjectVersions", "ListBlobs"}

_S3_BUCKET = {"GET": "ListObjects", "HEAD": "HeadBucket", "PUT": "CreateBucket"} | {
    "DELETE": "DeleteBucket"
}
_S3_OBJECT = {"GET": "GetObject", "HEAD": "HeadObject", "DELETE": "DeleteObject"}
_S3_OF_BUCKET = {
    ("GET", "list-type"): "ListObjectsV2",
    ("GET", "uploads"): "ListMultipartUploads",
    ("GET", "versions"): "ListObjectVersions",
    ("POST", "delete"): "DeleteObjects",
}
_S3_OF_OBJECT = {
    ("GET", "uploadId"): "ListParts",
    ("GET", "attributes"): "GetObjectAttributes",
    ("POST", "uploads"): "CreateMultipartUpload",
    ("POST", "uploadId"): "CompleteMultipartUpload",
    ("DELETE", "uploadId"): "AbortMultipartUpload",
}
# What the query says of the resource; the rest of a query only says how.
_S3_SUBRESOURCES = {
    "acl",
    "cors",
    "legal-hold",
    "lifecycle",
    "location",
    "object-lock",
    "policy",
} | {
    "retention",
    "tagging",
    "versioning",
}
_BLOB_WRITES = {
    "block": "PutBlock",
    "blocklist": "PutBlockList",
    "metadata": "SetBlobMetadata",
    "properties": "SetBlobProperties",
    "lease": "LeaseBlob",
    "tags": "SetBlobTags",
    "snapshot": "SnapshotBlob",
    "tier": "SetBlobTier",
}
_BLOB_READS = {"blocklist": "GetBlockList", "metadata": "GetBlobMetadata", "tags": "GetBlobTags"}


def operation_of(
    kind: Kind, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str]
) -> Operation:
    """The operation that a request asks for.

    Args:
        kind: The protocol.
        method: Of HTTP.
        path: Still encoded, without the query.
        query: Decoded; a name without a value has an empty one.
        headers: By lower-case name.
    """
    parts = [
        unquote(part) for part in path.removeprefix("/").split("/", 1 if kind is Kind.S3 else 2)
    ]
    if kind is Kind.BLOB:
        parts = parts[1:]  # the account, which emulators have in the path
    container, key = (*parts, "", "")[:2]
    name = (_s3_name if kind is Kind.S3 else _blob_name)(method, container, key, query, headers)
    return Operation(name, container, key)


def _s3_name(
    method: str, container: str, key: str, query: Mapping[str, str], headers: Mapping[str, str]
) -> str:
    if not container:
        return "ListBuckets"
    for part in sorted(_S3_SUBRESOURCES & query.keys()):
        return f"{method} {part}"
    for (verb, part), name in (_S3_OF_OBJECT if key else _S3_OF_BUCKET).items():
        if verb == method and part in query:
            return name
    if key and method == "PUT":
        copied = "x-amz-copy-source" in headers
        if "uploadId" in query:
            return "UploadPartCopy" if copied else "UploadPart"
        return "CopyObject" if copied else "PutObject"
    return (_S3_OBJECT if key else _S3_BUCKET).get(method, method)


def _blob_name(
    method: str, container: str, key: str, query: Mapping[str, str], headers: Mapping[str, str]
) -> str:
    part = query.get("comp", "")
    if not key:
        return _container_name(method, container, part)
    match method:
        case "GET":
            return _BLOB_READS.get(part, "GetBlob")
        case "HEAD":
            return "GetBlobProperties"
        case "DELETE":
            return "DeleteBlob"
        case "PUT" if part == "block" and "x-ms-copy-source" in headers:
            return "PutBlockFromURL"
        case "PUT" if part == "":
            return "CopyBlob" if "x-ms-copy-source" in headers else "PutBlob"
        case "PUT":
            return _BLOB_WRITES.get(part, f"PUT {part}")
    return f"{method} {part}".strip()


def _container_name(method: str, container: str, part: str) -> str:
    if part == "list":
        return "ListBlobs" if container else "ListContainers"
    if part:
        return f"{method} {part}"
    return {
        "PUT": "CreateContainer",
        "DELETE": "DeleteContainer",
        "GET": "GetContainerProperties",
        "HEAD": "GetContainerProperties",
    }.get(method, method)
