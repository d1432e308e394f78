"""What a manifest says, and the one clear line about each that cannot be used."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from reconcile.errors import BadInput, ReconcileError, Unreadable
from reconcile.model.inventory import Inventory, InventoryFormat, Service
from reconcile.stores.inventory_manifest import Pending, read_manifest
from tests.inventories import (
    TAKEN_AT,
    Row,
    azure_inventory,
    changed,
    manifest_of,
    s3_inventory,
)

Change = Callable[[dict[str, Any]], Any]

S3 = s3_inventory([Row("a")], files=2)
AZURE = azure_inventory([Row("a")])


def read(delivered: dict[str, bytes], container: str | None = "inventories") -> Inventory:
    return read_manifest(delivered[manifest_of(delivered)], where="there", container=container)


def read_text(text: str) -> Inventory:
    return read_manifest(text.encode(), where="there", container=None)


def test_what_s3_says() -> None:
    inventory = read(S3)
    assert (inventory.service, inventory.format) == (Service.S3, InventoryFormat.CSV)
    assert inventory.container == "data"
    assert inventory.taken_at == TAKEN_AT
    assert inventory.columns[:3] == ("Bucket", "Key", "Size")
    assert [(file.size, file.md5) for file in inventory.files] == [
        (entry["size"], entry["MD5checksum"]) for entry in json.loads(S3[manifest_of(S3)])["files"]
    ]


def test_what_azure_says() -> None:
    inventory = read(azure_inventory([Row("a")], filters={"prefixMatch": ["data/x"]}))
    assert (inventory.service, inventory.format) == (Service.AZURE, InventoryFormat.CSV)
    assert inventory.taken_at == datetime(2026, 11, 20, 1, 2, tzinfo=UTC)
    assert inventory.covers == ("data/x",)
    assert inventory.rows == 1
    assert [file.md5 for file in inventory.files] == [None]


def entry(**changes: Any) -> Change:
    return lambda manifest: manifest["files"][0].update(changes)


def rule(**changes: Any) -> Change:
    return lambda manifest: manifest["ruleDefinition"].update(changes)


def filters(**changes: Any) -> Change:
    return lambda manifest: manifest["ruleDefinition"]["filters"].update(changes)


def top(**changes: Any) -> Change:
    return lambda manifest: manifest.update(changes)


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        (top(fileFormat="ORC"), BadInput, r"found ORC; expected Parquet or CSV\. Next: set"),
        (top(destinationBucket="arn:aws:s3:::other"), BadInput, "found other .*inventories"),
        (top(destinationBucket=7), Unreadable, "destinationBucket .* found 7"),
        (top(sourceBucket=""), Unreadable, "sourceBucket"),
        (top(sourceBucket=None), Unreadable, "sourceBucket .*found none"),
        (top(creationTimestamp="soon"), Unreadable, "creationTimestamp .* found soon"),
        (top(creationTimestamp="9" * 18), Unreadable, "creationTimestamp"),
        (top(creationTimestamp="9" * 40), Unreadable, "creationTimestamp"),
        (top(creationTimestamp=1514944800000), Unreadable, "creationTimestamp"),
        (top(files={}), Unreadable, "files .*found an object"),
        (top(files=["x"]), Unreadable, "files .*found a list"),
        (entry(size=-1), Unreadable, "size .* found -1"),
        (entry(size=2**63), Unreadable, "size .* 64 bits"),
        (entry(size=1.5), Unreadable, "size"),
        (entry(size=True), Unreadable, "size"),
        (entry(size="12"), Unreadable, "size"),
        (entry(MD5checksum="5925f4e78e1695c2d020b9f6eexample"), Unreadable, "MD5checksum"),
        (entry(key="../other-bucket/x"), Unreadable, "key"),
        (entry(key="a/../../x"), Unreadable, "key"),
        (entry(key="/etc/passwd"), Unreadable, "key"),
        (entry(key="a\\..\\b"), Unreadable, "key"),
        (entry(key="a\nb"), Unreadable, "key"),
        (entry(key=""), Unreadable, "key"),
        (lambda m: m["files"].append(m["files"][0]), Unreadable, "twice"),
    ],
)
def test_s3_manifests_that_cannot_be_used(
    change: Change, kind: type[ReconcileError], words: str
) -> None:
    with pytest.raises(kind, match=words) as caught:
        read(changed(S3, change))
    assert caught.type is kind
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        (top(destinationContainer="other"), BadInput, "found other .*inventories"),
        (rule(format="orc"), BadInput, "found orc"),
        (rule(objectType="container"), BadInput, "lists no blobs"),
        (filters(blobTypes=["pageBlob"]), BadInput, "leaves block blobs out"),
        (filters(creationTime={"lastNDays": 3}), BadInput, "only blobs of the last days"),
        (filters(prefixMatch="data/"), Unreadable, "prefixMatch"),
        (filters(includeDeleted="yes"), Unreadable, "includeDeleted"),
        (top(inventoryStartTime="2026-11-20T01:02:00"), Unreadable, "inventoryStartTime"),
        (top(summary={"objectCount": "1"}), Unreadable, "objectCount"),
        (top(summary=[]), Unreadable, "summary"),
        (entry(blob="x/../../other/y"), Unreadable, "blob"),
    ],
)
def test_azure_manifests_that_cannot_be_used(
    change: Change, kind: type[ReconcileError], words: str
) -> None:
    with pytest.raises(kind, match=words) as caught:
        read(changed(AZURE, change))
    assert caught.type is kind
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("without", "included"),
    [
        ("Snapshot", "includeSnapshots"),
        ("VersionId", "includeBlobVersions"),
        ("IsCurrentVersion", "includeBlobVersions"),
        ("Deleted", "includeDeleted"),
    ],
)
def test_what_is_gone_must_be_told_from_what_is_there(without: str, included: str) -> None:
    delivered = azure_inventory([Row("a")], without=[without])
    with pytest.raises(BadInput, match=rf"{included}.*{without}"):
        read(delivered)
    assert read(changed(delivered, filters(**{included: False}))).rows == 1


@pytest.mark.parametrize("status", ["Pending", "Failed", "PartiallySucceeded"])
def test_an_inventory_that_did_not_succeed_is_pending(status: str) -> None:
    with pytest.raises(Pending, match=status):
        read(changed(AZURE, top(status=status)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"sourceBucket": "a", "sourceBucket": "b"}',
        '{"sourceBucket": NaN}',
        '{"sourceBucket": ' + "9" * 5000 + "}",
        "[" * 100_000,
        '{"a":' * 100_000,
    ],
    ids=lambda text: text[:30] or "empty",
)
def test_what_is_no_manifest_is_one_line(text: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_text(text)
    assert len(str(caught.value)) < 300


def test_bytes_that_are_no_text_are_one_line() -> None:
    with pytest.raises(Unreadable, match="cannot be read as JSON"):
        read_manifest(b"\xff\xfe\x00", where="there", container=None)


def test_a_folder_on_disk_stands_for_a_bucket_of_any_name() -> None:
    assert read(S3, container=None).container == "data"


@pytest.mark.parametrize(
    ("covers", "leaves_out", "container", "prefix", "why"),
    [
        ((), (), "data", "x/", None),
        (("data/",), (), "data", "x/", None),
        (("data",), (), "data", "", None),
        (("data/x",), (), "data", "x/y/", None),
        (("data/x/y",), (), "data", "x/", "lists only data/x/y"),
        (("other/",), (), "data", "", "lists only other/"),
        ((), ("data/x/old",), "data", "x/", "leaves out data/x/old"),
        ((), ("data/",), "data", "x/", "leaves out data/"),
        ((), ("data/z",), "data", "x/", None),
    ],
)
def test_what_an_inventory_may_leave_out(
    covers: tuple[str, ...],
    leaves_out: tuple[str, ...],
    container: str,
    prefix: str,
    why: str | None,
) -> None:
    inventory = Inventory(
        Service.AZURE, InventoryFormat.CSV, (), TAKEN_AT, (), covers=covers, leaves_out=leaves_out
    )
    found = inventory.leaves_out_any(container, prefix)
    assert (found is None) is (why is None)
    assert why is None or why in str(found)
