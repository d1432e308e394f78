"""`reconcile config pools`: what Airflow must have before it runs a task."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.integration.command_line import DATASET, CommandLine, command_line


@pytest.fixture
def reconcile(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    for name, pool in (("orders", "heavy"), ("refunds", "heavy"), ("fees", "light")):
        text = DATASET.format(folder=tmp_path).replace("orders", name) + f"pool: {pool}\n"
        (tmp_path / f"{name}.yaml").write_text(text)
    (tmp_path / "plain.yaml").write_text(
        DATASET.format(folder=tmp_path).replace("dataset: orders", "dataset: plain")
    )
    monkeypatch.setenv("RECONCILE_DATASETS", str(tmp_path))
    return command_line(capsys)


def test_the_pools_that_datasets_name_are_what_airflow_imports(reconcile: CommandLine) -> None:
    shown = reconcile("config", "pools", "--slots", "2", "--format", "json")
    assert shown.document == {
        "heavy": {
            "slots": 2,
            "description": "tasks of orders, refunds",
            "include_deferred": False,
        },
        "light": {"slots": 2, "description": "tasks of fees", "include_deferred": False},
    }
    assert reconcile("config", "pools").out == "heavy: orders, refunds\nlight: fees\n"


def test_a_sync_names_a_pool_too(reconcile: CommandLine, tmp_path: Path) -> None:
    sync = "sync: {from: source, to: target}\n"
    for name in ("fees", "plain"):
        file = tmp_path / f"{name}.yaml"
        file.write_text(file.read_text() + sync)
    lines = "heavy: orders, refunds\nhistorical_sync: fees, plain\nlight: fees\n"
    assert reconcile("config", "pools").out == lines


def test_a_pool_that_airflow_has_keeps_its_size(reconcile: CommandLine, tmp_path: Path) -> None:
    there = tmp_path / "there.json"
    there.write_text(json.dumps({"default_pool": {"slots": 128}, "heavy": {"slots": 1}}))
    shown = reconcile("config", "pools", "--missing-from", there, "--format", "json")
    assert list(shown.document) == ["light"]


def test_a_broken_file_takes_no_pool_from_the_others(
    reconcile: CommandLine, tmp_path: Path
) -> None:
    (tmp_path / "broken.yaml").write_text("dataset: broken\n")
    shown = reconcile("config", "pools", "--format", "json")
    assert (shown.code, list(shown.document)) == (0, ["heavy", "light"])
    assert "broken.yaml" in shown.err


@pytest.mark.parametrize("text", [None, "[]", "heavy"])
def test_what_airflow_did_not_export_is_refused(
    reconcile: CommandLine, tmp_path: Path, text: str | None
) -> None:
    there = tmp_path / "there.json"
    if text is not None:
        there.write_text(text)
    shown = reconcile("config", "pools", "--missing-from", there)
    assert shown.code == 2
    assert "airflow pools export" in shown.err
