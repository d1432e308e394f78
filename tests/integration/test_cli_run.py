import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconcile.model.run import Step
from reconcile.state.database import State
from tests.integration.command_line import CommandLine, command_line, write_dataset


@pytest.fixture
def reconcile(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    monkeypatch.setenv("RECONCILE_DATASETS", str(write_dataset(tmp_path)))
    monkeypatch.setenv("RECONCILE_STATE", f"sqlite:///{tmp_path / 'state' / 'state.db'}")
    monkeypatch.delenv("RECONCILE_ARTIFACTS", raising=False)
    return command_line(capsys)


def test_a_span_is_run_window_by_window_and_ends_with_the_worst(reconcile: CommandLine) -> None:
    ran = reconcile("run", "orders", "--window", "2013-01-01/2013-01-03")
    assert ran.code == 1
    assert ran.err.splitlines() == [
        "2013-01-01: matched (1 of 2 windows)",
        "2013-01-02: breached (2 of 2 windows)",
    ]
    assert "BREACHED" in ran.out


def test_a_run_that_nobody_finished_is_listed_with_how_far_it_came(reconcile: CommandLine) -> None:
    reconcile("run", "orders", "--window", "2013-01-02")
    with State.open(os.environ["RECONCILE_STATE"]) as state:
        state.runs.step_begun(state.runs.list()[0].id, Step.ROUTE)
    assert "running after validate" in reconcile("runs", "list").out


def test_what_ran_can_be_listed_reported_and_looked_into(
    reconcile: CommandLine, tmp_path: Path
) -> None:
    first = reconcile("run", "orders", "--window", "2013-01-02", "--format", "json")
    assert first.code == 1
    run_id = first.document["windows"][0]["run_id"]

    listed = reconcile("runs", "list", "--format", "json").document
    assert [(run["id"], run["window"], run["verdict"]) for run in listed] == [
        (run_id, "2013-01-02", "breached")
    ]
    assert run_id in reconcile("runs", "list", "--verdict", "breached").out
    assert reconcile("runs", "list", "--verdict", "matched").out == ""
    assert reconcile("runs", "list", "--kind", "sync").out == ""
    assert "reconciliation" in reconcile("runs", "list", "--kind", "reconciliation").out

    for name in (run_id, "latest", "orders@2013-01-02"):
        report = reconcile("report", name, "--format", "json")
        assert (report.code, report.document["windows"][0]["run_id"]) == (0, run_id)
    assert reconcile("report", "latest").out.startswith("orders, 2013-01-02\n")
    assert reconcile("report", "latest", "--format", "markdown").out.startswith("# orders")
    page = tmp_path / "page.html"
    assert reconcile("report", "latest", "--format", "html", "--output", page).out == ""
    assert page.read_text().startswith("<!DOCTYPE html>")

    letters = reconcile(
        *("dead-letters", "list", "--dataset", "orders", "--window", "2013-01-02"),
        *("--kind", "missing_in_target", "--status", "open", "--run", "latest", "--format", "json"),
    ).document
    assert letters["total"] == 1
    [letter] = letters["letters"]
    assert '{"id":"4"}' in reconcile("dead-letters", "list").out
    shown = reconcile("dead-letters", "show", letter["id"], "--format", "json").document
    assert shown == letter
    assert "missing_in_target" in reconcile("dead-letters", "show", letter["id"]).out


def test_why_there_is_no_verdict_is_told_once(
    reconcile: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = ("run", "orders", "--window", "2013-01-02/2013-01-04")
    ran = reconcile(*days)
    assert ran.err.splitlines() == [
        "2013-01-02: breached (1 of 2 windows)",
        "2013-01-03: no verdict (2 of 2 windows)",
    ]
    assert ran.out.count("absent on both sides") == 1
    # Of a terminal's two streams both are seen.
    monkeypatch.setattr("reconcile.cli.output.is_watched", lambda: True)
    ran = reconcile(*days)
    assert "2013-01-03: no verdict\n" in ran.err
    assert "absent" not in ran.err
    assert ran.out.count("absent on both sides") == 1


def test_what_no_report_can_tell_is_an_error_of_its_own(reconcile: CommandLine) -> None:
    with State.open(os.environ["RECONCILE_STATE"]) as state:
        state.leases.acquire(
            "orders", "2013-01-01", "another", now=datetime.now(UTC), ttl=timedelta(hours=1)
        )
    for days, counted in (("2013-01-01", "1 of 1 window"), ("2013-01-01/2013-01-03", "1 of 2 win")):
        ran = reconcile("run", "orders", "--window", days)
        assert ran.err.startswith(f"2013-01-01: no verdict ({counted}")
        assert ran.err.count("\nerror: 2013-01-01: ") == 1
        assert "another" not in ran.out


@pytest.mark.parametrize(
    ("listed", "nothing"), [("runs", "--verdict=matched"), ("dead-letters", "--status=resolved")]
)
def test_a_name_that_no_dataset_bears_is_refused_and_not_answered_with_nothing(
    reconcile: CommandLine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    listed: str,
    nothing: str,
) -> None:
    for form in ("text", "json"):
        ran = reconcile(listed, "list", "--dataset", "orderz", "--format", form)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith("error: no dataset 'orderz' in ")
        assert "(did you mean 'orders'?)" in ran.err
    assert ran.err == reconcile("run", "orderz", "--window", "2013-01-01").err

    assert reconcile(listed, "list", "--dataset", "orders").code == 0
    reconcile("run", "orders", "--window", "2013-01-02")
    (tmp_path / "datasets" / "orders.yaml").rename(tmp_path / "datasets" / "orders.txt")
    # A dataset that is no longer declared is still one that ran.
    assert reconcile(listed, "list", "--dataset", "orders", nothing).code == 0
    monkeypatch.setenv("RECONCILE_DATASETS", str(tmp_path / "elsewhere"))
    assert reconcile(listed, "list", "--dataset", "orderz").code == 0


def test_a_dataset_whose_file_is_broken_is_known(reconcile: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "datasets" / "orders.yaml").write_text("dataset: orders\n")
    ran = reconcile("runs", "list", "--dataset", "orders")
    assert (ran.code, ran.err) == (0, "no run\n")


def test_a_rehearsal_names_what_would_be_read_and_leaves_no_trace(
    reconcile: CommandLine, tmp_path: Path
) -> None:
    ran = reconcile("run", "orders", "--window", "2013-01-01/2013-01-04", "--dry-run")
    assert ran.code == 3
    assert ran.err.startswith("error: 2013-01-03: ")
    assert [line.partition(":")[0] for line in ran.out.splitlines()] == [
        *("2013-01-01", "2013-01-01", "2013-01-02", "2013-01-02")
    ]
    inputs = reconcile(
        *("run", "orders", "--window", "2013-01-01", "--dry-run", "--format", "json")
    ).document["windows"][0]["inputs"]
    size = (tmp_path / "source" / "day=2013-01-01" / "part.parquet").stat().st_size
    assert inputs["source"] == {
        "location": f"{tmp_path}/source/day=2013-01-01",
        "objects": 1,
        "bytes": size,
    }
    assert not (tmp_path / "state").exists()


def test_a_check_names_all_that_is_wrong(reconcile: CommandLine) -> None:
    right = reconcile("check", "orders", "--window", "2013-01-01")
    assert (right.code, right.err) == (0, "")
    wrong = reconcile("check", "orders", "--window", "2013-01-03", "--format", "json")
    assert wrong.code == 3
    assert [line.split()[1] for line in wrong.err.splitlines()] == ["source", "target"]
    assert [finding["ok"] for finding in wrong.document["findings"]].count(False) == 2


def test_configuration_that_is_right_is_shown_with_its_defaults(reconcile: CommandLine) -> None:
    validated = reconcile("config", "validate", "--format", "json")
    assert validated.code == 0
    assert [(file["dataset"], file["problems"]) for file in validated.document] == [("orders", [])]
    shown = reconcile("config", "show", "orders", "--format", "json").document
    assert (shown["dataset"], shown["on_breach"]) == ("orders", "fail")
    assert "on_breach: fail\n" in reconcile("config", "show", "orders").out


def test_the_price_list_is_configuration_too(
    reconcile: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "prices.yaml"
    file.write_text(
        'currency: USD\nprices: {"s3://": {gigabyte_out: 0.09, thousand_requests: 1}}\n'
    )
    monkeypatch.setenv("RECONCILE_PRICES", str(file))
    assert f"{file}: the price list is right\n" in reconcile("config", "validate").out
    one_dataset = reconcile("config", "validate", "orders", "--format", "json").document
    assert [checked["dataset"] for checked in one_dataset] == ["orders"]

    file.write_text("currency: USD\nprices: {s3: {gigabyte_out: free}}\n")
    wrong = reconcile("config", "validate", "--format", "json")
    assert wrong.code == 2
    assert [(checked["dataset"], len(checked["problems"])) for checked in wrong.document] == [
        ("orders", 0),
        (None, 2),
    ]
    assert wrong.err.count(f"error: {file}:2: prices.s3") == 2
    # Nothing is compared whose cost could not be told.
    refused = reconcile("run", "orders", "--window", "2013-01-01")
    assert (refused.code, refused.out) == (2, "")
    assert str(file) in refused.err


def test_the_state_database_is_upgraded_and_the_rehearsal_makes_none(
    reconcile: CommandLine, tmp_path: Path
) -> None:
    rehearsed = reconcile("db", "upgrade", "--dry-run", "--format", "json").document
    assert rehearsed["found"] is None
    assert not (tmp_path / "state").exists()
    assert "went from no schema to version" in reconcile("db", "upgrade").out
    again = reconcile("db", "upgrade", "--format", "json").document
    assert again["found"] == again["version"] == rehearsed["version"]


def test_a_strategy_is_asked_for_and_the_result_says_how_rows_were_proven(
    reconcile: CommandLine,
) -> None:
    asked = ("run", "orders", "--window", "2013-01-01", "--format", "json")
    by_row, by_checksum, by_fingerprint = 10, 0, 0
    for strategy in ("auto", "join", "sketch", "fingerprint", "checksum"):
        if strategy == "checksum":
            by_row, by_checksum = 0, 10
        (window,) = reconcile(*asked, "--strategy", strategy, "--no-cache").document["windows"]
        assert window["proof"] == {
            "by_checksum": by_checksum,
            "by_fingerprint": by_fingerprint,
            "by_row": by_row,
        }
        assert window["verdict"] == "matched"
    wrong = reconcile("run", "orders", "--window", "2013-01-01", "--strategy", "luck")
    assert (wrong.code, wrong.out) == (2, "")
    assert "expected auto, checksum, fingerprint, sketch, join" in wrong.err
