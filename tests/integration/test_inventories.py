"""Inventories in either format: what they list, what they prove, and what cannot be understood."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from reconcile.engines.inventories import InventoryJoin, InventoryObjects
from reconcile.engines.inventory_reading import InventoryFiles
from reconcile.errors import BadInput, Unreadable
from reconcile.model.inventory import (
    InventoryComparison,
    InventoryVerdict,
    ObjectDifference,
    ObjectOutcome,
    Objects,
)
from reconcile.model.objects import ObjectInfo
from tests.inventories import (
    MODIFIED,
    Delivered,
    Row,
    azure_inventory,
    changed,
    files_of,
    manifest_of,
    s3_inventory,
)

CRC = "rosUhgp5mIg="
OTHER_CRC = "AAAAAAAAAAE="
MD5 = "5d41402abc4b2a76b9719d911017c592"
HARD = [
    *("é", "e\u0301", "É", "a", "A", "a b", "a+b", "a%2Bb", "a%20b", "%", "%zz", "x\ny", "x\r\ny"),
    *('quo"te', "com,ma", "tab\there", "'", "\u00e9\u00e9", "😀", "\uffff", "\U0010ffff", "\ue000"),
    *(
        "//",
        "a//b",
        ".",
        "..",
        "../x",
        " lead",
        "trail ",
        "\\",
        "n" * 1024,
        "nu\0l",
        "=1+1",
        "#",
        "?",
    ),
]

Maker = Callable[..., Delivered]


def _azure(form: str) -> Maker:
    return lambda rows, **given: azure_inventory(rows, form=form, **given)


def _s3(form: str) -> Maker:
    return lambda rows, **given: s3_inventory(rows, form=form, **given)


MAKERS = {
    "S3 CSV": _s3("CSV"),
    "S3 Parquet": _s3("Parquet"),
    "Azure CSV": _azure("Csv"),
    "Azure Parquet": _azure("Parquet"),
}
every_kind = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
of_s3 = pytest.mark.parametrize("make", [_s3("CSV"), _s3("Parquet")], ids=["CSV", "Parquet"])
of_azure = pytest.mark.parametrize(
    "make", [_azure("Csv"), _azure("Parquet")], ids=["CSV", "Parquet"]
)


def listed(delivered: Delivered, folder: Path, *, of: str = "", **meant: str) -> list[ObjectInfo]:
    files = files_of(delivered, folder / "bucket", **meant)
    with InventoryObjects(files, workspace=folder / "engine") as objects:
        return list(objects.objects(of))


def names(delivered: Delivered, folder: Path, **meant: str) -> list[str]:
    return [info.name for info in listed(delivered, folder, **meant)]


def joined(
    source: Delivered | InventoryFiles, target: Delivered | InventoryFiles, folder: Path
) -> tuple[InventoryComparison, list[ObjectDifference]]:
    sides = [
        one if isinstance(one, InventoryFiles) else files_of(one, folder / str(number))
        for number, one in enumerate((source, target))
    ]
    with InventoryJoin(*sides, workspace=folder / "engine", threads=2) as found:
        return found.comparison(), list(found.differences())


@every_kind
def test_every_name_comes_out_as_it_is_in_utf8_order(make: Maker, tmp_path: Path) -> None:
    delivered = make([Row(name, size=len(name)) for name in HARD], files=3)
    found = listed(delivered, tmp_path)
    assert [info.name for info in found] == sorted(HARD, key=str.encode)
    assert all(info.size == len(info.name) for info in found)


@pytest.mark.parametrize("target", MAKERS.values(), ids=MAKERS)
@every_kind
def test_names_are_matched_whoever_wrote_them(make: Maker, target: Maker, tmp_path: Path) -> None:
    rows = [Row(name) for name in HARD]
    comparison, _ = joined(make(rows, files=2), target(rows[::-1]), tmp_path)
    unproven = comparison.of(ObjectOutcome.UNPROVEN).objects + comparison.proven.objects
    assert unproven == len(HARD)
    assert comparison.verdict is InventoryVerdict.UNPROVEN


@every_kind
def test_an_object_is_told_as_a_listing_tells_it(make: Maker, tmp_path: Path) -> None:
    versions = {"versions": True} if make in (MAKERS["S3 CSV"], MAKERS["S3 Parquet"]) else {}
    row = Row("a", size=2**40, etag="0x8DC1", version="v1", crc64=CRC)
    (found,) = listed(make([row], **versions), tmp_path)
    checksums = {} if versions else {"crc64nvme": CRC}
    assert found == ObjectInfo("a", 2**40, "0x8DC1", "v1", MODIFIED, checksums)


@of_azure
def test_a_tag_loses_its_quotes(make: Maker, tmp_path: Path) -> None:
    (found,) = listed(make([Row("a", etag='"0x8DC1"')]), tmp_path)
    assert found.etag == "0x8DC1"


@pytest.mark.parametrize("crc64", ["", "AAAA", "not base64!=", "rosUhgp5mIh=", CRC[:-1]])
def test_what_is_no_crc64_vouches_for_nothing(crc64: str, tmp_path: Path) -> None:
    delivered = azure_inventory([Row("a", crc64="AAAAAAAAAAA=")])
    name = next(iter(delivered))
    bad = {**delivered, name: delivered[name].replace(b"AAAAAAAAAAA=", crc64.encode())}
    whole = changed(bad, lambda m: m["files"][0].update(size=len(bad[name])))
    (found,) = listed(whole, tmp_path)
    assert found.checksums == {}


@of_s3
def test_only_what_is_there_now_counts_on_s3(make: Maker, tmp_path: Path) -> None:
    rows = [
        Row("there", version="2"),
        Row("there", version="1", latest=False, etag="old"),
        Row("deleted", version="2", deleted=True),
        Row("deleted", version="1", latest=False),
        Row("folder/", size=0, version="1"),
        Row("full/", size=1, version="1"),
    ]
    assert names(make(rows, versions=True), tmp_path) == ["full/", "there"]


@of_azure
def test_only_what_is_there_now_counts_on_azure(make: Maker, tmp_path: Path) -> None:
    rows = [
        Row("there", version="2", latest=True),
        Row("there", version="1", latest=None, etag="old"),
        Row("never versioned", version=None, latest=None),
        Row("explicitly old", version="1", latest=False),
        Row("snapshot", snapshot="2026-11-01T00:00:00Z"),
        Row("soft-deleted", deleted=True),
        Row("folder", size=0, folder=True),
        Row("marker/", size=0),
        Row("elsewhere", container="data2"),
    ]
    assert names(make(rows), tmp_path, container="data") == ["never versioned", "there"]


@every_kind
def test_what_a_folder_holds_is_not_what_its_namesake_holds(make: Maker, tmp_path: Path) -> None:
    rows = [Row(name) for name in ("d/a", "d/b/c", "d2/a", "d", "D/a", "e/a")]
    delivered = make(rows)
    assert names(delivered, tmp_path, of="d/") == ["d/a", "d/b/c"]
    assert names(delivered, tmp_path, of="d") == ["d", "d/a", "d/b/c", "d2/a"]
    assert names(delivered, tmp_path, prefix="d/", of="d/b/") == ["d/b/c"]


@pytest.mark.parametrize("prefix", ["\ud7ff", "\U0010ffff", "a\U0010ffff", "é", "%", "_"])
def test_a_prefix_is_no_pattern_and_ends_where_it_ends(prefix: str, tmp_path: Path) -> None:
    rows = [Row(name) for name in (*HARD, prefix, f"{prefix}\U0010ffff", "a\ue000", "\ue000x")]
    every = sorted({row.name for row in rows}, key=str.encode)
    delivered = s3_inventory([Row(name) for name in every])
    assert names(delivered, tmp_path, of=prefix) == [n for n in every if n.startswith(prefix)]


def test_a_prefix_above_what_was_loaded_is_a_mistake(tmp_path: Path) -> None:
    files = files_of(s3_inventory([Row("d/a")]), tmp_path / "bucket", prefix="d/")
    with (
        InventoryObjects(files, workspace=tmp_path / "engine") as objects,
        pytest.raises(ValueError, match="not below"),
    ):
        list(objects.objects("e/"))


def test_every_outcome_is_counted_with_its_bytes(tmp_path: Path) -> None:
    source = azure_inventory(
        [
            Row("proven", size=10, crc64=CRC),
            Row("other bytes", size=20, crc64=CRC),
            Row("other size", size=30, crc64=CRC),
            Row("one side vouches", size=40, crc64=CRC),
            Row("nobody vouches", size=50),
            Row("empty", size=0),
            Row("only here", size=60),
        ]
    )
    target = azure_inventory(
        [
            Row("proven", size=10, crc64=CRC, etag="another"),
            Row("other bytes", size=20, crc64=OTHER_CRC),
            Row("other size", size=31, crc64=CRC),
            Row("one side vouches", size=40),
            Row("nobody vouches", size=50),
            Row("empty", size=0),
            Row("only there", size=70),
        ],
        form="Parquet",
    )
    comparison, differences = joined(source, target, tmp_path)
    assert comparison.equal == {"crc64nvme": Objects(1, 10), "empty": Objects(1, 0)}
    assert comparison.outcomes == {
        ObjectOutcome.UNPROVEN: Objects(2, 90),
        ObjectOutcome.DIFFERENT: Objects(2, 50),
        ObjectOutcome.MISSING_IN_TARGET: Objects(1, 60),
        ObjectOutcome.MISSING_IN_SOURCE: Objects(1, 70),
    }
    assert list(comparison.listed.values()) == [Objects(7, 210), Objects(7, 221)]
    assert comparison.verdict is InventoryVerdict.DIFFERENT
    assert [(d.name, d.outcome, d.evidence) for d in differences] == [
        ("nobody vouches", "unproven", None),
        ("one side vouches", "unproven", None),
        ("only here", "missing_in_target", None),
        ("only there", "missing_in_source", None),
        ("other bytes", "different", "crc64nvme"),
        ("other size", "different", "size"),
    ]
    assert (differences[-1].source_size, differences[-1].target_size) == (30, 31)


@pytest.mark.parametrize(
    ("ours", "theirs", "outcome"),
    [
        ({}, {}, "md5"),
        ({}, {"etag": "0" * 32}, "different"),
        ({"multipart": True}, {}, "unproven"),
        ({"encryption": "SSE-KMS"}, {}, "unproven"),
        ({"encryption": "SSE-C"}, {"encryption": "SSE-C"}, "unproven"),
        ({"encryption": "DSSE-KMS"}, {"encryption": "DSSE-KMS"}, "unproven"),
        ({"encryption": "NOT-SSE"}, {}, "md5"),
        ({"etag": f"{MD5}-2"}, {"etag": f"{MD5}-2"}, "unproven"),
    ],
)
def test_an_etag_of_s3_proves_only_where_it_is_an_md5(
    ours: dict[str, Any], theirs: dict[str, Any], outcome: str, tmp_path: Path
) -> None:
    row = Row("a", etag=MD5, multipart=False)
    comparison, _ = joined(
        s3_inventory([replace(row, **ours)]),
        s3_inventory([replace(row, **theirs)], form="Parquet"),
        tmp_path,
    )
    found = {*comparison.equal, *comparison.outcomes}
    assert found == {outcome}


def test_an_md5_that_azure_was_told_proves_nothing(tmp_path: Path) -> None:
    comparison, _ = joined(azure_inventory([Row("a")]), azure_inventory([Row("a")]), tmp_path)
    assert comparison.verdict is InventoryVerdict.UNPROVEN
    assert comparison.verdict.exit_code == 3


def test_without_the_fields_that_say_so_an_etag_is_no_md5(tmp_path: Path) -> None:
    row = Row("a", etag=MD5, multipart=False)
    whole = s3_inventory([row])
    for number, field in enumerate(("IsMultipartUploaded", "EncryptionStatus")):
        comparison, _ = joined(whole, s3_inventory([row], without=[field]), tmp_path / str(number))
        assert comparison.verdict is InventoryVerdict.UNPROVEN


@every_kind
def test_prefixes_may_differ_between_the_sides(make: Maker, tmp_path: Path) -> None:
    source = files_of(
        s3_inventory([Row("raw/e\u0301/a"), Row("b")]), tmp_path / "0", prefix="raw/e\u0301/"
    )
    target = files_of(make([Row("copy/a"), Row("copyb")]), tmp_path / "1", prefix="copy/")
    comparison, (difference,) = joined(source, target, tmp_path)
    assert (difference.name, difference.outcome) == ("a", "unproven")
    assert [side.objects for side in comparison.listed.values()] == [1, 1]


def test_two_empty_listings_are_equal(tmp_path: Path) -> None:
    nothing = changed(s3_inventory([]), lambda manifest: manifest.update(files=[]))
    comparison, differences = joined(nothing, azure_inventory([]), tmp_path)
    assert comparison.verdict is InventoryVerdict.EQUAL
    assert differences == []


@every_kind
def test_a_row_that_says_the_same_again_counts_once(make: Maker, tmp_path: Path) -> None:
    rows = [Row("a"), Row("b"), Row("a")]
    comparison, _ = joined(make(rows), make([Row("a"), Row("b")]), tmp_path)
    assert [side.objects for side in comparison.listed.values()] == [2, 2]
    assert list(comparison.repeated.values()) == [1, 0]


@of_azure
def test_of_two_current_versions_the_newest_counts(make: Maker, tmp_path: Path) -> None:
    rows = [
        Row("a", size=2, etag="new", version="2", modified=MODIFIED + timedelta(seconds=1)),
        Row("a", size=1, etag="old", version="1"),
        Row("b"),
    ]
    found = listed(make(rows), tmp_path)
    assert [(info.name, info.etag) for info in found] == [("a", "new"), ("b", Row("b").etag)]


@pytest.mark.parametrize(
    "rows",
    [
        [Row("a", etag="1"), Row("a", etag="2", modified=MODIFIED + timedelta(seconds=1))],
        [Row("a", etag="1", version="1"), Row("a", etag="2", version="2")],
        [Row("a", etag="1", version="1", modified=None), Row("a", etag="2", version="2")],
        [Row("a", size=1), Row("a", size=2)],
    ],
    ids=["no versions", "one instant", "no instant", "sizes"],
)
@of_azure
def test_objects_as_good_as_each_other_are_refused(
    make: Maker, rows: list[Row], tmp_path: Path
) -> None:
    with pytest.raises(Unreadable, match="several objects of one name; found 'a'"):
        listed(make(rows), tmp_path)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (Row("a", size=None), "size that is no number"),
        (Row("a", size=-1), "size that is no number"),
        (Row("a", etag=None), "without an ETag"),
        (Row(""), "name that cannot be decoded"),
    ],
)
@every_kind
def test_rows_that_cannot_be_understood(make: Maker, row: Row, words: str, tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=words):
        listed(make([Row("fine"), row]), tmp_path)


@pytest.mark.parametrize(
    "size", ["1.6", "1e3", " 1", "0x10", "99999999999999999999", "9" * 19, "x"]
)
def test_sizes_that_are_no_whole_numbers(size: str, tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="size that is no number"):
        listed(s3_inventory([Row("a", size=size)]), tmp_path)


@pytest.mark.parametrize("key", ["%ff", "%", "a%2", "%zz", "a%c3"])
def test_keys_that_cannot_be_decoded(
    key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.inventories.quote_plus", lambda name, safe: name)
    with pytest.raises(Unreadable, match="name that cannot be decoded, 1 times"):
        listed(s3_inventory([Row("a"), Row(key)]), tmp_path)


@of_s3
def test_rows_of_another_bucket_are_refused(make: Maker, tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="an object of another bucket"):
        listed(make([Row("a"), Row("b", container="other")]), tmp_path)


@of_s3
def test_the_inventory_of_another_bucket_is_refused(make: Maker, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="of another bucket; found data; expected wanted"):
        listed(make([Row("a")]), tmp_path, container="wanted")


@of_azure
def test_of_several_containers_none_is_guessed(make: Maker, tmp_path: Path) -> None:
    delivered = make([Row("a"), Row("a", container="data2")])
    with pytest.raises(BadInput, match="several containers; found data, data2"):
        listed(delivered, tmp_path)
    assert names(delivered, tmp_path, container="data2") == ["a"]


@of_azure
def test_an_inventory_that_may_leave_out_what_is_meant_is_refused(
    make: Maker, tmp_path: Path
) -> None:
    delivered = make([Row("x/a")], filters={"prefixMatch": ["data/x"]})
    with pytest.raises(BadInput, match="may leave out"):
        listed(delivered, tmp_path)
    assert names(delivered, tmp_path, prefix="x/", of="x/") == ["x/a"]


@pytest.mark.parametrize(
    ("delivered", "column"),
    [
        (s3_inventory([Row("a")], without=["Size"]), "Size"),
        (s3_inventory([Row("a")], without=["ETag"], form="Parquet"), "ETag"),
        (s3_inventory([Row("a")], without=["IsLatest"], versions=True), "IsLatest"),
        (azure_inventory([Row("a")], without=["Content-Length"]), "Content-Length"),
        (azure_inventory([Row("a")], without=["Etag"], form="Parquet"), "Etag"),
    ],
)
def test_columns_that_are_needed(delivered: Delivered, column: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=f"found no column {column}"):
        listed(delivered, tmp_path)


def test_what_the_rule_lists_and_the_files_lack_is_refused(tmp_path: Path) -> None:
    delivered = azure_inventory([Row("a")], without=["Deleted"], filters={"includeDeleted": False})
    promised = changed(delivered, lambda m: m["ruleDefinition"]["schemaFields"].append("Deleted"))
    with pytest.raises(BadInput, match="found no column Deleted"):
        listed(promised, tmp_path)


@of_azure
def test_fewer_rows_than_were_promised(make: Maker, tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="is not whole; found 1 rows in its files; expected 2"):
        listed(make([Row("a")], changes={"summary": {"objectCount": 2}}), tmp_path)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PAR1 and no more",
        b"PARE encrypted PARE",
        b'"a","b"\n',
        b"\x1f\x8b\x08broken",
        b"\0" * 99,
    ],
    ids=["empty", "cut", "encrypted", "few columns", "bad gzip", "zeros"],
)
@every_kind
def test_files_that_are_something_else(make: Maker, data: bytes, tmp_path: Path) -> None:
    files = files_of(make([Row("a"), Row("b")], files=2), tmp_path / "bucket")
    files.paths[1].write_bytes(data)
    with (
        pytest.raises((Unreadable, BadInput)) as caught,
        InventoryObjects(files, workspace=tmp_path / "engine"),
    ):
        pass
    message = str(caught.value)
    assert "\n" not in message
    assert str(tmp_path / "engine") not in message


def test_a_file_called_like_a_pattern_is_read_and_no_other(tmp_path: Path) -> None:
    delivered = s3_inventory([Row("a")], folder="inv[0-9]*")
    delivered |= {"inv5x/data/00000000-85bb-4271.csv.gz": b"not this one"}
    assert names(delivered, tmp_path) == ["a"]


def test_names_of_columns_may_be_anything(tmp_path: Path) -> None:
    delivered = azure_inventory([Row("a")])
    name = next(iter(delivered))
    odd = (
        delivered[name].replace(b"Content-MD5", b'"; DROP ""x"" --"').replace(b"Etag", b'"E""tag"')
    )
    whole = changed({**delivered, name: odd}, lambda m: m["files"][0].update(size=len(odd)))
    assert names(whole, tmp_path) == ["a"]


def test_a_header_may_begin_with_a_mark_and_end_its_lines_as_windows_does(tmp_path: Path) -> None:
    delivered = azure_inventory([Row("a"), Row("b")])
    name = next(iter(delivered))
    odd = b"\xef\xbb\xbf" + delivered[name].replace(b"\n", b"\r\n")
    whole = changed({**delivered, name: odd}, lambda m: m["files"][0].update(size=len(odd)))
    assert names(whole, tmp_path) == ["a", "b"]


def test_files_of_different_columns_are_refused(tmp_path: Path) -> None:
    delivered = azure_inventory([Row("a"), Row("b")], files=2)
    name = list(delivered)[1]
    odd = delivered[name].replace(b"Content-MD5", b"Content-XYZ")
    whole = changed({**delivered, name: odd}, lambda m: m["files"][1].update(size=len(odd)))
    with pytest.raises(Unreadable, match="do not have the same columns"):
        listed(whole, tmp_path)


def test_the_differences_are_a_file_in_order(tmp_path: Path) -> None:
    source = files_of(s3_inventory([Row(name) for name in HARD]), tmp_path / "0")
    target = files_of(azure_inventory([]), tmp_path / "1", container="data")
    with InventoryJoin(source, target, workspace=tmp_path / "engine", threads=2) as found:
        found.write_differences(tmp_path / "it's.parquet")
    table = pq.read_table(tmp_path / "it's.parquet")
    assert table["name"].to_pylist() == sorted(HARD, key=str.encode)
    assert set(table["outcome"].to_pylist()) == {"missing_in_target"}
    assert table.column_names == [
        *("name", "outcome", "evidence", "source_size", "target_size"),
        *("source_etag", "target_etag"),
    ]


def test_what_fails_half_way_leaves_no_engine_open(tmp_path: Path) -> None:
    good, bad = s3_inventory([Row("a")]), s3_inventory([Row("a", size=-1)])
    with pytest.raises(Unreadable):
        joined(good, bad, tmp_path)
    again = InventoryJoin(
        files_of(good, tmp_path / "0"), files_of(good, tmp_path / "0"), workspace=tmp_path / "e2"
    )
    with again as found:
        assert found.comparison().listed != {}
    assert manifest_of(good)
