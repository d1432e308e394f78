"""A multipart upload of the key `k`, step by step, by boto3."""

from __future__ import annotations

from typing import Any


def begun(client: Any, bucket: str) -> str:
    answer = client.create_multipart_upload(
        Bucket=bucket, Key="k", ChecksumAlgorithm="CRC64NVME", ChecksumType="FULL_OBJECT"
    )
    return str(answer["UploadId"])


def part_put(
    client: Any, bucket: str, upload: str, number: int, data: bytes, **claims: Any
) -> dict[str, Any]:
    answer: dict[str, Any] = client.upload_part(
        Bucket=bucket, Key="k", UploadId=upload, PartNumber=number, Body=data, **claims
    )
    return answer


def completed(
    client: Any, bucket: str, upload: str, *, tag: str | None = None, **claims: Any
) -> dict[str, Any]:
    if tag is None:
        listed = client.list_parts(Bucket=bucket, Key="k", UploadId=upload)["Parts"]
        parts = [{"PartNumber": part["PartNumber"], "ETag": part["ETag"]} for part in listed]
    else:
        parts = [{"PartNumber": 1, "ETag": tag}]
    answer: dict[str, Any] = client.complete_multipart_upload(
        Bucket=bucket, Key="k", UploadId=upload, MultipartUpload={"Parts": parts}, **claims
    )
    return answer
