"""`reconcile inventories` as people and scripts meet it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.integration.command_line import CommandLine, command_line
from tests.inventories import (
    TAKEN_AT,
    Row,
    azure_inventory,
    manifest_of,
    s3_inventory,
    written,
)

CRC = "rosUhgp5mIg="
ROWS = [Row("d/a", 10, crc64=CRC), Row("d/b", 20, crc64=CRC), Row("empty", 0)]


@pytest.fixture
def reconcile(capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return command_line(capsys)


@pytest.fixture
def azure(tmp_path: Path) -> Path:
    return written(azure_inventory(ROWS), tmp_path / "azure")


def test_what_is_proven_equal_is_exit_code_0(
    reconcile: CommandLine, azure: Path, tmp_path: Path
) -> None:
    other = written(azure_inventory(ROWS, form="Parquet"), tmp_path / "other")
    ran = reconcile("inventories", azure, other)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[0] == "All 3 objects are proven equal."
    assert "equal, by crc64nvme    2        30 bytes" in ran.out
    assert "Azure Blob Inventory of 2026-11-20 01:02 UTC, 3 objects of 30 bytes" in ran.out


def test_what_is_only_unproven_is_exit_code_3(
    reconcile: CommandLine, azure: Path, tmp_path: Path
) -> None:
    s3 = written(s3_inventory(ROWS), tmp_path / "s3")
    ran = reconcile("inventories", s3, azure)
    assert ran.code == 3
    assert ran.out.startswith(
        "Nothing is different or missing, but of 2 objects only the size is known to be equal.\n"
    )


def test_what_differs_is_exit_code_1_and_one_json_document(
    reconcile: CommandLine, azure: Path, tmp_path: Path
) -> None:
    rows = [Row("d/a", 11), Row("empty", 0), Row("new", 5)]
    s3 = written(s3_inventory(rows), tmp_path / "s3")
    ran = reconcile("inventories", s3, azure, "--format", "json")
    assert (ran.code, ran.err) == (1, "")
    document = ran.document
    assert document["verdict"] == "different"
    assert document["equal"] == {"empty": {"objects": 1, "bytes": 0}}
    assert document["different"] == {"objects": 1, "bytes": 11}
    assert document["missing_in_target"] == {"objects": 1, "bytes": 5}
    assert document["missing_in_source"] == {"objects": 1, "bytes": 20}
    assert document["unproven"] == {"objects": 0, "bytes": 0}
    assert document["source"]["service"] == "S3 Inventory"
    assert document["source"]["taken_at"] == TAKEN_AT.isoformat()
    assert (document["target"]["objects"], document["target"]["bytes"]) == (3, 30)
    text = reconcile("inventories", s3, azure).out
    assert text.startswith(
        "The two are not the same: 1 different, 1 missing in target, 1 missing in source.\n"
    )


def test_prefixes_and_an_output_file(reconcile: CommandLine, azure: Path, tmp_path: Path) -> None:
    s3 = written(s3_inventory([Row("raw/a", 10), Row("elsewhere", 1)]), tmp_path / "s3")
    out = tmp_path / "out.parquet"
    prefixes = ("--source-prefix", "s3://data/raw", "--target-prefix", "d")
    ran = reconcile("inventories", s3, azure, *prefixes, "--output", out)
    assert ran.code == 1
    assert ran.err == f"2 objects not proven equal are in {out}\n"
    rows = pq.read_table(out, columns=["name", "outcome"]).to_pylist()
    assert rows == [
        {"name": "a", "outcome": "unproven"},
        {"name": "b", "outcome": "missing_in_source"},
    ]


def test_what_was_passed_over_and_told_again_is_said(
    reconcile: CommandLine, azure: Path, tmp_path: Path
) -> None:
    again = [*ROWS, ROWS[0]]
    older = written(azure_inventory(again, taken_at=TAKEN_AT - timedelta(days=1)), tmp_path / "b")
    newer = azure_inventory(ROWS, changes={"status": "Failed"})
    written(newer, older)
    ran = reconcile("inventories", azure, older)
    assert ran.code == 0
    name = f"{older}/{manifest_of(newer)}"
    assert ran.err == f"passed over, since it is not complete: {name}\n"
    assert "target: 1 row told of an object again\n" in ran.out


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("none", "azure"), "none does not exist"),
        (("azure", "azure", "--source-prefix", "s3://data"), "not what Azure Blob Inventory lists"),
        (("azure", "azure", "--output", "azure/x.parquet"), "lies among the files"),
        (("azure", "azure", "--output", "no/such/x.parquet"), "no folder"),
        (("empty", "azure"), "no inventory at empty"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    reconcile: CommandLine,
    azure: Path,
    monkeypatch: pytest.MonkeyPatch,
    argv: tuple[str, ...],
    words: str,
) -> None:
    monkeypatch.chdir(azure.parent)
    (azure.parent / "empty").mkdir()
    ran = reconcile("inventories", *argv)
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err
    assert ran.err.count("\n") == 1
