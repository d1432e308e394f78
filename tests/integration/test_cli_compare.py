import os
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.integration.command_line import CommandLine, command_line, write_rows


@pytest.fixture
def reconcile(capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return command_line(capsys)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "source.parquet")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "target.parquet", amount=[0.0, 1.5, 3.0, 4.5, 7.0])


def test_equal_files_match_with_exit_code_0(reconcile: CommandLine, source: Path) -> None:
    copy = write_rows(source.with_name("copy.parquet"))
    ran = reconcile("compare", source, copy, "--key", "id")
    assert (ran.code, ran.err) == (0, "")
    assert "MATCHED" in ran.out


def test_a_breach_is_exit_code_1_and_json_alone_on_standard_output(
    reconcile: CommandLine, source: Path, target: Path
) -> None:
    ran = reconcile("compare", source, target, "--key", "id", "--format", "json")
    assert (ran.code, ran.err) == (1, "")
    assert ran.document["verdict"] == "breached"
    assert ran.document["counts"]["value_mismatch"] == 1
    assert ran.document["columns"]["amount"]["mismatched"] == 1


@pytest.mark.parametrize(
    "keys", [("--key", "id,amount"), ("--key", "id", "--key", "amount")], ids=["comma", "repeated"]
)
def test_a_composite_key_is_given_by_comma_or_by_repeating(
    reconcile: CommandLine, source: Path, target: Path, keys: tuple[str, ...]
) -> None:
    counts = reconcile("compare", source, target, *keys, "--format", "json").document["counts"]
    assert (counts["missing_in_target"], counts["missing_in_source"]) == (1, 1)


def test_a_rules_file_relaxes_and_may_name_the_key(
    reconcile: CommandLine, source: Path, target: Path
) -> None:
    rules = source.with_name("rules.yaml")
    rules.write_text("match_key: [id]\ncolumns: {rules: {amount: {absolute: '1'}}}\n")
    assert reconcile("compare", source, target, "--rules", rules).code == 0


def test_the_discrepancy_file_has_the_columns_of_the_contract_and_every_row(
    reconcile: CommandLine, source: Path, target: Path
) -> None:
    out = source.with_name("wrong.parquet")
    out.write_text("what was there before")
    ran = reconcile("compare", source, target, "--key", "id", "--discrepancies", out)
    assert ran.code == 1
    rows = pq.ParquetFile(out).read()
    assert rows.column_names == [
        *("kind", "side", "match_key", "mismatched_columns", "source_row", "target_row")
    ]
    assert rows.to_pylist() == [
        {
            "kind": "value_mismatch",
            "side": "both",
            "match_key": '{"id":"4"}',
            "mismatched_columns": ["amount"],
            "source_row": '{"id":"4","amount":6.0}',
            "target_row": '{"id":"4","amount":7.0}',
        }
    ]
    assert sorted(os.listdir(out.parent)) == ["source.parquet", "target.parquet", "wrong.parquet"]


@pytest.mark.parametrize(
    ("written", "read"),
    [("target.parquet", "target.parquet"), ("folder/new.parquet", "folder"), ("b.parquet", "b*")],
    ids=["the file itself", "into the folder", "through a glob"],
)
def test_the_discrepancy_file_never_lands_among_what_is_compared(
    reconcile: CommandLine, source: Path, target: Path, written: str, read: str
) -> None:
    folder = source.parent
    for name in ("folder/part.parquet", "b.parquet"):
        write_rows(folder / name)
    before = {path: path.read_bytes() for path in folder.rglob("*.parquet")}
    ran = reconcile(
        *("compare", source, folder / read, "--key", "id", "--discrepancies", folder / written)
    )
    assert ran.code == 2
    assert "lies among the files that are read" in ran.err
    assert {path: path.read_bytes() for path in folder.rglob("*.parquet")} == before


def test_a_state_that_cannot_be_used_is_said_once_and_the_answer_given(
    reconcile: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.integration import test_proofs

    sides = iter([test_proofs.Remote(test_proofs.days()) for _ in range(2)])
    monkeypatch.setattr("reconcile.jobs.compare.find_objects", lambda _: next(sides).listing())
    monkeypatch.setenv("RECONCILE_STATE", "mysql://x/y")
    ran = reconcile("compare", "s3://a/b", "az://a/b", "--key", "day,id", "--format", "json")
    assert ran.code == 0
    assert ran.err.count("nothing is remembered of unchanged objects") == 1


def test_the_answer_says_what_it_cost_where_prices_are_known(
    reconcile: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prices = tmp_path / "prices.yaml"
    prices.write_text(
        "currency: USD\nprices: {'s3://': {gigabyte_out: '0.09', thousand_requests: '0.4'}}\n"
    )
    one = write_rows(tmp_path / "one.parquet")
    monkeypatch.setenv("RECONCILE_PRICES", str(prices))
    ran = reconcile("compare", one, one, "--key", "id", "--format", "json")
    assert ran.document["cost"]["currency"] == "USD"
    monkeypatch.delenv("RECONCILE_PRICES")
    ran = reconcile("compare", one, one, "--key", "id", "--format", "json")
    assert "cost" not in ran.document
