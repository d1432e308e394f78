"""Conditional writes are one step: of clients that begin at once, one wins."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from botocore.exceptions import ClientError

from tests.fault_proxy.conftest import S3Site
from tests.fault_proxy.multipart import begun, completed, part_put

RACERS = 6


def winners(race: Callable[[int], object]) -> list[int]:
    """Who of six, that begin at once, is not refused."""
    start = Barrier(RACERS)

    def run(racer: int) -> int:
        start.wait()
        try:
            race(racer)
        except ClientError as error:
            return int(error.response["ResponseMetadata"]["HTTPStatusCode"])
        return 200

    with ThreadPoolExecutor(RACERS) as pool:
        statuses = list(pool.map(run, range(RACERS)))
    assert set(statuses) <= {200, 404, 412}
    return [racer for racer, status in enumerate(statuses) if status == 200]


@pytest.mark.parametrize("round", range(3))
def test_of_those_who_create_at_once_one_does(s3: S3Site, round: int) -> None:
    won = winners(
        lambda racer: s3.client.put_object(
            Bucket=s3.bucket, Key="k", Body=bytes([racer]), IfNoneMatch="*"
        )
    )
    assert [bytes([racer]) for racer in won] == [s3.content("k")]


def test_of_those_who_replace_at_once_one_does(s3: S3Site) -> None:
    tag = s3.put("k", b"there")
    won = winners(
        lambda racer: s3.client.put_object(
            Bucket=s3.bucket, Key="k", Body=bytes([racer]), IfMatch=tag
        )
    )
    assert [bytes([racer]) for racer in won] == [s3.content("k")]


def test_of_those_who_copy_at_once_one_does(s3: S3Site) -> None:
    for racer in range(RACERS):
        s3.put(f"source-{racer}", bytes([racer]))
    won = winners(
        lambda racer: s3.client.copy_object(
            Bucket=s3.bucket,
            Key="k",
            CopySource={"Bucket": s3.bucket, "Key": f"source-{racer}"},
            IfNoneMatch="*",
        )
    )
    assert [bytes([racer]) for racer in won] == [s3.content("k")]


def test_of_those_who_complete_at_once_one_does(s3: S3Site) -> None:
    uploads = [begun(s3.client, s3.bucket) for _ in range(RACERS)]
    tags = [
        part_put(s3.client, s3.bucket, upload, 1, bytes([racer]))["ETag"]
        for racer, upload in enumerate(uploads)
    ]
    won = winners(
        lambda racer: completed(
            s3.client, s3.bucket, uploads[racer], tag=tags[racer], IfNoneMatch="*"
        )
    )
    assert [bytes([racer]) for racer in won] == [s3.content("k")]


def test_of_those_who_delete_and_replace_at_once_one_does(s3: S3Site) -> None:
    tag = s3.put("k", b"there")
    won = winners(
        lambda racer: (
            s3.client.delete_object(Bucket=s3.bucket, Key="k", IfMatch=tag)
            if racer % 2
            else s3.client.put_object(Bucket=s3.bucket, Key="k", Body=b"new", IfMatch=tag)
        )
    )
    assert len(won) == 1
