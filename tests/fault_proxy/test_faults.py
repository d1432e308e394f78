"""Every fault, as a client of either service meets it."""

from __future__ import annotations

import socket
from typing import Any
from urllib.parse import urlsplit

import pytest
from azure.core.exceptions import (
    HttpResponseError,
    IncompleteReadError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.storage.blob import BlobBlock
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ResponseStreamingError,
)
from botocore.exceptions import (
    IncompleteReadError as BotoIncompleteRead,
)
from urllib3.exceptions import ProtocolError

from tests.fault_proxy import (
    After,
    Before,
    ClockSkew,
    Conflict,
    Dead,
    Effect,
    ErrorInside,
    ExpiredCredentials,
    FailsAfterwards,
    Fault,
    FlippedOnTheWayIn,
    FlippedOnTheWayOut,
    Lost,
    Match,
    Refused,
    Reset,
    SlowDown,
    Truncated,
)
from tests.fault_proxy.checksums import md5, s3_checksum
from tests.fault_proxy.conftest import BlobSite, S3Site
from tests.fault_proxy.refused import blob_refusal, s3_refusal
from tests.fault_proxy.s3_uploads import OWN_NAME

DATA = bytes(range(256)) * 1000

REFUSALS: dict[str, tuple[Effect, tuple[int, str], tuple[int, str]]] = {
    "slow down": (SlowDown(retry_after=7), (503, "SlowDown"), (503, "ServerBusy")),
    "expired": (ExpiredCredentials(), (400, "ExpiredToken"), (403, "AuthenticationFailed")),
    "skewed": (ClockSkew(), (403, "RequestTimeTooSkewed"), (403, "AuthenticationFailed")),
    "conflict": (
        Conflict(),
        (409, "ConditionalRequestConflict"),
        (409, "ConditionalRequestConflict"),
    ),
    "as told": (Refused(418, "Teapot"), (418, "Teapot"), (418, "Teapot")),
}


def put_create_only(s3: S3Site) -> object:
    return s3_put(s3, IfNoneMatch="*")


def s3_put(s3: S3Site, **more: Any) -> object:
    return s3.client.put_object(Bucket=s3.bucket, Key="k", Body=DATA, **more)


def s3_get(s3: S3Site, **more: Any) -> bytes:
    with s3.client.get_object(Bucket=s3.bucket, Key="k", **more)["Body"] as body:
        return bytes(body.read())


def blob_put(blob: BlobSite) -> object:
    return blob.client.upload_blob("k", DATA)


def blob_get(blob: BlobSite) -> bytes:
    return bytes(blob.client.download_blob("k").readall())


@pytest.mark.parametrize("fault", REFUSALS)
def test_s3_refuses_as_told_and_does_nothing(s3: S3Site, fault: str) -> None:
    effect, refused, _ = REFUSALS[fault]
    s3.proxy.script.add(Fault(Match("PutObject"), effect))
    assert s3_refusal(lambda: s3_put(s3)) == refused
    assert "Contents" not in s3.bare.list_objects_v2(Bucket=s3.bucket)
    s3_put(s3)


@pytest.mark.parametrize("fault", REFUSALS)
def test_blob_storage_refuses_as_told_and_does_nothing(blob: BlobSite, fault: str) -> None:
    effect, _, (status, code) = REFUSALS[fault]
    blob.proxy.script.add(Fault(Match("PutBlob"), effect))
    with pytest.raises(HttpResponseError) as caught:
        blob_put(blob)
    assert caught.value.response is not None
    assert caught.value.status_code == status
    assert caught.value.response.headers["x-ms-error-code"] == code
    assert list(blob.bare.list_blobs()) == []
    blob_put(blob)


def test_another_conditional_write_may_be_on_its_way(s3: S3Site) -> None:
    s3.proxy.script.add(Fault(Match("PutObject"), Conflict()))
    assert s3_refusal(lambda: put_create_only(s3)) == (409, "ConditionalRequestConflict")
    put_create_only(s3)


def test_how_long_to_wait_is_told(s3: S3Site, blob: BlobSite) -> None:
    for proxy in (s3.proxy, blob.proxy):
        proxy.script.add(Fault(Match(), SlowDown(retry_after=7)), Fault(Match(nth=2), SlowDown()))
    for retry_after in ("7", None):
        with pytest.raises(ClientError) as of_s3:
            s3_get(s3)
        headers = of_s3.value.response["ResponseMetadata"]["HTTPHeaders"]
        assert headers.get("retry-after") == retry_after
        with pytest.raises(HttpResponseError) as of_blob:
            blob_get(blob)
        assert of_blob.value.response is not None
        assert of_blob.value.response.headers.get("Retry-After") == retry_after


