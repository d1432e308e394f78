"""Inventories as the services write them: objects in, the files that would be delivered out."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pyarrow as pa
import pyarrow.parquet as pq

from reconcile.engines.inventory_reading import InventoryFiles
from reconcile.model.location import Location
from reconcile.stores.inventory import find_inventory

TAKEN_AT = datetime(2026, 11, 20, 1, 2, tzinfo=UTC)
MODIFIED = datetime(2026, 11, 1, 12, 30, 15, 123000, tzinfo=UTC)

Delivered = dict[str, bytes]
"""What a service writes: object name to bytes."""


@dataclass(frozen=True)
class Row:
    """One object as an inventory tells it.

    `crc64` is as S3 spells it. `latest` is None where the service leaves the flag empty.
    """

    name: str
    size: Any = 1
    etag: str | None = "0cc175b9c0f1b6a831c399e269772661"
    version: str | None = None
    modified: datetime | None = MODIFIED
    latest: bool | None = True
    deleted: bool = False
    snapshot: str | None = None
    folder: bool = False
    multipart: bool = True
    encryption: str = "SSE-S3"
    crc64: str | None = None
    container: str | None = None


def swapped(crc64: str) -> str:
    """A CRC-64 as the other service spells it: its eight bytes in the other order."""
    return base64.b64encode(base64.b64decode(crc64)[::-1]).decode()


_S3_COLUMNS: Sequence[tuple[str, str, Callable[[Row], Any], pa.DataType]] = (
    ("VersionId", "version_id", lambda r: r.version, pa.string()),
    ("IsLatest", "is_latest", lambda r: r.latest, pa.bool_()),
    ("IsDeleteMarker", "is_delete_marker", lambda r: r.deleted, pa.bool_()),
    ("Size", "size", lambda r: None if r.deleted else r.size, pa.int64()),
    ("LastModifiedDate", "last_modified_date", lambda r: r.modified, pa.timestamp("ms", "UTC")),
    ("ETag", "e_tag", lambda r: None if r.deleted else r.etag, pa.string()),
    ("StorageClass", "storage_class", lambda _: "STANDARD", pa.string()),
    ("IsMultipartUploaded", "is_multipart_uploaded", lambda r: r.multipart, pa.bool_()),
    ("EncryptionStatus", "encryption_status", lambda r: r.encryption, pa.string()),
    ("ChecksumAlgorithm", "checksum_algorithm", lambda _: "CRC64NVME", pa.string()),
)
_OF_VERSIONS = {"VersionId", "IsLatest", "IsDeleteMarker"}

_AZURE_COLUMNS: Sequence[tuple[str, Callable[[Row], Any], pa.DataType]] = (
    ("Last-Modified", lambda r: r.modified, pa.timestamp("ms", "UTC")),
    ("Etag", lambda r: r.etag, pa.string()),
    ("Content-Length", lambda r: r.size, pa.int64()),
    ("Content-MD5", lambda _: "stale-and-never-to-be-trusted", pa.string()),
    ("Content-CRC64", lambda r: r.crc64 and swapped(r.crc64), pa.string()),
    ("hdi_isfolder", lambda r: r.folder or None, pa.bool_()),
    ("VersionId", lambda r: r.version, pa.string()),
    ("IsCurrentVersion", lambda r: r.latest, pa.bool_()),
    ("Snapshot", lambda r: r.snapshot, pa.string()),
    ("Deleted", lambda r: r.deleted or None, pa.bool_()),
)


def s3_inventory(
    rows: Iterable[Row],
    *,
    bucket: str = "data",
    destination: str = "inventories",
    form: str = "CSV",
    versions: bool = False,
    files: int = 1,
    without: Iterable[str] = (),
    taken_at: datetime = TAKEN_AT,
    folder: str = "daily/data/config",
    changes: Mapping[str, Any] | None = None,
) -> Delivered:
    """What S3 Inventory delivers; `changes` are of the manifest, before it is signed."""
    left_out = set(without) | (set() if versions else _OF_VERSIONS)
    columns = [column for column in _S3_COLUMNS if column[0] not in left_out]
    named: list[tuple[str, str, Callable[[Row], Any], pa.DataType]] = [
        ("Bucket", "bucket", lambda r: r.container or bucket, pa.string()),
        ("Key", "key", lambda r: r.name, pa.string()),
        *columns,
    ]
    delivered: Delivered = {}
    entries = []
    for number, part in enumerate(_parts(list(rows), files)):
        if form == "CSV":
            data = gzip.compress(_csv(([_s3_text(c, r) for c in named] for r in part), always=True))
        else:
            data = _parquet(part, [(snake, value, kind) for _, snake, value, kind in named])
        ending = "csv.gz" if form == "CSV" else form.lower()
        name = f"{folder}/data/{number:08d}-85bb-4271.{ending}"
        delivered[name] = data
        entries.append({"key": name, "size": len(data), "MD5checksum": _md5(data)})
    manifest = {
        "sourceBucket": bucket,
        "destinationBucket": f"arn:aws:s3:::{destination}",
        "version": "2016-11-30",
        "creationTimestamp": str(int(taken_at.timestamp() * 1000)),
        "fileFormat": form,
        "fileSchema": ", ".join(camel for camel, *_ in named)
        if form == "CSV"
        else "message s3.inventory { … }",
        "files": entries,
        **(changes or {}),
    }
    signed(delivered, f"{folder}/{taken_at:%Y-%m-%dT%H-%MZ}/manifest.json", manifest)
    return delivered


def azure_inventory(
    rows: Iterable[Row],
    *,
    container: str = "data",
    destination: str = "inventories",
    form: str = "Csv",
    files: int = 1,
    without: Iterable[str] = (),
    taken_at: datetime = TAKEN_AT,
    rule: str = "everything",
    filters: Mapping[str, Any] | None = None,
    changes: Mapping[str, Any] | None = None,
) -> Delivered:
    """What Azure Blob Inventory delivers; `changes` are of the manifest, before it is signed."""
    columns = [column for column in _AZURE_COLUMNS if column[0] not in set(without)]
    named = [("Name", lambda r: f"{r.container or container}/{r.name}", pa.string()), *columns]
    listed = list(rows)
    folder = f"{taken_at:%Y/%m/%d/%H-%M-%S}/{rule}"
    delivered: Delivered = {}
    for number, part in enumerate(_parts(listed, files)):
        if form == "Csv":
            header = [name for name, *_ in named]
            data = _csv(
                [header, *([_azure_text(c[1](r)) for c in named] for r in part)], always=False
            )
        else:
            data = _parquet(part, named)
        delivered[f"{folder}/{rule}_{number}.{form.lower()}"] = data
    manifest = {
        "destinationContainer": destination,
        "endpoint": "https://example.blob.core.windows.net",
        "files": [{"blob": name, "size": len(data)} for name, data in delivered.items()],
        "inventoryCompletionTime": "2026-11-20T03:00:00Z",
        "inventoryStartTime": f"{taken_at:%Y-%m-%dT%H:%M:%SZ}",
        "ruleDefinition": {
            "filters": {
                "blobTypes": ["blockBlob"],
                "includeBlobVersions": True,
                "includeSnapshots": True,
                "includeDeleted": True,
                **(filters or {}),
            },
            "format": form.lower(),
            "objectType": "blob",
            "schedule": "daily",
            "schemaFields": [name for name, *_ in named],
        },
        "ruleName": rule,
        "status": "Succeeded",
        "summary": {"objectCount": len(listed), "totalObjectSize": 0},
        "version": "1.0",
        **(changes or {}),
    }
    signed(delivered, f"{folder}/{rule}-manifest.json", manifest)
    return delivered


def signed(delivered: Delivered, name: str, manifest: Mapping[str, Any] | bytes) -> None:
    """Adds a manifest and the checksum of what it says."""
    data = manifest if isinstance(manifest, bytes) else json.dumps(manifest, indent=1).encode()
    delivered[name] = data
    delivered[name.removesuffix("manifest.json") + "manifest.checksum"] = _md5(data).encode()


def manifest_of(delivered: Delivered) -> str:
    """The name of the manifest."""
    (name,) = (name for name in delivered if name.endswith("manifest.json"))
    return name


def changed(delivered: Delivered, change: Callable[[dict[str, Any]], None]) -> Delivered:
    """The same with another manifest, signed as if the service had written it."""
    name = manifest_of(delivered)
    manifest = json.loads(delivered[name])
    change(manifest)
    again = dict(delivered)
    signed(again, name, manifest)
    return again


def _parts(rows: list[Row], files: int) -> list[list[Row]]:
    return [rows[number::files] for number in range(files)]


def _md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


def _s3_text(column: tuple[str, str, Callable[[Row], Any], pa.DataType], row: Row) -> str:
    value = column[2](row)
    if column[0] == "Key":
        return quote_plus(value, safe="/")
    return _azure_text(value)


def _azure_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%S}.{value.microsecond // 1000:03d}Z"
    return "" if value is None else str(value)


def _csv(lines: Iterable[Sequence[str]], *, always: bool) -> bytes:
    """RFC 4180: what needs quotes is quoted, or everything is."""

    def quoted(text: str) -> str:
        needed = always or any(letter in text for letter in ',"\r\n')
        return '"' + text.replace('"', '""') + '"' if needed else text

    return "".join(",".join(map(quoted, line)) + "\n" for line in lines).encode()


def _parquet(
    rows: Sequence[Row], columns: Sequence[tuple[str, Callable[[Row], Any], pa.DataType]]
) -> bytes:
    arrays = [pa.array([value(row) for row in rows], kind) for _, value, kind in columns]
    sink = io.BytesIO()
    pq.write_table(pa.table(arrays, names=[name for name, *_ in columns]), sink)
    return sink.getvalue()


def written(delivered: Delivered, folder: Path) -> Path:
    """The folder with what was delivered in it, as if a bucket had been copied there."""
    for name, data in delivered.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def files_of(delivered: Delivered, folder: Path, **meant: str) -> InventoryFiles:
    """What was delivered, ready for the engine."""
    found = find_inventory(Location.parse(str(written(delivered, folder))))
    paths = [folder / file.name for file in found.inventory.files]
    return InventoryFiles(found.inventory, found.manifest, paths, **meant)
