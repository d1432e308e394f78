"""`reconcile sync` at a terminal: what it says, where, and with which exit code."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from reconcile.cli.sync_rehearsal import plan_lines, total_lines
from reconcile.errors import Transient
from reconcile.history.calendar import Calendar
from reconcile.history.sync_plan import Action
from reconcile.jobs import sync_planning, syncing
from reconcile.model.discrepancy import Side
from reconcile.model.traffic import Traffic
from reconcile.model.window import Grain
from tests.integration.command_line import DATASET, CommandLine, command_line

SYNC = """\
end: 2013-01-06
sync: {from: source, to: target, deletes: propagate, brake: {share: 0.5}}
"""
DAYS = ("2013-01-01", "2013-01-02")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two days of `orders` at the source, and nothing at the target."""
    for name in DAYS:
        folder = tmp_path / "source" / f"day={name}"
        folder.mkdir(parents=True)
        for part in range(7):
            (folder / f"part-{part}.bin").write_bytes(name.encode() * 100 + bytes([part]))
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets" / "orders.yaml").write_text(DATASET.format(folder=tmp_path) + SYNC)
    monkeypatch.setenv("RECONCILE_DATASETS", str(tmp_path / "datasets"))
    monkeypatch.setenv("RECONCILE_STATE", f"sqlite:///{tmp_path / 'state' / 'state.db'}")
    monkeypatch.delenv("RECONCILE_ARTIFACTS", raising=False)
    monkeypatch.delenv("RECONCILE_PRICES", raising=False)
    return tmp_path