def test_credentials_expire_after_some_requests_until_they_are_renewed(s3: S3Site) -> None:
    s3.put("k", DATA)
    s3.proxy.script.add(Fault(Match(nth=3), ExpiredCredentials(), times=None))
    assert s3_get(s3) == s3_get(s3) == DATA
    for _ in range(3):
        assert s3_refusal(lambda: s3_get(s3)) == (400, "ExpiredToken")
    s3.proxy.script.clear()
    assert s3_get(s3) == DATA


@pytest.mark.parametrize("effect", [FailsAfterwards(), Lost()], ids=["500", "reset"])
def test_what_s3_says_it_has_not_done_may_be_done(s3: S3Site, effect: Effect) -> None:
    s3.proxy.script.add(Fault(Match("PutObject", key="k"), effect))
    with pytest.raises((ClientError, ConnectionClosedError)):
        put_create_only(s3)
    assert s3.content("k") == DATA
    assert s3_refusal(lambda: put_create_only(s3)) == (412, "PreconditionFailed")


@pytest.mark.parametrize("effect", [FailsAfterwards(), Lost()], ids=["500", "reset"])
def test_what_blob_storage_says_it_has_not_done_may_be_done(blob: BlobSite, effect: Effect) -> None:
    client = blob.client.get_blob_client("k")
    client.stage_block("id", DATA)
    blob.proxy.script.add(Fault(Match("PutBlockList"), effect))
    with pytest.raises((HttpResponseError, ServiceRequestError, ServiceResponseError)):
        client.commit_block_list([BlobBlock("id")])
    assert blob_get(blob) == DATA


def begun(s3: S3Site) -> dict[str, Any]:
    """An upload that lacks nothing but its completion."""
    upload = s3.client.create_multipart_upload(Bucket=s3.bucket, Key="k")["UploadId"]
    tag = s3.client.upload_part(
        Bucket=s3.bucket, Key="k", UploadId=upload, PartNumber=1, Body=DATA
    )["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": tag}]}
    return {"Bucket": s3.bucket, "Key": "k", "UploadId": upload, "MultipartUpload": parts}


@pytest.mark.parametrize("done", [True, False])
def test_a_completion_may_end_in_200_and_an_error(s3: S3Site, done: bool) -> None:
    upload = begun(s3)
    s3.proxy.script.add(Fault(Match("CompleteMultipartUpload"), ErrorInside(done)))
    call = s3.client.complete_multipart_upload
    assert s3_refusal(lambda: call(**upload)) == (500, "InternalError")
    assert s3.proxy.log.statuses("CompleteMultipartUpload") == [200]
    if done:
        assert s3.content("k") == DATA
        assert s3_refusal(lambda: call(**upload)) == (404, "NoSuchUpload")
    else:
        call(**upload)


def test_a_copy_may_end_in_200_and_an_error(s3: S3Site) -> None:
    s3.put("source", DATA)
    s3.proxy.script.add(Fault(Match("CopyObject", key="k"), ErrorInside(done=True)))
    source = {"Bucket": s3.bucket, "Key": "source"}
    refused = s3_refusal(
        lambda: s3.client.copy_object(Bucket=s3.bucket, Key="k", CopySource=source)
    )
    assert refused == (500, "InternalError")
    assert s3.content("k") == DATA


CUT_SHORT = (
    BotoIncompleteRead,
    ResponseStreamingError,
    IncompleteReadError,
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseError,
    ProtocolError,
)


@pytest.mark.parametrize("effect", [Reset(1000), Truncated(1000)], ids=["reset", "truncated"])
def test_an_answer_may_end_before_its_end(s3: S3Site, blob: BlobSite, effect: Effect) -> None:
    s3.put("k", DATA)
    blob.bare.upload_blob("k", DATA)
    s3.proxy.script.add(Fault(Match("GetObject"), effect))
    blob.proxy.script.add(Fault(Match("GetBlob"), effect, times=None))
    with pytest.raises(CUT_SHORT):
        s3_get(s3)
    with pytest.raises(CUT_SHORT):
        blob_get(blob)
    assert [entry.bytes_out for entry in s3.proxy.log.of("GetObject")] == [1000]
    assert {entry.bytes_out for entry in blob.proxy.log.of("GetBlob")} == {1000}
    assert s3_get(s3) == DATA


