"""What S3 enforces: the proxy does, and moto alone does not (the day it learns, these tell)."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.fault_proxy.checksums import combined, md5, s3_checksum
from tests.fault_proxy.conftest import S3Site
from tests.fault_proxy.multipart import begun, completed, part_put
from tests.fault_proxy.refused import s3_refusal

OTHER = '"00000000000000000000000000000000"'
DATA = bytes(1000)
Call = Callable[[Any, str], object]


def wrong_put(client: Any, bucket: str) -> object:
    checksum = s3_checksum("crc64nvme", b"other")
    return client.put_object(
        Bucket=bucket,
        Key="k",
        Body=b"data",
        ChecksumAlgorithm="CRC64NVME",
        ChecksumCRC64NVME=checksum,
    )


def wrong_md5(client: Any, bucket: str) -> object:
    return client.put_object(Bucket=bucket, Key="k", Body=b"data", ContentMD5=md5(b"other"))


def wrong_part(client: Any, bucket: str) -> object:
    upload = begun(client, bucket)
    checksum = s3_checksum("crc64nvme", b"other")
    return part_put(client, bucket, upload, 1, b"data", ChecksumCRC64NVME=checksum)


def complete_with(**claims: Any) -> Call:
    def call(client: Any, bucket: str) -> object:
        upload = begun(client, bucket)
        part_put(client, bucket, upload, 1, b"data")
        return completed(client, bucket, upload, **claims)

    return call


def wrong_part_list(client: Any, bucket: str) -> object:
    upload = begun(client, bucket)
    tag = part_put(client, bucket, upload, 1, b"data")["ETag"]
    part = {"PartNumber": 1, "ETag": tag, "ChecksumCRC64NVME": s3_checksum("crc64nvme", b"other")}
    return client.complete_multipart_upload(
        Bucket=bucket, Key="k", UploadId=upload, MultipartUpload={"Parts": [part]}
    )


def parts_out_of_order(client: Any, bucket: str) -> object:
    upload = begun(client, bucket)
    tags = [part_put(client, bucket, upload, number, DATA)["ETag"] for number in (1, 2)]
    parts = [{"PartNumber": number, "ETag": tags[number - 1]} for number in (2, 1)]
    return client.complete_multipart_upload(
        Bucket=bucket, Key="k", UploadId=upload, MultipartUpload={"Parts": parts}
    )


def copy_over(**conditions: str) -> Call:
    def call(client: Any, bucket: str) -> object:
        client.put_object(Bucket=bucket, Key="source", Body=b"source")
        client.put_object(Bucket=bucket, Key="k", Body=b"there")
        source = {"Bucket": bucket, "Key": "source"}
        return client.copy_object(Bucket=bucket, Key="k", CopySource=source, **conditions)

    return call


def part_copied_if_match(client: Any, bucket: str) -> object:
    client.put_object(Bucket=bucket, Key="source", Body=b"source")
    return client.upload_part_copy(
        Bucket=bucket,
        Key="k",
        UploadId=begun(client, bucket),
        PartNumber=1,
        CopySource={"Bucket": bucket, "Key": "source"},
        CopySourceIfMatch=OTHER,
    )


def complete_over(client: Any, bucket: str) -> object:
    client.put_object(Bucket=bucket, Key="k", Body=b"there")
    return complete_with(IfMatch=OTHER)(client, bucket)


def complete_twice(client: Any, bucket: str) -> object:
    upload = begun(client, bucket)
    tag = part_put(client, bucket, upload, 1, b"data")["ETag"]
    completed(client, bucket, upload, tag=tag)
    return completed(client, bucket, upload, tag=tag)


WRONG_CRC = {"ChecksumCRC64NVME": s3_checksum("crc64nvme", b"x"), "ChecksumType": "FULL_OBJECT"}

# What is done, and what S3 says to it.
BROKEN_RULES: dict[str, tuple[Call, tuple[int, str]]] = {
    "a put with another checksum": (wrong_put, (400, "BadDigest")),
    "a put with another MD5": (wrong_md5, (400, "BadDigest")),
    "a part with another checksum": (wrong_part, (400, "BadDigest")),
    "a whole with another checksum": (complete_with(**WRONG_CRC), (400, "BadDigest")),
    "a whole with another size": (complete_with(MpuObjectSize=5), (400, "InvalidRequest")),
    "a part list with another checksum": (wrong_part_list, (400, "InvalidPart")),
    "parts out of order": (parts_out_of_order, (400, "InvalidPartOrder")),
    "a completion over another": (complete_over, (412, "PreconditionFailed")),
    "a copy over what is there": (copy_over(IfNoneMatch="*"), (412, "PreconditionFailed")),
    "a copy over another": (copy_over(IfMatch=OTHER), (412, "PreconditionFailed")),
    "a copy of another": (copy_over(CopySourceIfMatch=OTHER), (412, "PreconditionFailed")),
    "a part copied of another": (part_copied_if_match, (412, "PreconditionFailed")),
    "an upload completed twice": (complete_twice, (404, "NoSuchUpload")),
}


@pytest.mark.parametrize("rule", BROKEN_RULES)
def test_the_proxy_refuses(s3: S3Site, rule: str) -> None:
    call, refused = BROKEN_RULES[rule]
    assert s3_refusal(lambda: call(s3.client, s3.bucket)) == refused


@pytest.mark.parametrize("rule", BROKEN_RULES)
def test_moto_alone_lets_pass(s3: S3Site, rule: str) -> None:
    BROKEN_RULES[rule][0](s3.bare, s3.bucket)


GONE: dict[str, Call] = {
    "a part": lambda client, bucket: part_put(client, bucket, "no-such", 1, b"data"),
    "a completion": lambda client, bucket: completed(client, bucket, "no-such", tag="t"),
    "an abortion": lambda client, bucket: client.abort_multipart_upload(
        Bucket=bucket, Key="k", UploadId="no-such"
    ),
}


@pytest.mark.parametrize("call", GONE)
def test_an_upload_that_is_not_is_no_such_upload(s3: S3Site, call: str) -> None:
    assert s3_refusal(lambda: GONE[call](s3.client, s3.bucket)) == (404, "NoSuchUpload")


def test_moto_alone_breaks_on_an_upload_that_is_not(s3: S3Site) -> None:
    assert s3_refusal(lambda: GONE["a part"](s3.bare, s3.bucket))[0] == 500


def test_an_upload_of_another_key_is_no_such_upload(s3: S3Site) -> None:
    upload = begun(s3.client, s3.bucket)
    assert s3_refusal(
        lambda: s3.client.upload_part(
            Bucket=s3.bucket, Key="other", UploadId=upload, PartNumber=1, Body=b"data"
        )
    ) == (404, "NoSuchUpload")


def test_what_is_right_passes_whole(s3: S3Site) -> None:
    s3.put("source", b"of the source")
    upload = begun(s3.client, s3.bucket)
    part_put(s3.client, s3.bucket, upload, 1, b"overwritten")
    checksum = s3_checksum("crc64nvme", DATA)
    part_put(s3.client, s3.bucket, upload, 1, DATA, ChecksumCRC64NVME=checksum)
    s3.client.upload_part_copy(
        Bucket=s3.bucket,
        Key="k",
        UploadId=upload,
        PartNumber=2,
        CopySource={"Bucket": s3.bucket, "Key": "source"},
        CopySourceRange="bytes=3-12",
    )
    whole = DATA + b"the source"
    completed(
        s3.client,
        s3.bucket,
        upload,
        ChecksumCRC64NVME=s3_checksum("crc64nvme", whole),
        ChecksumType="FULL_OBJECT",
        MpuObjectSize=len(whole),
        IfNoneMatch="*",
    )
    assert s3.content("k") == whole


def test_checksums_are_combined_as_if_computed_at_once() -> None:
    from awscrt.checksums import crc64nvme

    pieces = [b"", b"1234", b"", b"56789"]
    assert combined((crc64nvme(piece), len(piece)) for piece in pieces) == "rosUhgp5mIg="


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"])
def test_a_checksum_of_each_kind_is_verified_and_kept(s3: S3Site, algorithm: str) -> None:
    right, wrong = (s3_checksum(algorithm.lower(), data) for data in (b"data", b"other"))

    def put(checksum: str) -> object:
        claim = {f"Checksum{algorithm}": checksum}
        return s3.client.put_object(Bucket=s3.bucket, Key="k", Body=b"data", **claim)

    assert s3_refusal(lambda: put(wrong)) == (400, "BadDigest")
    put(right)
    head = s3.bare.head_object(Bucket=s3.bucket, Key="k", ChecksumMode="ENABLED")
    assert head[f"Checksum{algorithm}"] == right


def test_moto_alone_forgets_a_checksum_without_its_algorithm(s3: S3Site) -> None:
    checksum = s3_checksum("crc64nvme", b"data")
    s3.bare.put_object(Bucket=s3.bucket, Key="k", Body=b"data", ChecksumCRC64NVME=checksum)
    head = s3.bare.head_object(Bucket=s3.bucket, Key="k", ChecksumMode="ENABLED")
    assert "ChecksumCRC64NVME" not in head


@pytest.mark.parametrize("claimed", [b"data", b"other"])
def test_a_body_in_chunks_is_decoded_and_its_trailer_verified(s3: S3Site, claimed: bytes) -> None:
    body = b"2\r\nda\r\n2\r\nta\r\n0\r\nx-amz-checksum-crc32:%s\r\n\r\n"
    headers = {
        "Content-Encoding": "aws-chunked",
        "Content-Type": "application/octet-stream",
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-trailer": "x-amz-checksum-crc32",
        "x-amz-decoded-content-length": "4",
    }
    request = urllib.request.Request(
        f"{s3.proxy.url}/{s3.bucket}/k",
        body % s3_checksum("crc32", claimed).encode(),
        headers,
        method="PUT",
    )
    if claimed == b"data":
        urllib.request.urlopen(request).close()
        assert s3.content("k") == b"data"
        assert s3.proxy.log.of("PutObject")[0].bytes_in > 4
    else:
        with pytest.raises(urllib.error.HTTPError, match="400") as caught:
            urllib.request.urlopen(request)
        caught.value.close()


def fetched(url: str) -> int:
    try:
        with urllib.request.urlopen(url) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_a_signed_address_ends(s3: S3Site) -> None:
    s3.put("k", b"data")

    def address(client: Any) -> str:
        asked = {"Bucket": s3.bucket, "Key": "k"}
        return str(client.generate_presigned_url("get_object", asked, ExpiresIn=60))

    through, past = address(s3.client), address(s3.bare)
    assert fetched(through) == 200
    s3.proxy.clock = lambda: datetime.now(UTC) + timedelta(seconds=61)
    assert fetched(through) == 403
    assert fetched(past) == 200


def test_moto_lists_the_uploads_below_a_prefix_by_itself(s3: S3Site) -> None:
    for key in ("a/1", "b/1"):
        s3.client.create_multipart_upload(Bucket=s3.bucket, Key=key)
    listed = s3.client.list_multipart_uploads(Bucket=s3.bucket, Prefix="a/")["Uploads"]
    assert [upload["Key"] for upload in listed] == ["a/1"]
