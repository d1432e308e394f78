"""Pages of listings that are not as they should be, of either service."""

from __future__ import annotations

import pytest

from tests.fault_proxy import (
    DuplicatedKey,
    Effect,
    Fault,
    Match,
    MissingKey,
    ProxyMisused,
    ShortPage,
    StalePage,
    fault_proxy,
)
from tests.fault_proxy.conftest import BlobSite, S3Site
from tests.fault_proxy.refused import s3_refusal
from tests.stores import s3_client

NAMES = [f"folder/ü {number}" for number in range(5)]


def s3_names(s3: S3Site) -> list[str]:
    pages = s3.client.get_paginator("list_objects_v2").paginate(Bucket=s3.bucket, Prefix="folder/")
    return [entry["Key"] for page in pages for entry in page.get("Contents", ())]


def blob_names(blob: BlobSite) -> list[str]:
    return [entry.name for entry in blob.client.list_blobs(name_starts_with="folder/")]


def filled(s3: S3Site, blob: BlobSite) -> None:
    for name in NAMES:
        s3.put(name, b"data")
        blob.bare.upload_blob(name, b"data")


def scripted(s3: S3Site, blob: BlobSite, effect: Effect, *, nth: int = 1) -> None:
    s3.proxy.script.add(Fault(Match("ListObjectsV2", nth=nth), effect))
    blob.proxy.script.add(Fault(Match("ListBlobs", nth=nth), effect))


WRONG_PAGES: dict[str, tuple[Effect, list[str]]] = {
    "a missing key": (MissingKey(1), [NAMES[0], *NAMES[2:]]),
    "a duplicated key": (DuplicatedKey(1), [*NAMES[:2], NAMES[1], *NAMES[2:]]),
}


@pytest.mark.parametrize("wrong", WRONG_PAGES)
def test_a_page_may_be_wrong_once(s3: S3Site, blob: BlobSite, wrong: str) -> None:
    filled(s3, blob)
    effect, names = WRONG_PAGES[wrong]
    scripted(s3, blob, effect)
    assert s3_names(s3) == blob_names(blob) == names
    assert s3_names(s3) == blob_names(blob) == NAMES


def test_a_short_page_is_followed_by_the_rest(s3: S3Site, blob: BlobSite) -> None:
    filled(s3, blob)
    scripted(s3, blob, ShortPage(2))
    assert s3_names(s3) == blob_names(blob) == NAMES
    assert s3.proxy.log.count("ListObjectsV2") == 2
    assert blob.proxy.log.count("ListBlobs") > 1  # Azurite ends with a page of none


def test_a_stale_page_shows_what_was(s3: S3Site, blob: BlobSite) -> None:
    filled(s3, blob)
    scripted(s3, blob, StalePage(), nth=2)
    assert s3_names(s3) == blob_names(blob) == NAMES
    s3.put("folder/ü 9", b"new")
    blob.bare.upload_blob("folder/ü 9", b"new")
    s3.bare.delete_object(Bucket=s3.bucket, Key=NAMES[0])
    blob.bare.delete_blob(NAMES[0])
    assert s3_names(s3) == blob_names(blob) == NAMES
    assert s3_names(s3) == blob_names(blob) == [*NAMES[1:], "folder/ü 9"]


@pytest.mark.parametrize("effect", [MissingKey(0), DuplicatedKey(0), StalePage()])
def test_a_page_that_cannot_be_wrong_fails_the_test(s3: S3Site, effect: Effect) -> None:
    def listed() -> None:
        with fault_proxy(s3.proxy.endpoint) as proxy:
            proxy.script.add(Fault(Match("ListObjectsV2"), effect))
            client = s3_client(proxy.endpoint)
            assert s3_refusal(lambda: client.list_objects_v2(Bucket=s3.bucket))[0] == 500

    with pytest.raises(ProxyMisused):
        listed()
