"""Blob Storage through the proxy: what Azurite verifies is passed on, and it copies from S3."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.core import MatchConditions
from azure.storage.blob import (
    BlobBlock,
    BlobClient,
    BlobSasPermissions,
    generate_blob_sas,
)
from azure.storage.blob._generated.models import SourceModifiedAccessConditions

from demo.servers import BlobEndpoint
from tests.fault_proxy import After, CannotVerifyCopySource, Fault, Match, fault_proxy
from tests.fault_proxy.checksums import blob_crc64, md5
from tests.fault_proxy.conftest import BlobSite, S3Site
from tests.fault_proxy.refused import blob_refusal
from tests.stores import blob_service

BLOCK = base64.b64encode(b"block-00").decode()
SOURCE = bytes(range(256)) * 8


def address(s3: S3Site, *, seconds: int = 60) -> str:
    """Where the S3 proxy gives the source out."""
    asked = {"Bucket": s3.bucket, "Key": "source"}
    return str(s3.client.generate_presigned_url("get_object", asked, ExpiresIn=seconds))


def if_source_is(tag: str) -> dict[str, Any]:
    """The condition, as the SDK takes it."""
    return {
        "source_modified_access_conditions": SourceModifiedAccessConditions(source_if_match=tag)
    }


def staged(blob: BlobClient, url: str, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = blob.stage_block_from_url(BLOCK, url, **more)
    return answer


def content(blob: BlobClient) -> bytes:
    return bytes(blob.download_blob().readall())


def test_a_block_is_copied_from_s3(s3: S3Site, blob: BlobSite) -> None:
    tag = s3.put("source", SOURCE)
    client = blob.client.get_blob_client("a copy/ü%+")
    answer = staged(client, address(s3), source_offset=100, source_length=1000, **if_source_is(tag))
    assert base64.b64encode(answer["content_crc64"]).decode() == blob_crc64(SOURCE[100:1100])
    client.commit_block_list([BlobBlock(BLOCK)])
    assert content(client) == SOURCE[100:1100]
    [passed] = blob.proxy.log.of("PutBlockFromURL")
    assert (passed.bytes_in, passed.key) == (0, "a copy/ü%+")
    [fetched] = s3.proxy.log.of("GetObject")
    assert (fetched.by_service, fetched.bytes_out) == (True, 1000)


def test_azurite_alone_copies_from_no_s3(s3: S3Site, blob: BlobSite) -> None:
    s3.put("source", SOURCE)
    client = blob.bare.get_blob_client("k")
    assert blob_refusal(lambda: staged(client, address(s3))) == (404, "CannotVerifyCopySource")


def test_what_lies_in_azurite_it_copies_itself(blob: BlobSite, blob_endpoint: BlobEndpoint) -> None:
    source = blob.client.upload_blob("source", SOURCE)
    signature = generate_blob_sas(
        blob_endpoint.account,
        blob.client.container_name,
        "source",
        account_key=blob_endpoint.key,
        permission=BlobSasPermissions(read=True),
        expiry=datetime.now(UTC) + timedelta(hours=1),
    )
    client = blob.client.get_blob_client("k")
    staged(client, f"{source.url}?{signature}")
    client.commit_block_list([BlobBlock(BLOCK)])
    assert content(client) == SOURCE


def test_a_source_that_is_another_is_not_copied(s3: S3Site, blob: BlobSite) -> None:
    tag = s3.put("source", SOURCE)
    s3.put("source", SOURCE[::-1])
    client = blob.client.get_blob_client("k")
    assert blob_refusal(lambda: staged(client, address(s3), **if_source_is(tag))) == (
        412,
        "SourceConditionNotMet",
    )


def test_a_condition_may_not_reach_s3(s3: S3Site, blob_endpoint: BlobEndpoint) -> None:
    tag = s3.put("source", SOURCE)
    s3.put("source", SOURCE[::-1])
    with (
        fault_proxy(blob_endpoint, source_conditions=False) as proxy,
        blob_service(proxy.endpoint) as service,
    ):
        client = service.create_container(s3.bucket).get_blob_client("k")
        answer = staged(client, address(s3), **if_source_is(tag))
    assert base64.b64encode(answer["content_crc64"]).decode() == blob_crc64(SOURCE[::-1])


def test_a_source_that_is_not_there_is_not_copied(s3: S3Site, blob: BlobSite) -> None:
    client = blob.client.get_blob_client("k")
    refused = blob_refusal(lambda: staged(client, address(s3)))
    assert refused == (404, "CannotVerifyCopySource")


def test_an_address_that_has_ended_is_not_copied_from(s3: S3Site, blob: BlobSite) -> None:
    s3.put("source", SOURCE)
    url = address(s3, seconds=60)
    s3.proxy.clock = lambda: datetime.now(UTC) + timedelta(seconds=61)
    client = blob.client.get_blob_client("k")
    assert blob_refusal(lambda: staged(client, url)) == (403, "CannotVerifyCopySource")


def test_a_source_that_does_not_answer_is_not_copied(blob: BlobSite) -> None:
    client = blob.client.get_blob_client("k")
    refused = blob_refusal(lambda: staged(client, "http://127.0.0.1:1/bucket/source"))
    assert refused == (404, "CannotVerifyCopySource")


@pytest.mark.parametrize("longer", [0, 1])
def test_an_address_is_of_2048_characters_at_most(s3: S3Site, blob: BlobSite, longer: int) -> None:
    s3.put("source", SOURCE)
    url = address(s3)
    url += "&x=" + "a" * (2048 - len(url) - 3 + longer)
    client = blob.client.get_blob_client("k")
    if longer:
        assert blob_refusal(lambda: staged(client, url)) == (400, "InvalidHeaderValue")
    else:
        staged(client, url)


def test_who_may_not_write_has_nothing_fetched(
    s3: S3Site, blob: BlobSite, blob_endpoint: BlobEndpoint
) -> None:
    s3.put("source", SOURCE)
    stranger = replace(blob.proxy.endpoint, key=base64.b64encode(b"another").decode())
    with blob_service(stranger) as service:
        client = service.get_blob_client(blob.client.container_name, "k")
        refused = blob_refusal(lambda: staged(client, address(s3)))
    assert refused == (403, "AuthenticationFailed")
    assert s3.proxy.log.count() == 0


def test_what_the_source_should_have_as_md5_is_verified(s3: S3Site, blob: BlobSite) -> None:
    s3.put("source", SOURCE)
    client = blob.client.get_blob_client("k")
    staged(client, address(s3), source_content_md5=base64.b64decode(md5(SOURCE)))
    wrong = base64.b64decode(md5(b"other"))
    assert blob_refusal(lambda: staged(client, address(s3), source_content_md5=wrong)) == (
        400,
        "Md5Mismatch",
    )


@pytest.mark.parametrize("status", [403, 404])
def test_a_service_refuses_to_fetch_as_it_is_told(s3: S3Site, blob: BlobSite, status: int) -> None:
    s3.put("source", SOURCE)
    blob.proxy.script.add(Fault(Match("PutBlockFromURL"), CannotVerifyCopySource(status)))
    client = blob.client.get_blob_client("k")
    refused = blob_refusal(lambda: staged(client, address(s3)))
    assert refused == (status, "CannotVerifyCopySource")
    assert s3.proxy.log.count() == 0
    staged(client, address(s3))


def test_a_source_may_be_replaced_while_it_is_fetched(s3: S3Site, blob: BlobSite) -> None:
    tag = s3.put("source", SOURCE)
    s3.proxy.script.add(Fault(Match("GetObject"), After(lambda: s3.put("source", SOURCE[::-1]))))
    client = blob.client.get_blob_client("k")
    halves = [{"source_offset": 0}, {"source_offset": 1024}]
    staged(client, address(s3), source_length=1024, **halves[0], **if_source_is(tag))
    assert blob_refusal(
        lambda: staged(client, address(s3), source_length=1024, **halves[1], **if_source_is(tag))
    ) == (412, "SourceConditionNotMet")


AZURITE_REFUSES: dict[str, tuple[Callable[[BlobClient], object], tuple[int, str]]] = {
    "create what is there": (
        lambda blob: blob.upload_blob(b"data"),
        (409, "BlobAlreadyExists"),
    ),
    "replace another": (
        lambda blob: blob.upload_blob(
            b"data",
            overwrite=True,
            etag='"0x1"',
            match_condition=MatchConditions.IfNotModified,
        ),
        (412, "ConditionNotMet"),
    ),
    "a block that was never sent": (
        lambda blob: blob.commit_block_list([BlobBlock(BLOCK)]),
        (400, "InvalidBlockList"),
    ),
    "a block with another checksum": (
        lambda blob: blob.stage_block(BLOCK, b"data", headers={"Content-MD5": md5(b"other")}),
        (400, "Md5Mismatch"),
    ),
}


@pytest.mark.parametrize("call", AZURITE_REFUSES)
@pytest.mark.parametrize("way", ["bare", "proxied"])
def test_azurite_refuses_by_itself(blob: BlobSite, call: str, way: str) -> None:
    container = blob.bare if way == "bare" else blob.client
    client = container.get_blob_client("k")
    client.upload_blob(b"there")
    wrong, refused = AZURITE_REFUSES[call]
    assert blob_refusal(lambda: wrong(client)) == refused