@pytest.fixture
def reconcile(place: Path, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return command_line(capsys)


def _files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_span_is_made_complete_and_a_second_sync_finds_it_so(
    reconcile: CommandLine, place: Path
) -> None:
    ran = reconcile("sync", "orders", "--window", "2013-01-01/2013-01-03")
    assert ran.code == 0
    assert ran.err.splitlines() == [
        "2013-01-01: complete (1 of 2 windows)",
        "2013-01-02: complete (2 of 2 windows)",
    ]
    assert "All 14 objects of 2 days are at the target, each proven equal." in ran.out
    assert _files(place / "target") == _files(place / "source")
    [page] = re.findall(r"^Report: (.*)$", ran.out, re.MULTILINE)
    assert Path(page).read_text().startswith("<!DOCTYPE html>")

    again = reconcile("sync", "orders", "--window", "2013-01-01/2013-01-03", "--format", "json")
    assert again.code == 0
    assert again.document["complete"] is True
    objects = again.document["objects"]
    assert (objects["kept"], objects["copied"], objects["written_bytes"]) == (14, 0, 0)


def test_backwards_takes_the_newest_window_first(reconcile: CommandLine) -> None:
    ran = reconcile("sync", "orders", "--window", "2013-01-01/2013-01-03", "--backwards")
    assert [line[:10] for line in ran.err.splitlines()] == ["2013-01-02", "2013-01-01"]
    assert ran.out.index("2013-01-01") < ran.out.index("2013-01-02")  # a report goes forwards


def test_a_window_that_the_source_lacks_is_not_complete(reconcile: CommandLine) -> None:
    ran = reconcile("sync", "orders", "--window", "2013-01-02/2013-01-04")
    assert ran.code == 3
    assert "The source holds nothing of 2013-01-03." in ran.out
    assert "2013-01-03: empty" in ran.err


def test_a_rehearsal_says_what_would_be_done_and_does_nothing(
    reconcile: CommandLine, place: Path
) -> None:
    reconcile("sync", "orders", "--window", "2013-01-01")
    (place / "target/day=2013-01-01/part-0.bin").write_bytes(b"else")
    (place / "target/day=2013-01-01/part-1.bin").unlink()
    (place / "target/day=2013-01-01/foreign\n.bin").write_bytes(b"x")
    before = _files(place)
    ran = reconcile("sync", "orders", "--window", "2013-01-01/2013-01-03", "--dry-run")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert "2013-01-01: would copy 1 object, 1.0 kB" in lines
    assert "2013-01-01: would replace 1 object, 1.0 kB" in lines
    assert "2013-01-01: would delete 1 object, 1 byte" in lines
    assert "  foreign⟨U+000A⟩.bin" in lines
    assert "2013-01-01: would keep 5 objects, 5.0 kB" in lines
    assert "2013-01-02: would copy 7 objects, 7.0 kB" in lines
    assert "  … 2 more" in lines
    assert "in all: would copy 8 objects, 8.0 kB" in lines
    document = reconcile(
        *("sync", "orders", "--window", "2013-01-01", "--dry-run", "--format", "json")
    ).document
    assert document["dry_run"] is True
    assert document["windows"][0]["actions"]["replace"]["names"] == ["part-0.bin"]
    after = {name: content for name, content in _files(place).items() if "state" not in name}
    assert after == {name: content for name, content in before.items() if "state" not in name}


def test_a_rehearsal_tells_why_a_window_would_not_come_so_far(
    reconcile: CommandLine, place: Path
) -> None:
    (place / "source").rename(place / "elsewhere")
    ran = reconcile("sync", "orders", "--window", "2013-01-01", "--dry-run")
    assert ran.code == 2
    assert ran.err.startswith("error: 2013-01-01: ")
    assert ran.out == ""


def test_a_rehearsal_ends_with_what_it_would_ask_and_cost() -> None:
    action = sync_planning.PlannedAction(2, 2_000_000, ("a", "b"))
    traffic = {Side.SOURCE: Traffic(2, 2_000_000), Side.TARGET: Traffic(1, 0)}
    window = Calendar("UTC", Grain.DAY, date(2013, 1, 1)).window("2013-01-05")
    planned = sync_planning.PlannedSync(
        window, {Action.COPY: action}, traffic=traffic, cost=Decimal("0.0123")
    )
    assert plan_lines(planned, "USD")[-2:] == [
        "2013-01-05: about 2 requests to the source, 2.0 MB from it; "
        "1 request to the target, 0 bytes from it",
        "2013-01-05: about 0.012 USD",
    ]
    assert total_lines([planned, planned], "USD") == [
        "in all: would copy 4 objects, 4.0 MB",
        "in all: about 0.025 USD",
    ]
    unpriced = replace(planned, cost=None)
    assert len(total_lines([planned, unpriced], "USD")) == 1  # half a price is none


def test_the_status_lists_the_exact_holes(reconcile: CommandLine, place: Path) -> None:
    reconcile("sync", "orders", "--window", "2013-01-01/2013-01-03")
    (place / "source/day=2013-01-01/part-0.bin").write_bytes(b"rewritten")
    known = reconcile("sync", "orders", "--status", "--no-look")
    assert known.code == 3
    assert "not looked at" in known.out
    assert re.search(r"^2013-01  ✓✓!!!$", known.out, re.MULTILINE)
    seen = reconcile("sync", "orders", "--status", "--format", "json")
    assert seen.code == 3
    assert [(hole["span"], hole["state"]) for hole in seen.document["holes"]] == [
        ("2013-01-01", "incomplete"),
        ("2013-01-03/2013-01-06", "late"),
    ]
    assert seen.document["watermark"] is None
    some = reconcile("sync", "orders", "--status", "--window", "2013-01-02")
    assert (some.code, some.err) == (0, "")
    assert "COMPLETE. The one day due is complete." in some.out


def test_a_sync_is_listed_and_reported_as_what_it_is(reconcile: CommandLine) -> None:
    first = reconcile("sync", "orders", "--window", "2013-01-01", "--format", "json").document
    [run_id] = [window["run_id"] for window in first["windows"]]
    [listed] = reconcile("runs", "list", "--format", "json").document
    assert (listed["id"], listed["kind"], listed["verdict"]) == (run_id, "sync", "matched")
    assert re.search(rf"{run_id} +sync +orders@2013-01-01", reconcile("runs", "list").out)
    for named in ([run_id], ["latest", "--kind", "sync"], ["orders@2013-01-01", "--kind", "sync"]):
        report = reconcile("report", *named, "--format", "json")
        assert (report.code, report.document["windows"][0]["run_id"]) == (0, run_id)
    text = reconcile("report", run_id).out
    assert text.startswith("orders, source to target, 2013-01-01\n")
    assert reconcile("report", run_id, "--format", "markdown").out.startswith("# orders")
    assert reconcile("report", run_id, "--format", "html").out.startswith("<!DOCTYPE html>")
    none = reconcile("report", "orders@2013-01-01")
    assert none.code == 2
    assert "never ran; expected a reconciliation" in none.err


REFUSED = {
    "nothing": ([], "nothing says what to sync; expected --window"),
    "both": (["--status", "--dry-run"], "--status and --dry-run do not go together"),
    "backwards": (["--status", "--backwards"], "--status and --backwards do not go together"),
    "approved": (
        ["--status", "--approve-deletes", "me"],
        "--status and --approve-deletes do not go together",
    ),
    "unseen": (["--window", "2013-01-01", "--no-look"], "--no-look goes with --status only"),
    "unsaid": (["--window", "2013-01-01", "--approve-deletes", " "], "--approve-deletes says"),
    "no-window": (["--window", "2013-01-1"], "'2013-01-1' is not a window"),
    "too-early": (["--window", "2012-12-31"], "before the dataset's start"),
}


@pytest.mark.parametrize(("words", "told"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_meant_is_one_line_and_exit_2(
    reconcile: CommandLine, place: Path, words: list[str], told: str
) -> None:
    ran = reconcile("sync", "orders", *words)
    assert (ran.code, ran.out) == (2, "")
    assert told in ran.err
    assert len(ran.err.splitlines()) == 1
    assert not (place / "target").exists()


@pytest.mark.parametrize("words", [["--window", "2013-01-01"], ["--status"]])
def test_a_dataset_that_is_not_synchronised_says_what_to_add(
    reconcile: CommandLine, place: Path, words: list[str]
) -> None:
    (place / "datasets" / "orders.yaml").write_text(DATASET.format(folder=place))
    ran = reconcile("sync", "orders", *words)
    assert (ran.code, ran.out) == (2, "")
    assert "has no `sync` block" in ran.err
    assert "sync: {from: source, to: target}" in ran.err
    assert "orders.yaml" in ran.err


def test_the_brake_holds_until_somebody_approves(
    reconcile: CommandLine, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reconcile("sync", "orders", "--window", "2013-01-01")
    for part in range(5):
        (place / f"source/day=2013-01-01/part-{part}.bin").unlink()
    held = reconcile("sync", "orders", "--window", "2013-01-01", "--dry-run")
    assert "2013-01-01: should delete 5 objects" in held.out
    assert "would delete nothing, since 5 of 7 objects would be deleted" in held.out
    ran = reconcile("sync", "orders", "--window", "2013-01-01")
    assert "Nothing was deleted: 5 of 7 objects would be deleted" in ran.out
    assert "--approve-deletes" in ran.out
    assert len(_files(place / "target")) == 7
    approved = reconcile(
        *("sync", "orders", "--window", "2013-01-01", "--approve-deletes", "Mia: withdrawn"),
        *("--format", "json"),
    )
    assert approved.code == 0
    assert approved.document["objects"]["deleted"] == 5
    assert _files(place / "target") == {
        name: content
        for name, content in _files(place / "source").items()
        if name.startswith("day=2013-01-01")
    }


def test_why_a_window_came_to_no_end_is_told_once(
    reconcile: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = syncing.verify

    def broken(work: Any, run_id: str) -> None:
        if work.setting.state.runs.get(run_id).window == "2013-01-01":
            raise Transient("az://copy does not answer", next_step="try again later")
        whole(work, run_id)

    monkeypatch.setattr(syncing, "verify", broken)
    ran = reconcile("sync", "orders", "--window", "2013-01-01/2013-01-03")
    assert ran.code == 3
    assert "2013-01-01: not known (1 of 2 windows)" in ran.err
    assert "2013-01-02: complete (2 of 2 windows)" in ran.err
    assert (ran.out + ran.err).count("az://copy does not answer") == 1


def test_help_teaches(reconcile: CommandLine) -> None:
    shown = reconcile("sync", "--help")
    assert shown.code == 0
    for fact in (
        "--dry-run",
        "--backwards",
        "--approve-deletes",
        "--status",
        "Examples",
        "0 complete",
    ):
        assert fact in shown.out
    assert "sync" in reconcile("--help").out
