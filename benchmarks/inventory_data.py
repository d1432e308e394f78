"""Inventories of a million objects: `python -m benchmarks.inventory_data FOLDER OBJECTS`.

S3's and Azure's of the same objects, as Parquet and as CSV, laid out as the services deliver them.
Of the target's objects some are missing, some are new, and some have another size.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

FILES = 4
"""Files an inventory comes in."""
MISSING, EXTRA, DIFFERENT = 1_000, 2_000, 3_000
"""Objects that only one side has, and that have two sizes; the others are unproven."""

_OBJECTS = """
    CREATE TABLE objects AS
    SELECT
        printf('lake/flights/flight_date=2013-%02d-%02d/carrier=%s/part-%08d é+ %x.parquet',
               1 + i % 12, 1 + i % 28, chr(65 + CAST(i % 26 AS INTEGER)), i, hash(i)) AS name,
        1000 + i % 100000 AS size, md5(CAST(i AS VARCHAR)) AS etag,
        TIMESTAMP '2013-01-01' + to_seconds(i) AS modified,
        to_base64(unhex(printf('%016x', hash(i * 7)))) AS crc64, i
    FROM range($objects) AS t(i)
"""
_SIDES = {
    "source": "SELECT * FROM objects",
    "target": f"""
        SELECT * REPLACE (size + CAST(i < {MISSING + DIFFERENT} AS INTEGER) AS size) FROM objects
        WHERE i >= {MISSING}
        UNION ALL
        SELECT * REPLACE ('lake/new/' || name AS name) FROM objects WHERE i < {EXTRA}
    """,
}
_S3 = """
    SELECT 'data' AS bucket, {key} AS key, size, {modified} AS last_modified_date, etag AS e_tag,
        'STANDARD' AS storage_class, false AS is_multipart_uploaded,
        'SSE-KMS' AS encryption_status, 'CRC64NVME' AS checksum_algorithm
    FROM ({side}) WHERE i % {files} = {number}
"""
_AZURE = """
    SELECT 'data/' || name AS "Name", {modified} AS "Last-Modified", etag AS "Etag",
        size AS "Content-Length", crc64 AS "Content-CRC64", 'BlockBlob' AS "BlobType"
    FROM ({side}) WHERE i % {files} = {number}
"""
_ISO = "strftime(modified, '%Y-%m-%dT%H:%M:%S.000Z')"
_ENCODED = "replace(replace(url_encode(name), '%2F', '/'), '%20', '+')"
_CSV = "FORMAT csv, FORCE_QUOTE *, DELIMITER ','"
_FIELDS = (
    "Bucket, Key, Size, LastModifiedDate, ETag, StorageClass, IsMultipartUploaded, "
    "EncryptionStatus, ChecksumAlgorithm"
)


def write(folder: Path, objects: int) -> None:
    """Writes every inventory: `s3-parquet-source`, `azure-csv-target` and so on."""
    with duckdb.connect() as connection:
        connection.execute(_OBJECTS, {"objects": objects})
        for side, relation in _SIDES.items():
            for form in ("parquet", "csv"):
                _write_s3(connection, folder / f"s3-{form}-{side}", relation, form)
                _write_azure(connection, folder / f"azure-{form}-{side}", relation, form)


def _write_s3(connection: duckdb.DuckDBPyConnection, folder: Path, side: str, form: str) -> None:
    is_csv = form == "csv"
    spelt = (
        {"key": _ENCODED, "modified": _ISO} if is_csv else {"key": "name", "modified": "modified"}
    )
    how = f"{_CSV}, HEADER false, COMPRESSION gzip" if is_csv else "FORMAT parquet"
    names = [f"inv/data/all/data/{n:08d}.{'csv.gz' if is_csv else 'parquet'}" for n in range(FILES)]
    for number, name in enumerate(names):
        rows = _S3.format(side=side, files=FILES, number=number, **spelt)
        _copy(connection, rows, folder / name, how)
    manifest = {
        "sourceBucket": "data",
        "destinationBucket": "arn:aws:s3:::inventories",
        "version": "2016-11-30",
        "creationTimestamp": "1767225600000",
        "fileFormat": "CSV" if is_csv else "Parquet",
        "fileSchema": _FIELDS,
        "files": [
            {
                "key": name,
                "size": (folder / name).stat().st_size,
                "MD5checksum": _md5(folder / name),
            }
            for name in names
        ],
    }
    _sign(folder / "inv/data/all/2026-01-01T00-00Z/manifest.json", manifest)


def _write_azure(connection: duckdb.DuckDBPyConnection, folder: Path, side: str, form: str) -> None:
    is_csv = form == "csv"
    below = "2026/01/01/00-00-00/all"
    names = [f"{below}/all_{number}.{form}" for number in range(FILES)]
    for number, name in enumerate(names):
        modified = _ISO if is_csv else "modified"
        rows = _AZURE.format(side=side, files=FILES, number=number, modified=modified)
        how = "FORMAT csv, HEADER true" if is_csv else "FORMAT parquet"
        _copy(connection, rows, folder / name, how)
    counted = connection.execute(f"SELECT count(*) FROM ({side})").fetchone()
    manifest = {
        "destinationContainer": "inventories",
        "files": [{"blob": name, "size": (folder / name).stat().st_size} for name in names],
        "inventoryStartTime": "2026-01-01T00:00:00Z",
        "ruleDefinition": {"filters": {}, "format": form, "objectType": "blob", "schemaFields": []},
        "status": "Succeeded",
        "summary": {"objectCount": counted[0] if counted else 0},
    }
    _sign(folder / f"{below}/all-manifest.json", manifest)


def _copy(connection: duckdb.DuckDBPyConnection, rows: str, path: Path, how: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection.execute(f"COPY ({rows}) TO '{path}' ({how})")


def _sign(path: Path, manifest: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(manifest))
    checksum = path.with_name(path.name.removesuffix("manifest.json") + "manifest.checksum")
    checksum.write_text(_md5(path))


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
