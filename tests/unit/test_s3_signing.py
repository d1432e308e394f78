"""What of a request to S3 is signed."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config

from reconcile.stores.s3 import S3Store

_SIGNED = {"payload_signing_enabled": True}


@pytest.mark.parametrize(
    ("endpoint", "given", "is_signed"),
    [
        ("https://s3.example.com", None, False),
        ("http://127.0.0.1:9000", None, False),
        ("http://minio:9000", None, True),
        ("https://s3.example.com", _SIGNED, True),
    ],
    ids=["tls", "this machine", "plain http", "configured"],
)
def test_bodies_are_signed_where_somebody_could_change_them(
    endpoint: str, given: dict[str, Any] | None, is_signed: bool
) -> None:
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id="a",
        aws_secret_access_key="s",
        region_name="eu-west-1",
        config=Config(s3=given),
    )
    headers: list[dict[str, Any]] = []

    def sent(request: Any, **_event: Any) -> AWSResponse:
        headers.append(dict(request.headers))
        answer = AWSResponse(request.url, 200, {"ETag": '"1"'}, None)
        answer._content = b""
        return answer

    store = S3Store(client, "b")
    client.meta.events.register("before-send.s3", sent)
    store.put("x", b"data")
    [sent_with] = [{name.lower(): str(value) for name, value in one.items()} for one in headers]
    assert ("UNSIGNED" not in sent_with["x-amz-content-sha256"]) == is_signed
    assert "x-amz-checksum-crc64nvme" in sent_with
