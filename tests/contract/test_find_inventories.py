"""Finding an inventory on any kind of store, and proving that it is what its service wrote."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from reconcile.errors import BadInput, Changed, NotFound, Unreadable
from reconcile.model.location import Location
from reconcile.stores.inventory import FoundInventory, fetch_inventory, find_inventory
from reconcile.stores.opening import open_folder
from reconcile.stores.spool import Spool
from tests.contract.site import Site
from tests.inventories import (
    TAKEN_AT,
    Delivered,
    Row,
    azure_inventory,
    changed,
    manifest_of,
    s3_inventory,
    signed,
)

ROWS = [Row("a"), Row("b/ü")]
Maker = Callable[..., Delivered]


ANOTHER = {s3_inventory: {"folder": "weekly/data/config"}, azure_inventory: {"rule": "another"}}
"""What tells one inventory of a place from another."""


@pytest.fixture(params=[s3_inventory, azure_inventory], ids=["S3", "Azure"])
def inventory(request: pytest.FixtureRequest, site: Site) -> Maker:
    """Makes inventories that are delivered to the site."""
    place = Location.parse(site.location).container or "inventories"

    def made(*, another: bool = False, **given: Any) -> Delivered:
        called = ANOTHER[request.param] if another else {}
        return dict(request.param(ROWS, destination=place, **given, **called))

    return made


def put(site: Site, delivered: Delivered) -> None:
    store = open_folder(Location.parse(site.location), clients=site.clients)
    for name, data in delivered.items():
        store.put(name, data)


def find(site: Site, path: str = "") -> FoundInventory:
    location = f"{site.location}/{path}" if path else site.location
    return find_inventory(Location.parse(location), clients=site.clients)


def fetched(found: FoundInventory, folder: Path) -> list[bytes]:
    with Spool(folder / "spool") as spool:
        return [path.read_bytes() for path in fetch_inventory(found, spool)]


def of_today(**changes: Any) -> dict[str, Any]:
    return {"taken_at": TAKEN_AT + timedelta(days=1), **changes}


def test_its_files_are_those_that_were_delivered(
    site: Site, inventory: Maker, tmp_path: Path
) -> None:
    delivered = inventory(files=3)
    put(site, delivered)
    found = find(site)
    assert found.manifest == f"{site.location}/{manifest_of(delivered)}"
    assert found.inventory.taken_at == TAKEN_AT
    data = [delivered[file.name] for file in found.inventory.files]
    assert len(data) == 3
    assert fetched(found, tmp_path) == data


def test_the_newest_counts(site: Site, inventory: Maker) -> None:
    put(site, inventory())
    put(site, inventory(**of_today()))
    put(site, inventory(taken_at=TAKEN_AT - timedelta(days=1)))
    found = find(site)
    assert found.inventory.taken_at == TAKEN_AT + timedelta(days=1)
    assert found.passed_over == ()


def test_one_without_a_checksum_is_not_complete_and_passed_over(
    site: Site, inventory: Maker
) -> None:
    put(site, inventory())
    newer = inventory(**of_today())
    put(site, {name: data for name, data in newer.items() if not name.endswith(".checksum")})
    found = find(site)
    assert found.inventory.taken_at == TAKEN_AT
    assert found.passed_over == (f"{site.location}/{manifest_of(newer)}",)


def test_none_that_is_complete(site: Site, inventory: Maker) -> None:
    delivered = inventory()
    put(site, {name: data for name, data in delivered.items() if not name.endswith(".checksum")})
    with pytest.raises(Unreadable, match=r"no inventory .* is complete"):
        find(site)


@pytest.mark.parametrize("site", ["s3", "az"], indirect=True)
def test_one_manifest_can_be_named(site: Site, inventory: Maker) -> None:
    older = inventory()
    put(site, older)
    put(site, inventory(**of_today()))
    assert find(site, manifest_of(older)).inventory.taken_at == TAKEN_AT


@pytest.mark.parametrize("site", ["s3", "az"], indirect=True)
def test_a_named_one_without_a_checksum(site: Site, inventory: Maker) -> None:
    delivered = inventory()
    put(site, {name: data for name, data in delivered.items() if not name.endswith(".checksum")})
    with pytest.raises(Unreadable, match="has no checksum"):
        find(site, manifest_of(delivered))


def test_a_manifest_that_was_tampered_with_is_never_passed_over(
    site: Site, inventory: Maker
) -> None:
    put(site, inventory())
    newer = inventory(**of_today())
    newer[manifest_of(newer)] += b" "
    put(site, newer)
    with pytest.raises(Unreadable, match="is not what the service wrote; found MD5"):
        find(site)


def test_a_checksum_that_is_none(site: Site, inventory: Maker) -> None:
    delivered = inventory()
    for name in delivered:
        if name.endswith(".checksum"):
            delivered[name] = b"\xffnone"
    put(site, delivered)
    with pytest.raises(Unreadable, match="holds no MD5"):
        find(site)


def test_a_file_that_is_absent(site: Site, inventory: Maker) -> None:
    delivered = inventory(files=2)
    gone = next(iter(delivered))
    put(site, {name: data for name, data in delivered.items() if name != gone})
    with pytest.raises(Unreadable, match="is absent") as caught:
        find(site)
    assert caught.value.object_name == gone


def test_a_file_of_another_size(site: Site, inventory: Maker) -> None:
    delivered = inventory(files=2)
    put(site, {**delivered, next(iter(delivered)): b"short"})
    with pytest.raises(Unreadable, match="found 5 bytes"):
        find(site)


def test_an_s3_file_of_the_same_size_and_other_bytes(site: Site, tmp_path: Path) -> None:
    place = Location.parse(site.location).container or "inventories"
    delivered = s3_inventory(ROWS, destination=place)
    name = next(iter(delivered))
    put(site, {**delivered, name: delivered[name][:-1] + b"!"})
    with pytest.raises(Unreadable, match="is not what the service wrote"):
        fetched(find(site), tmp_path)


@pytest.mark.parametrize("site", ["s3", "az"], indirect=True)
def test_a_file_that_is_replaced_before_it_is_fetched(
    site: Site, inventory: Maker, tmp_path: Path
) -> None:
    delivered = inventory()
    put(site, delivered)
    found = find(site)
    put(site, {next(iter(delivered)): b"another"})
    with pytest.raises(Changed):
        fetched(found, tmp_path)


@pytest.mark.parametrize("site", ["s3", "az"], indirect=True)
def test_one_that_was_copied_from_elsewhere(site: Site) -> None:
    put(site, s3_inventory(ROWS, destination="elsewhere"))
    with pytest.raises(BadInput, match="lies elsewhere"):
        find(site)


def test_a_hostile_manifest_leads_nowhere_else(site: Site, inventory: Maker) -> None:
    def hostile(manifest: dict[str, Any]) -> None:
        key = "key" if "key" in manifest["files"][0] else "blob"
        manifest["files"][0][key] = "../../../../etc/passwd"

    put(site, changed(inventory(), hostile))
    with pytest.raises(Unreadable, match="a name below the bucket or container"):
        find(site)


def test_several_inventories_are_not_guessed_between(site: Site, inventory: Maker) -> None:
    put(site, inventory())
    put(site, inventory(another=True))
    with pytest.raises(BadInput, match="several inventories"):
        find(site)


@pytest.mark.parametrize("site", ["s3", "az"], indirect=True)
def test_only_the_folder_that_was_named_is_looked_in(site: Site) -> None:
    place = Location.parse(site.location).container
    put(site, s3_inventory(ROWS, destination=place))
    put(site, s3_inventory(ROWS, destination=place, folder="daily/data/config2"))
    assert "/config/" in find(site, "daily/data/config").manifest


def test_no_inventory(site: Site) -> None:
    site.write("some/other.json")
    with pytest.raises(NotFound, match=r"found no manifest\.json below it"):
        find(site)


def test_an_azure_run_that_failed_is_passed_over(site: Site) -> None:
    place = Location.parse(site.location).container or "inventories"
    put(site, azure_inventory(ROWS, destination=place))
    failed = azure_inventory(ROWS, destination=place, **of_today(changes={"status": "Failed"}))
    put(site, failed)
    found = find(site)
    assert found.inventory.taken_at == TAKEN_AT
    assert [name.rpartition("/")[2] for name in found.passed_over] == ["everything-manifest.json"]
    if not site.location.startswith("/"):
        with pytest.raises(Unreadable, match="found status Failed"):
            find(site, manifest_of(failed))


def test_a_manifest_as_long_as_no_manifest_is(
    site: Site, inventory: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(site, inventory())
    monkeypatch.setattr("reconcile.stores.inventory.MOST_BYTES", 100)
    with pytest.raises(Unreadable, match="too long for a manifest"):
        find(site)


def test_a_checksum_in_base64_and_capitals_counts(tmp_path: Path) -> None:
    for number, spelt in enumerate(
        (b"XUFAKrxLKna5cZ2REBfFkg==", b"5D41402ABC4B2A76B9719D911017C592")
    ):
        folder = tmp_path / str(number)
        for name, data in {"manifest.json": b"hello", "manifest.checksum": spelt + b"\n"}.items():
            path = folder / "2026-01-01T00-00Z" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        with pytest.raises(Unreadable, match="cannot be read as JSON"):  # so it was proven
            find_inventory(Location.parse(str(folder)))


@pytest.mark.parametrize(
    ("text", "words"),
    [("/x/*/manifest.json", "no pattern"), ("s3://inv/[ab]", "no pattern")],
)
def test_a_pattern_is_refused(text: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        find_inventory(Location.parse(text))


def test_a_manifest_on_disk_does_not_say_where_its_files_lie(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({}))
    with pytest.raises(BadInput, match="the folder that its whole bucket"):
        find_inventory(Location.parse(str(manifest)))


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        find_inventory(Location.parse(str(tmp_path / "none")))


def test_signed_manifests_without_files_are_empty_inventories(site: Site, tmp_path: Path) -> None:
    place = Location.parse(site.location).container or "inventories"
    delivered = s3_inventory([], destination=place)
    manifest = json.loads(delivered[manifest_of(delivered)]) | {"files": []}
    signed(delivered, manifest_of(delivered), manifest)
    put(site, delivered)
    assert fetched(find(site), tmp_path) == []