def test_a_reset_is_a_reset_and_an_end_an_end(s3: S3Site) -> None:
    s3.proxy.script.add(
        Fault(Match("ListBuckets"), Reset(10)), Fault(Match("ListBuckets", nth=2), Truncated(10))
    )
    with pytest.raises(ConnectionResetError):
        raw_answer(s3.proxy.url)
    _, _, body = raw_answer(s3.proxy.url).partition(b"\r\n\r\n")
    assert len(body) == 10


def raw_answer(url: str) -> bytes:
    place = urlsplit(url)
    with socket.create_connection((place.hostname, place.port)) as connection:
        name = f"Authorization: {OWN_NAME}"
        connection.sendall(f"GET / HTTP/1.1\r\nHost: h\r\n{name}\r\n\r\n".encode())
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_a_dead_endpoint_answers_nothing_until_it_lives(s3: S3Site, blob: BlobSite) -> None:
    for proxy in (s3.proxy, blob.proxy):
        proxy.script.add(Fault(Match(), Dead(), times=2))
    for _ in range(2):
        with pytest.raises(BotoCoreError):
            s3_put(s3)
        with pytest.raises((ServiceRequestError, ServiceResponseError)):
            blob_put(blob)
    assert "Contents" not in s3.bare.list_objects_v2(Bucket=s3.bucket)
    s3_put(s3)
    blob_put(blob)
    assert s3.proxy.log.statuses("PutObject") == [None, None, 200]


def test_a_flipped_bit_on_the_way_in_is_stopped_by_a_checksum_alone(s3: S3Site) -> None:
    s3.proxy.script.add(Fault(Match("PutObject"), FlippedOnTheWayIn(at=9), times=None))
    claim = {"ChecksumCRC64NVME": s3_checksum("crc64nvme", DATA)}
    assert s3_refusal(lambda: s3_put(s3, **claim)) == (400, "BadDigest")
    assert s3_refusal(lambda: s3_put(s3, ContentMD5=md5(DATA))) == (400, "BadDigest")
    s3_put(s3)
    assert differing(s3.content("k")) == [9]


def test_a_flipped_bit_on_the_way_into_azurite_is_stopped_by_a_checksum_alone(
    blob: BlobSite,
) -> None:
    blob.proxy.script.add(Fault(Match("PutBlock"), FlippedOnTheWayIn(at=9), times=None))
    client = blob.client.get_blob_client("k")
    claim = {"Content-MD5": md5(DATA)}
    assert blob_refusal(lambda: client.stage_block("id", DATA, headers=claim)) == (
        400,
        "Md5Mismatch",
    )
    client.stage_block("id", DATA)
    client.commit_block_list([BlobBlock("id")])
    assert differing(blob_get(blob)) == [9]


def test_a_flipped_bit_on_the_way_out_is_seen_by_nobody_else(s3: S3Site, blob: BlobSite) -> None:
    s3.put("k", DATA)
    blob.bare.upload_blob("k", DATA)
    s3.proxy.script.add(Fault(Match("GetObject"), FlippedOnTheWayOut(at=9)))
    blob.proxy.script.add(Fault(Match("GetBlob"), FlippedOnTheWayOut(at=9)))
    assert differing(s3_get(s3)) == differing(blob_get(blob)) == [9]
    assert s3_get(s3) == blob_get(blob) == DATA


def differing(found: bytes) -> list[int]:
    return [at for at, (one, other) in enumerate(zip(found, DATA, strict=True)) if one != other]


def test_a_source_may_be_replaced_between_two_ranges(s3: S3Site) -> None:
    tag = s3.put("k", DATA)
    s3.proxy.script.add(
        Fault(Match("GetObject", nth=2), Before(lambda: s3.put("k", DATA[::-1]))),
        Fault(Match("GetObject", nth=3), After(lambda: s3.put("k", DATA))),
    )
    assert s3_get(s3, Range="bytes=0-9") == DATA[:10]
    assert s3_refusal(lambda: s3_get(s3, Range="bytes=10-19", IfMatch=tag)) == (
        412,
        "PreconditionFailed",
    )
    assert s3_get(s3, Range="bytes=0-9") == DATA[::-1][:10]
    assert s3_get(s3, Range="bytes=0-9") == DATA[:10]
