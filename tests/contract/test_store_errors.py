"""The services' refusals in our words: who should do what about it, and no secret said."""

from __future__ import annotations

import base64
import dataclasses
import os
import time
import traceback
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from demo.processes import free_port
from demo.servers import BlobEndpoint, S3Endpoint
from reconcile.errors import AccessDenied, BadInput, NotFound, ReconcileError, Transient
from reconcile.model.location import Location
from reconcile.stores.azure_blob import BlobStore
from reconcile.stores.clients import EnvironmentClients
from reconcile.stores.local import LocalStore
from reconcile.stores.opening import find_objects, open_store
from reconcile.stores.protocol import Store
from reconcile.stores.s3 import S3Store
from tests.stores import blob_service, new_bucket, new_container, s3_client

CANARY = "c4n4rysecret"
BAD_KEY = base64.b64encode(CANARY.encode()).decode()


def everything_said(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


def assert_denied(store: Store) -> None:
    for ask in (
        lambda: list(store.list()),
        lambda: store.head("k"),
        lambda: store.get("k"),
        lambda: store.put("k", b"x"),
        lambda: store.delete("k"),
    ):
        with pytest.raises(AccessDenied, match="credentials") as caught:
            ask()
        assert CANARY not in everything_said(caught.value)
        assert BAD_KEY not in everything_said(caught.value)


def test_s3_denies_wrong_credentials(rclone_endpoint: S3Endpoint) -> None:
    bucket = new_bucket(s3_client(rclone_endpoint))
    assert_denied(S3Store(s3_client(rclone_endpoint, secret_key=CANARY), bucket))
    stranger = dataclasses.replace(rclone_endpoint, access_key="nobody")
    assert_denied(S3Store(s3_client(stranger), bucket))


def test_blob_storage_denies_wrong_credentials(blob_endpoint: BlobEndpoint) -> None:
    with blob_service(blob_endpoint) as service, new_container(service) as container:
        name = container.container_name
    with blob_service(blob_endpoint, key=BAD_KEY) as stranger:
        assert_denied(BlobStore(stranger.get_container_client(name)))


def test_blob_storage_denies_a_sas_that_is_no_longer_valid(blob_endpoint: BlobEndpoint) -> None:
    environ = {
        "AIRFLOW_CONN_X": f"wasb://@{quote(blob_endpoint.url, safe='')}"
        f"/?sas_token=sv%3D2020-01-01%26se%3D2020-01-01%26sp%3Drl%26sr%3Dc%26sig%3D{CANARY}"
    }
    with blob_service(blob_endpoint) as service, new_container(service) as container:
        location = Location.parse(f"az://{container.container_name}/x")
    with pytest.raises(AccessDenied) as caught:
        find_objects(location, connection="x", clients=EnvironmentClients(environ))
    assert CANARY not in everything_said(caught.value)


def timed(ask: Any) -> float:
    began = time.monotonic()
    with pytest.raises(Transient, match="does not answer") as caught:
        ask()
    assert CANARY not in everything_said(caught.value)
    return time.monotonic() - began


def test_an_s3_endpoint_that_is_down_is_told_soon() -> None:
    text = f"aws://AKIA:{CANARY}@/?endpoint_url=http%3A%2F%2F127.0.0.1%3A{free_port()}"
    clients = EnvironmentClients({"AIRFLOW_CONN_X": text})
    store = open_store(Location.parse("s3://bucket/x"), connection="x", clients=clients)
    assert timed(lambda: list(store.list())) < 30


def test_a_blob_endpoint_that_is_down_is_told_soon() -> None:
    url = f"http%3A%2F%2F127.0.0.1%3A{free_port()}%2Facct"
    clients = EnvironmentClients({"AIRFLOW_CONN_X": f"wasb://@{url}/?sas_token=sig%3D{CANARY}"})
    with clients.blob_service("x", None) as service:
        store = BlobStore(service.get_container_client("container"))
        assert timed(lambda: store.head("x")) < 30


def test_missing_aws_credentials_name_their_variables(
    s3_endpoint: S3Endpoint, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", s3_endpoint.url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with pytest.raises(BadInput, match="AWS_ACCESS_KEY_ID"):
        find_objects(Location.parse("s3://bucket/x"))


def test_a_missing_bucket_or_container_is_named(
    s3_endpoint: S3Endpoint, blob_endpoint: BlobEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (s3_endpoint.environment() | blob_endpoint.environment()).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(NotFound, match="bucket no-such-bucket does not exist"):
        find_objects(Location.parse("s3://no-such-bucket/x"))
    with pytest.raises(NotFound, match="container no-such-container does not exist"):
        find_objects(Location.parse("az://no-such-container/x"))
    with pytest.raises(BadInput, match="no valid S3 name"):
        find_objects(Location.parse("s3://Not a bucket!/x"))


def test_an_object_of_parts_has_no_checksum_of_the_whole(s3_endpoint: S3Endpoint) -> None:
    client = s3_client(s3_endpoint)
    bucket = new_bucket(client)
    upload = client.create_multipart_upload(Bucket=bucket, Key="k", ChecksumAlgorithm="CRC32")
    part = {"Bucket": bucket, "Key": "k", "UploadId": upload["UploadId"], "PartNumber": 1}
    answer = client.upload_part(**part, Body=b"part", ChecksumAlgorithm="CRC32")
    client.complete_multipart_upload(
        Bucket=bucket,
        Key="k",
        UploadId=upload["UploadId"],
        MultipartUpload={"Parts": [{"ETag": answer["ETag"], "PartNumber": 1}]},
    )
    assert S3Store(client, bucket).head("k").checksums == {}


def test_an_object_put_whole_keeps_the_checksum_that_was_sent(s3_endpoint: S3Endpoint) -> None:
    client = s3_client(s3_endpoint)
    store = S3Store(client, new_bucket(client))
    store.put("k", b"123456789")
    assert store.head("k").checksums == {"crc64nvme": "rosUhgp5mIg="}


HOSTILE = ["../x", "a/../../x", "/etc/passwd", "a//b", "a/./b", "a/", "", ".", "..", "a\0b", "a\\b"]


@pytest.mark.parametrize("name", HOSTILE, ids=repr)
def test_no_name_leads_out_of_a_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "x").write_text(CANARY)
    store = LocalStore(tmp_path / "store")
    for ask in (store.head, store.get, store.path_of, store.delete, lambda n: store.put(n, b"x")):
        with pytest.raises(BadInput, match="no name of an object"):
            ask(name)
    assert (tmp_path / "x").read_text() == CANARY


def test_no_link_leads_out_of_a_folder(tmp_path: Path) -> None:
    root, outside = tmp_path / "store", tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text(CANARY)
    (root / "inner").mkdir(parents=True)
    (root / "inner" / "file").write_text("data")
    (root / "alias").symlink_to(root / "inner")
    store = LocalStore(root)
    assert [info.name for info in store.list()] == ["alias/file", "inner/file"]

    (root / "leak").symlink_to(outside)
    for ask in (lambda: store.get("leak/secret"), lambda: list(store.list())):
        with pytest.raises(BadInput, match="leads out"):
            ask()
    (root / "leak").unlink()
    (root / "inner" / "ring").symlink_to(root)
    with pytest.raises(BadInput, match="ring"):
        list(store.list())


def test_what_is_neither_file_nor_folder_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadInput, match="not a regular file"):
        list(LocalStore(tmp_path).list())


def test_odd_names_are_data_on_object_stores(
    s3_endpoint: S3Endpoint, blob_endpoint: BlobEndpoint
) -> None:
    # Azure itself refuses `..`; moto knows no line breaks.
    odd = ["a b+c%2F?#&=é\U0001f600", "quote'\"<x>", "{}", "*[a]?", "-rf", "a=b/c=d"]
    client = s3_client(s3_endpoint)
    with blob_service(blob_endpoint) as service, new_container(service) as container:
        for store in (S3Store(client, new_bucket(client)), BlobStore(container)):
            for name in odd:
                store.put(name, name.encode())
                assert store.get(name) == name.encode()
            assert {info.name for info in store.list()} == set(odd)
    store = S3Store(client, new_bucket(client))
    for name in ("a/../../../etc/x", "/abs", "a//b", "a\\b", "a/./b"):
        store.put(name, b"x")
        assert [info.name for info in store.list()] == [name]
        store.delete(name)


def test_every_error_is_one_line() -> None:
    error: ReconcileError = NotFound("s3://b/new\nline does not exist")
    assert "\n" not in str(error)
