"""Bookings in the two emulators, one day with known discrepancies, as two datasets: one a queue."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
from azure.storage.blob import BlobServiceClient

DAY = "2013-01-05"
DISCREPANCIES = {"missing_in_source": 2, "missing_in_target": 3, "value_mismatch": 1}

_FILE = """\
dataset: {name}
description: Bookings, one row each
owner: sales
schedule: "0 5 * * *"
timezone: America/New_York
grain: day
start: 2013-01-05
end: 2013-01-06
queue: {queue}
pool: {queue}_side
source: {{location: "s3://sales/bookings", partition: "day={{window}}", connection: aws_default}}
target: {{location: "az://sales/bookings", partition: "day={{window}}", connection: wasb_default}}
compare: {{match_key: [id]}}
"""


def declare(folder: Path, queues: Mapping[str, str]) -> None:
    """Writes the dataset files: a name, and the queue of its tasks."""
    folder.mkdir()
    for name, queue in queues.items():
        (folder / f"{name}.yaml").write_text(_FILE.format(name=name, queue=queue))


def deliver(environment: Mapping[str, str]) -> None:
    """Puts the day where the files say, as its producer would; the places exist."""
    rows = {key: key * 10 for key in range(100)}
    copy = {key: value for key, value in rows.items() if key >= 3} | {99: 7, 200: 1, 201: 2}
    name = f"bookings/day={DAY}/part-0.parquet"
    s3 = boto3.client(
        "s3",
        endpoint_url=environment["AWS_ENDPOINT_URL_S3"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        region_name=environment["AWS_DEFAULT_REGION"],
    )
    s3.put_object(Bucket="sales", Key=name, Body=_parquet(rows))
    blobs = BlobServiceClient.from_connection_string(environment["AZURE_STORAGE_CONNECTION_STRING"])
    blobs.get_blob_client("sales", name).upload_blob(_parquet(copy))


def _parquet(rows: Mapping[int, int]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({"id": list(rows), "amount": list(rows.values())}), sink)
    return sink.getvalue()
