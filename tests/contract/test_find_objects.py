"""What a location means, on every kind of store."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from reconcile.errors import BadInput, NotFound
from reconcile.model.location import Location
from reconcile.stores.opening import find_objects, open_folder
from tests.contract.site import Given, Site
from tests.stores import blob_service, new_bucket, new_container, s3_client


def test_a_folder_is_what_lies_below_it_and_not_its_namesakes(site: Site) -> None:
    site.write("a/b/1", "a/b/c/2", "a/b2/3", "a/b.parquet")
    assert site.names("a/b") == site.names("a/b/") == ["1", "c/2"]


def test_a_single_object_is_found_by_its_name(site: Site) -> None:
    site.write("a/data.parquet", "a/other.parquet")
    listing = site.find("a/data.parquet")
    assert [listing.relative(info) for info in listing.objects] == ["data.parquet"]


def test_the_whole_container_is_a_location(site: Site) -> None:
    site.write("1", "a/2")
    assert site.names("") == ["1", "a/2"]


def test_hidden_parts_below_the_location_are_not_data(site: Site) -> None:
    site.write("_t/d/1", "_t/d/_SUCCESS", "_t/d/.1.crc", "_t/d/_temporary/0/2", "_t/d/x/notes.txt")
    assert site.names("_t/d") == ["1", "x/notes.txt"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("d/*.parquet", ["a.parquet"]),
        ("d/day=*", ["day=1/b.parquet", "day=2/c.parquet", "day=2/x/d.csv"]),
        ("d/day=*/*.parquet", ["day=1/b.parquet", "day=2/c.parquet"]),
        ("d/day=[!1]/*", ["day=2/c.parquet", "day=2/x/d.csv"]),
        ("d/day=[1-2]/?.parquet", ["day=1/b.parquet", "day=2/c.parquet"]),
        ("d/**/*.parquet", ["a.parquet", "day=1/b.parquet", "day=2/c.parquet"]),
        ("d/**/*.csv", ["day=2/x/d.csv"]),
        ("d/**", ["a.parquet", "day=1/b.parquet", "day=2/c.parquet", "day=2/x/d.csv"]),
    ],
)
def test_globs(site: Site, pattern: str, expected: list[str]) -> None:
    site.write("d/a.parquet", "d/day=1/b.parquet", "d/day=2/c.parquet", "d/day=2/x/d.csv")
    site.write("d2/e.parquet", "d/day=1/_hidden.parquet")
    assert site.names(pattern) == expected


def test_a_glob_that_matches_nothing_is_not_found(site: Site) -> None:
    site.write("d/a.parquet")
    with pytest.raises(NotFound, match=r"\*\.csv"):
        site.find("d/*.csv")


def test_a_location_with_nothing_at_all_is_not_found(site: Site) -> None:
    site.write("a/1")
    with pytest.raises(NotFound, match="nowhere"):
        site.find("nowhere")
    with pytest.raises(NotFound, match="nowhere"):
        site.find("nowhere", partition="day=1")


def test_a_location_with_markers_only_is_empty(site: Site) -> None:
    site.write("a/_SUCCESS")
    listing = site.find("a")
    assert (listing.objects, listing.absent) == ((), False)


def test_a_partition_may_be_absent_or_empty_and_says_which(site: Site) -> None:
    site.write("d/day=1/x", "d/day=2/_SUCCESS")
    assert site.names("d", partition="day=1") == ["day=1/x"]
    empty, absent = site.find("d", partition="day=2"), site.find("d", partition="day=3")
    assert (empty.objects, empty.absent) == ((), False)
    assert (absent.objects, absent.absent) == ((), True)


def test_an_empty_location_is_not_the_working_folder() -> None:
    with pytest.raises(BadInput, match="empty location"):
        find_objects(Location.parse(""))


def test_a_link_to_a_file_that_was_named_is_followed(tmp_path: Path) -> None:
    (tmp_path / "versions").mkdir()
    (tmp_path / "versions" / "7.parquet").write_bytes(b"seven")
    (tmp_path / "latest.parquet").symlink_to("versions/7.parquet")
    (found,) = find_objects(Location.parse(str(tmp_path / "latest.parquet"))).objects
    assert found.size == 5


def test_an_empty_folder_on_disk_is_there(tmp_path: Path) -> None:
    (tmp_path / "d" / "day=1").mkdir(parents=True)
    listing = find_objects(Location.parse(str(tmp_path / "d")), partition="day=1")
    assert (listing.objects, listing.absent) == ((), False)


def test_directory_markers_hold_no_data(s3_endpoint: Any, blob_endpoint: Any) -> None:
    client = s3_client(s3_endpoint)
    bucket = new_bucket(client)
    client.put_object(Bucket=bucket, Key="d/", Body=b"")
    client.put_object(Bucket=bucket, Key="d/x/", Body=b"")
    listing = find_objects(Location.parse(f"s3://{bucket}/d"), clients=Given(s3=client))
    assert (listing.objects, listing.absent) == ((), False)

    with blob_service(blob_endpoint) as service:
        container = new_container(service)
        container.upload_blob("d", b"", metadata={"hdi_isfolder": "true"})
        container.upload_blob("d/x", b"", metadata={"hdi_isfolder": "true"})
        container.upload_blob("d/x/1", b"data")
        location = Location.parse(f"az://{container.container_name}/d")
        listing = find_objects(location, clients=Given(blob=service))
        assert [info.name for info in listing.objects] == ["d/x/1"]


def test_plain_http_is_for_this_machine_and_named_hosts_only(s3_endpoint: Any) -> None:
    far = s3_client(dataclasses.replace(s3_endpoint, url="http://storage.example:9000"))
    location = Location.parse("s3://bucket/a")
    with pytest.raises(BadInput, match=r"storage\.example.*RECONCILE_PLAIN_HTTP_HOSTS"):
        find_objects(location, clients=Given(s3=far), environ={})
    named = {"RECONCILE_PLAIN_HTTP_HOSTS": "other, storage.example"}
    assert open_folder(location, clients=Given(s3=far), environ=named).root == "s3://bucket/a"
