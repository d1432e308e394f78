"""What every store promises of uploads, asked of every store."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from azure.storage.blob import BlobSasPermissions, generate_blob_sas

from reconcile.errors import AlreadyExists, BadInput, Changed
from reconcile.model.objects import ObjectInfo
from reconcile.model.unfinished import Part
from reconcile.stores.aws_sign_in import s3_client as signed_in
from reconcile.stores.azure_blob import BlobStore
from reconcile.stores.checksum import checksum_of, combined_crc64nvme
from reconcile.stores.prefixed import Prefixed
from reconcile.stores.protocol import CannotFetch, CutShort, Store, Upload
from reconcile.stores.retrying import Retrying
from reconcile.stores.s3 import S3Store
from tests.stores import blob_service, new_container

SIZE = 1000
DATA = bytes(index * 7 % 251 for index in range(2 * SIZE + 1))
PIECES = [DATA[start : start + SIZE] for start in range(0, len(DATA), SIZE)]


def crc(data: bytes) -> str:
    return checksum_of(data, algorithm="crc64nvme")


PARTS = [Part(len(piece), crc(piece)) for piece in PIECES]


@pytest.fixture(params=["memory", "local", "s3", "az", "coats"])
def store(request: pytest.FixtureRequest, new_store: Callable[[str], Store]) -> Store:
    if request.param == "coats":
        return Retrying(Prefixed(new_store("s3"), "a/b"))
    return new_store(request.param)


def put_all(upload: Upload) -> None:
    for number in (2, 0, 1):
        upload.put_part(number, PIECES[number], crc64nvme=PARTS[number].crc64nvme)


def test_an_object_is_there_whole_after_the_commit_and_not_before(store: Store) -> None:
    upload = store.upload("d/x.bin")
    put_all(upload)
    assert list(store.list()) == []
    assert upload.parts() == {0: SIZE, 1: SIZE, 2: 1}
    written = upload.commit(PARTS, crc64nvme=crc(DATA))
    assert (written.name, written.size) == ("d/x.bin", len(DATA))
    assert written.checksums["crc64nvme"] == crc(DATA)
    assert store.get("d/x.bin", if_match=written.etag) == DATA
    assert [info.name for info in store.list()] == ["d/x.bin"]
    assert list(store.uploads_of("d/x.bin")) == []


def test_an_upload_is_gone_on_with_by_its_id(store: Store) -> None:
    first = store.upload("x")
    first.put_part(0, PIECES[0], crc64nvme=PARTS[0].crc64nvme)
    assert list(store.uploads_of("x")) == [first.id]
    second = store.upload("x", id=first.id)
    assert second.parts() == {0: SIZE}
    second.put_part(1, PIECES[1], crc64nvme=PARTS[1].crc64nvme)
    second.put_part(2, PIECES[2], crc64nvme=PARTS[2].crc64nvme)
    second.commit(PARTS, crc64nvme=crc(DATA))
    assert store.get("x") == DATA


def test_uploads_are_told_by_their_very_name(store: Store) -> None:
    for name in ("x", "xy", "x/y", "d x+%2F\u00e9"):
        store.upload(name).put_part(0, b"1", crc64nvme=crc(b"1"))
    assert len(store.uploads_of("x")) == 1
    assert len(store.uploads_of("d x+%2F\u00e9")) == 1
    assert list(store.uploads_of("absent")) == []


def test_two_uploads_of_one_name_do_not_mix(store: Store) -> None:
    first, second = store.upload("x"), store.upload("x")
    put_all(first)
    second.put_part(0, b"other", crc64nvme=crc(b"other"))
    second.commit([Part(5, crc(b"other"))], crc64nvme=crc(b"other"))
    with pytest.raises((AlreadyExists, Changed)):
        first.commit(PARTS, crc64nvme=crc(DATA))
    first.abort()
    assert store.get("x") == b"other"


def test_nothing_is_replaced_unless_it_is_what_was_named(store: Store) -> None:
    there = store.put("x", b"there")
    upload = store.upload("x")
    put_all(upload)
    with pytest.raises(AlreadyExists):
        upload.commit(PARTS, crc64nvme=crc(DATA))
    assert store.get("x") == b"there"
    written = upload.commit(PARTS, crc64nvme=crc(DATA), if_match=there.etag)
    assert store.get("x", if_match=written.etag) == DATA


def test_what_should_be_replaced_has_changed(store: Store, request: pytest.FixtureRequest) -> None:
    if "s3" in request.node.name or "coats" in request.node.name:
        pytest.skip("moto takes no notice of If-Match when an upload ends")
    there = store.put("x", b"there")
    store.put("x", b"another")
    upload = store.upload("x")
    put_all(upload)
    with pytest.raises(Changed):
        upload.commit(PARTS, crc64nvme=crc(DATA), if_match=there.etag)
    assert store.get("x") == b"another"


def test_an_upload_that_was_given_up_is_gone(store: Store, request: pytest.FixtureRequest) -> None:
    upload = store.upload("x")
    put_all(upload)
    upload.abort()
    upload.abort()
    assert list(store.list()) == []
    if "az" not in request.node.name:  # there blocks go by themselves
        assert list(store.uploads_of("x")) == []


@pytest.mark.parametrize("kind", ["memory", "local", "az"])
def test_a_part_that_is_not_there_is_no_part(kind: str, new_store: Callable[[str], Store]) -> None:
    store = new_store(kind)
    upload = store.upload("x")
    upload.put_part(0, PIECES[0], crc64nvme=PARTS[0].crc64nvme)
    with pytest.raises(Changed):
        upload.commit(PARTS[:2], crc64nvme=combined_crc64nvme(PARTS[:2]))
    assert list(store.list()) == []


@pytest.mark.parametrize("kind", ["memory", "az"])
def test_a_part_with_another_checksum_is_refused(
    kind: str, new_store: Callable[[str], Store]
) -> None:
    upload = new_store(kind).upload("x")
    with pytest.raises(CutShort):
        upload.put_part(0, PIECES[0], crc64nvme=crc(b"other"))


def test_a_part_that_rotted_on_the_disk_is_found_before_the_file_is_there(
    new_store: Callable[[str], Store],
) -> None:
    store = new_store("local")
    upload = store.upload("d/x")
    put_all(upload)
    store_path = store.path_of("d/x")
    assert store_path is not None
    (folder,) = store_path.parent.iterdir()
    (folder / "1").write_bytes(bytes(SIZE))
    with pytest.raises(Changed):
        upload.commit(PARTS, crc64nvme=crc(DATA))
    assert list(store.list()) == []


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/x", "a//x", "."])
def test_no_upload_leads_out_of_a_folder(name: str, new_store: Callable[[str], Store]) -> None:
    with pytest.raises(BadInput):
        new_store("local").upload(name)


@pytest.mark.parametrize("kind", ["memory", "local", "s3"])
def test_what_does_not_fetch_says_so(kind: str, new_store: Callable[[str], Store]) -> None:
    upload = new_store(kind).upload("x")
    with pytest.raises(CannotFetch):
        upload.put_part_from(0, "https://host/x", start=0, length=1, etag="t")


class TestFetching:
    """Azurite fetches from itself alone."""

    @pytest.fixture
    def there(self, request: pytest.FixtureRequest) -> tuple[BlobStore, str, str]:
        endpoint = request.getfixturevalue("blob_endpoint")
        container = new_container(blob_service(endpoint))
        store = BlobStore(container)
        origin = store.put("origin", DATA)
        sas = generate_blob_sas(
            endpoint.account,
            str(container.container_name),
            "origin",
            account_key=endpoint.key,
            permission=BlobSasPermissions(read=True),
            expiry=datetime.now(UTC) + timedelta(hours=1),
        )
        return store, f"{container.get_blob_client('origin').url}?{sas}", origin.etag

    def test_parts_that_the_service_fetches_come_with_its_checksums(
        self, there: tuple[BlobStore, str, str]
    ) -> None:
        store, address, etag = there
        upload = store.upload("x")
        parts = [
            upload.put_part_from(number, address, start=number * SIZE, length=part.size, etag=etag)
            for number, part in enumerate(PARTS)
        ]
        assert parts == PARTS
        upload.commit(parts, crc64nvme=crc(DATA))
        assert store.get("x") == DATA

    def test_an_origin_with_another_tag_has_changed(
        self, there: tuple[BlobStore, str, str]
    ) -> None:
        store, address, _ = there
        with pytest.raises(Changed):
            store.upload("x").put_part_from(0, address, start=0, length=SIZE, etag="0x1")

    @pytest.mark.parametrize("host", ["127.0.0.1:1", "localhost"])
    def test_what_cannot_be_fetched_is_said_without_the_address(
        self, there: tuple[BlobStore, str, str], host: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        store, _, etag = there
        address = f"http://{host}/b/x?X-Amz-Signature=5ec2e7&X-Amz-Security-Token=5ec2e7"
        with pytest.raises(CannotFetch) as refusal:
            store.upload("x").put_part_from(0, address, start=0, length=SIZE, etag=etag)
        assert refusal.value.__cause__ is None
        assert "5ec2e7" not in repr(refusal.value) + str(refusal.value) + caplog.text


def test_an_address_of_an_object_is_signed_for_its_version(
    new_store: Callable[[str], Store],
) -> None:
    store = new_store("s3")
    info = replace(store.put("d/x y+z", DATA), version="v1")
    address = store.signed_address(info, seconds=60)
    assert address is not None
    assert "versionId=v1" in address
    assert "ignature=" in address


def test_addresses_are_signed_as_every_region_takes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "access")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    address = S3Store(signed_in(None), "bucket").signed_address(ObjectInfo("x", 1, "t"), seconds=60)
    assert address is not None
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in address
    assert "X-Amz-Expires=60" in address


@pytest.mark.parametrize("kind", ["memory", "local", "az"])
def test_elsewhere_there_are_no_addresses(kind: str, new_store: Callable[[str], Store]) -> None:
    store = new_store(kind)
    assert store.signed_address(store.put("x", b"x"), seconds=60) is None
