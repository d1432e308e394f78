"""`reconcile snapshot` at a terminal: what it says, where, and with which exit code."""

from __future__ import annotations

import json
import re
import shutil
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconcile.cli.main import run
from reconcile.jobs.setting import Setting
from reconcile.jobs.snapshots.at_work import HELD
from reconcile.jobs.snapshots.restoring import restoring
from tests.integration.command_line import DATASET, CommandLine, command_line, write_rows

BACKUP = """\
snapshot:
  of: target
  repository: {folder}/repository
  copy: {folder}/second
  retention: {{daily: 1}}
  settle: 0s
"""
DAYS = ("2013-01-01", "2013-01-02", "2013-01-03")


def _declare(folder: Path, *, block: str = BACKUP) -> None:
    (folder / "datasets").mkdir(exist_ok=True)
    text = DATASET.format(folder=folder) + block.format(folder=folder)
    (folder / "datasets" / "orders.yaml").write_text(text)


def _use(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILE_DATASETS", str(folder / "datasets"))
    monkeypatch.setenv("RECONCILE_STATE", f"sqlite:///{folder / 'state' / 'state.db'}")
    monkeypatch.delenv("RECONCILE_ARTIFACTS", raising=False)
    monkeypatch.delenv("RECONCILE_PRICES", raising=False)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three days of `orders`: saved and verified, changed, and saved again."""
    folder = tmp_path_factory.mktemp("made")
    for side in ("source", "target"):
        for day in DAYS:
            write_rows(folder / side / f"day={day}" / "part.parquet", rows=50)
    _declare(folder)
    with pytest.MonkeyPatch.context() as monkeypatch:
        _use(folder, monkeypatch)
        assert run(["snapshot", "create", "orders", "--tag", "first"]) == 0
        assert run(["snapshot", "verify", "orders", "--read", "all"]) == 0
        write_rows(folder / "target" / "day=2013-01-02" / "part.parquet", rows=60)
        assert run(["snapshot", "create", "orders"]) == 0
    return folder


@pytest.fixture
def place(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one's own with all of it."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    _declare(tmp_path)
    _use(tmp_path, monkeypatch)
    return tmp_path


@pytest.fixture
def nothing_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a dataset of which there is no snapshot."""
    write_rows(tmp_path / "target" / "day=2013-01-01" / "part.parquet")
    _declare(tmp_path)
    _use(tmp_path, monkeypatch)
    return tmp_path


@pytest.fixture
def reconcile(capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return command_line(capsys)


def _files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def _ids(reconcile: CommandLine) -> list[str]:
    """The snapshots, oldest first."""
    document = reconcile("snapshot", "list", "orders", "--format", "json").document
    return [one["id"] for one in document["snapshots"]][::-1]


def _damage(place: Path) -> None:
    """The piece of content that both snapshots hold loses its bytes: the one of fewer rows."""
    pieces = [path for path in (place / "repository" / "chunks").rglob("*") if path.is_file()]
    shared = min(pieces, key=lambda path: path.stat().st_size)
    shared.write_bytes(b"x" * shared.stat().st_size)


def test_a_rehearsed_create_says_what_would_be_read_and_makes_nothing(
    reconcile: CommandLine, nothing_saved: Path
) -> None:
    ran = reconcile("snapshot", "create", "orders", "--dry-run")
    assert ran.code == 0
    assert re.search(r"would hold 1 object, [\d.]+ \S+, of which 1 would be read", ran.out)
    assert not (nothing_saved / "repository").exists()
    document = reconcile("snapshot", "create", "orders", "--dry-run", "--format", "json").document
    assert (document["dataset"], document["dry_run"], document["read"]) == ("orders", True, 1)


def test_what_is_unchanged_is_not_read_again(reconcile: CommandLine, place: Path) -> None:
    write_rows(place / "target" / "day=2013-01-01" / "part.parquet", rows=70)
    shutil.rmtree(place / "state")  # another machine goes on from the repository alone
    reconcile("snapshot", "create", "orders")
    ran = reconcile("snapshot", "create", "orders", "--tag", "closing")
    assert ran.code == 0
    assert re.search(r"^Snapshot \S+-orders-\S+: 3 objects, \S+ \S+; 0 read, 0 bytes new", ran.out)
    assert "Next: reconcile snapshot verify orders latest" in ran.out
    newest = reconcile("snapshot", "list", "orders", "--format", "json").document["snapshots"][0]
    assert (newest["tags"], newest["new_bytes"], newest["state"]) == (["closing"], 0, "unverified")


def test_a_list_says_how_each_stands_the_newest_first(reconcile: CommandLine, place: Path) -> None:
    ran = reconcile("snapshot", "list", "orders")
    assert (ran.code, ran.err) == (0, "")
    rows = ran.out.splitlines()
    assert "? unverified" in rows[1]
    assert "✓ good" in rows[2]
    assert rows[2].endswith("first")
    assert rows[-1] == "2 snapshots: 1 good, 1 unverified."


def test_a_window_of_a_dataset_is_saved_by_itself(reconcile: CommandLine, place: Path) -> None:
    ran = reconcile("snapshot", "create", "orders", "--window", "2013-01-01/2013-01-03")
    assert ran.code == 0
    assert ": 2 objects" in ran.out
    assert "2013-01-01 to 2013-01-02" in reconcile("snapshot", "list", "orders").out


def test_a_verification_says_how_much_it_read(reconcile: CommandLine, place: Path) -> None:
    none = reconcile("snapshot", "verify", "orders", "latest", "--read", "none")
    assert none.code == 0
    assert "0 bytes of " in none.out
    every = reconcile("snapshot", "verify", "orders", "--read", "all", "--format", "json")
    assert (every.code, every.document["sound"], every.document["share"]) == (0, True, 1.0)
    assert every.document["read_bytes"] == every.document["bytes"] > 0


def test_damage_is_named_and_not_restored(reconcile: CommandLine, place: Path) -> None:
    _damage(place)
    ran = reconcile("snapshot", "verify", "orders", "--read", "all")
    assert ran.code == 1
    assert "Not as it was stored: " in ran.out
    assert "part.parquet" in ran.out
    assert "Next: reconcile snapshot create orders stores again" in ran.out
    assert "✗ damaged" in reconcile("snapshot", "list", "orders").out
    refused = reconcile("snapshot", "restore", "orders", "--to", place / "back")
    assert refused.code in (1, 2)
    assert _files(place / "back") == {}
    assert reconcile("snapshot", "report", "orders", "--check").code == 1


def test_a_restore_brings_everything_back(reconcile: CommandLine, place: Path) -> None:
    back = place / "back"
    _, newest = _ids(reconcile)
    words = ("snapshot", "restore", "orders", "--to", back, "--at", newest)
    rehearsed = reconcile(*words, "--dry-run")
    assert rehearsed.code == 0
    assert rehearsed.out.startswith("Nothing was written: ")
    assert _files(back) == {}
    ran = reconcile(*words)
    assert ran.code == 0
    assert _files(back) == _files(place / "target")
    assert "Every byte and every row is as the snapshot says." in ran.out
    again = reconcile(*words, "--format", "json")
    assert (again.code, again.document["written"], again.document["already"]) == (0, 0, 3)
    assert again.document["proven"] is True


def test_nothing_is_written_over_unless_asked_for(reconcile: CommandLine, place: Path) -> None:
    back = place / "back"
    (back / "day=2013-01-01").mkdir(parents=True)
    (back / "day=2013-01-01" / "part.parquet").write_bytes(b"mine")
    (back / "foreign.txt").write_bytes(b"x")
    before = _files(back)
    rehearsed = reconcile("snapshot", "restore", "orders", "--to", back, "--dry-run")
    assert rehearsed.code == 1
    assert "Next: restore into another place, or over what lies there with --replace" in (
        rehearsed.out
    )
    refused = reconcile("snapshot", "restore", "orders", "--to", back)
    assert (refused.code, refused.out) == (2, "")
    assert "--replace" in refused.err
    assert _files(back) == before
    ran = reconcile("snapshot", "restore", "orders", "--to", back, "--replace")
    assert ran.code == 0
    assert "1 of them in another's place" in ran.out
    assert "foreign.txt" in ran.out
    assert (back / "foreign.txt").exists()


def test_a_time_and_the_beginning_of_an_id_name_a_snapshot(
    reconcile: CommandLine, place: Path
) -> None:
    oldest, newest = _ids(reconcile)
    words = ("snapshot", "restore", "orders", "--dry-run", "--format", "json", "--to", place / "b")
    assert reconcile(*words).document["id"] == oldest  # the newest good one
    assert reconcile(*words, "--at", newest[:-4]).document["id"] == newest
    assert reconcile(*words, "--at", "2999-01-01").document["id"] == oldest
    assert reconcile(*words, "--window", "2013-01-03").document["objects"] == 1
    too_early = reconcile(*words, "--at", "2013-01-01T00:00Z")
    assert (too_early.code, too_early.out) == (2, "")
    assert "Next: " in too_early.err


def test_a_held_snapshot_stays_until_it_is_released(reconcile: CommandLine, place: Path) -> None:
    oldest, _ = _ids(reconcile)
    held = reconcile("snapshot", "hold", "orders", oldest, "--because", "case 4711")
    assert held.code == 0
    assert f"Snapshot {oldest} is held: case 4711 (" in held.out
    shown = reconcile("snapshot", "prune", "orders", "--format", "json").document
    [kept] = [
        one for one in shown["repositories"][0]["plan"]["decisions"] if one["snapshot"] == oldest
    ]
    assert kept["keep"] is True
    assert any("case 4711" in reason for reason in kept["reasons"])
    [listed] = [
        one
        for one in reconcile("snapshot", "list", "orders", "--format", "json").document["snapshots"]
        if one["holds"]
    ]
    assert re.fullmatch(r".+@.+", listed["holds"][0]["by"])
    released = reconcile("snapshot", "release", "orders", oldest, "--because", "closed")
    assert released.code == 0
    assert "is held by nobody" in released.out


def test_prune_shows_and_acts_only_when_told(reconcile: CommandLine, place: Path) -> None:
    assert reconcile("snapshot", "verify", "orders", "--read", "all").code == 0
    reconcile("snapshot", "copy", "orders")
    oldest, newest = _ids(reconcile)
    before = _files(place / "repository")
    shown = reconcile("snapshot", "prune", "orders")
    assert shown.code == 0
    assert re.search(rf"{newest} +keep", shown.out)
    assert re.search(rf"{oldest} +remove", shown.out)
    assert "Nothing was removed. Next: reconcile snapshot prune orders --apply" in shown.out
    assert _files(place / "repository") == before
    done = reconcile("snapshot", "prune", "orders", "--apply")
    assert done.code == 0
    assert f"1 removed: {oldest}" in done.out
    assert _ids(reconcile) == [newest]
    assert "There is nothing to remove." in reconcile("snapshot", "prune", "orders").out


def test_a_copy_is_whole_by_itself(reconcile: CommandLine, place: Path) -> None:
    oldest, _ = _ids(reconcile)
    ran = reconcile("snapshot", "copy", "orders")
    assert ran.code == 0
    assert f"Snapshot {oldest} is at " in ran.out
    assert "already" in reconcile("snapshot", "copy", "orders", oldest).out
    assert reconcile("snapshot", "verify", "orders", "--copy", "--read", "all").code == 0
    shutil.rmtree(place / "repository")
    lost = reconcile("snapshot", "restore", "orders", "--to", place / "back")
    assert lost.code == 2
    assert "reconcile snapshot list orders --copy" in lost.err
    back = reconcile("snapshot", "restore", "orders", "--to", place / "back", "--copy")
    assert back.code == 0
    assert len(_files(place / "back")) == 3


def test_a_drill_proves_a_restore_and_the_report_says_so(
    reconcile: CommandLine, place: Path
) -> None:
    ran = reconcile("snapshot", "drill", "orders")
    assert ran.code == 0
    assert "recovery time" in ran.out
    report = reconcile("snapshot", "report", "orders", "--format", "json")
    assert report.code == 0
    [trial] = report.document["trials"]
    assert (trial["action"], trial["proven"]) == ("drill", True)
    assert report.document["recovery_time"]["seconds"] > 0


def test_the_report_is_written_in_every_format(reconcile: CommandLine, place: Path) -> None:
    text = reconcile("snapshot", "report", "orders")
    assert (text.code, text.out.splitlines()[0][:20]) == (0, "Snapshots of orders,")
    assert "1 of 2 snapshots is good" in " ".join(text.out.split())
    page = reconcile(
        "snapshot", "report", "orders", "--format", "html", "--output", place / "p.html"
    )
    assert (page.code, page.out) == (0, "")
    assert (place / "p.html").read_text().startswith("<!DOCTYPE html>")
    checked = reconcile("snapshot", "report", "orders", "--check", "--format", "json")
    assert checked.code == 1  # not copied yet
    assert [one["next"] for one in checked.document["findings"]] == [
        "`reconcile snapshot copy orders`"
    ]
    assert json.dumps(checked.document)


def test_a_key_is_made_once_and_never_shown(reconcile: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "orders.key"
    ran = reconcile("snapshot", "key", file)
    assert ran.code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    secret = file.read_text()
    assert secret.strip() not in ran.out + ran.err
    assert "Keep a copy elsewhere" in ran.err
    again = reconcile("snapshot", "key", file)
    assert (again.code, file.read_text()) == (2, secret)
    nowhere = reconcile("snapshot", "key", tmp_path / "none" / "orders.key")
    assert nowhere.code == 2
    assert "Next: make the folder" in nowhere.err


def test_a_lost_key_is_not_taken_for_a_repository_without_snapshots(
    reconcile: CommandLine, nothing_saved: Path
) -> None:
    place = "{{location: {folder}/sealed, key: {{file: {folder}/k}}}}"
    block = "snapshot: {{of: target, repository: " + place + "}}"
    _declare(nothing_saved, block=block)
    assert reconcile("snapshot", "key", nothing_saved / "k").code == 0
    assert reconcile("snapshot", "create", "orders").code == 0
    assert reconcile("snapshot", "list", "orders").code == 0
    (nothing_saved / "k").unlink()
    lost = [reconcile("snapshot", *words) for words in (["list", "orders"], ["drill", "orders"])]
    for ran in lost:
        assert (ran.code, ran.out) == (2, "")
        assert f"no key file {nothing_saved / 'k'}" in ran.err
    report = reconcile("snapshot", "report", "orders", "--check")
    assert report.code == 3
    assert "no key file" in report.out
    assert reconcile("snapshot", "key", nothing_saved / "k").code == 0
    wrong = reconcile("snapshot", "list", "orders")
    assert wrong.code == 2
    assert "is not the key of this repository" in wrong.err


COMMANDS = {
    "list": ["list", "orders"],
    "verify": ["verify", "orders", "latest"],
    "restore": ["restore", "orders", "--to", "back"],
    "copy": ["copy", "orders"],
    "drill": ["drill", "orders"],
    "hold": ["hold", "orders", "latest", "--because", "why"],
    "prune": ["prune", "orders"],
}


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_without_a_snapshot_each_command_says_how_to_make_one(
    reconcile: CommandLine, nothing_saved: Path, words: list[str]
) -> None:
    ran = reconcile("snapshot", *words)
    assert (ran.code, ran.out) == (2, "")
    assert "there is no snapshot of orders yet" in ran.err
    assert "reconcile snapshot create orders" in ran.err
    assert not (nothing_saved / "repository").exists()


def test_the_report_of_nothing_says_that_nothing_is_protected(
    reconcile: CommandLine, nothing_saved: Path
) -> None:
    ran = reconcile("snapshot", "report", "orders", "--check")
    assert ran.code == 1
    assert "NOT PROTECTED" in ran.out
    assert "reconcile snapshot create orders" in ran.out


REFUSED = {
    "no dataset": (["list", "none"], "none"),
    "window": (["create", "orders", "--window", "2013-13-05"], "'2013-13-05' is not a window"),
    "tag": (["create", "orders", "--tag", " "], "--tag says nothing"),
    "share": (["verify", "orders", "--read", "5"], "--read 5 is no share of the data"),
    "much": (["verify", "orders", "--read", "101%"], "--read 101% is no share of the data"),
    "nan": (["verify", "orders", "--read", "nan%"], "--read nan% is no share of the data"),
    "id": (["verify", "orders", "nonsense"], "no snapshot of orders begins with 'nonsense'"),
    "empty id": (["verify", "orders", ""], "no snapshot of orders begins with ''"),
    "climbing": (["verify", "orders", "../../etc"], "no snapshot of orders begins with"),
    "several": (["verify", "orders", "2"], "2 snapshots of orders begin with '2'"),
    "at": (
        ["restore", "orders", "--to", "back", "--at", "2013-13-05"],
        "expected a time (2013-11-05T07:00Z), a day, an id",
    ),
    "to": (["restore", "orders", "--to", "ftp://x/y"], "ftp"),
    "no to": (["restore", "orders"], "--to"),
    "no reason": (["hold", "orders", "latest", "--because", " "], "--because says nothing"),
    "markdown": (["report", "orders", "--format", "markdown"], "not written as markdown"),
    "output": (["report", "orders", "--output", "/none/x.html"], "no folder /none"),
    "both": (["prune", "orders", "--no-such-option"], "--no-such-option"),
}


@pytest.mark.parametrize(("words", "told"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_meant_is_one_line_with_a_next_step(
    reconcile: CommandLine, place: Path, words: list[str], told: str
) -> None:
    before = _files(place / "repository")
    ran = reconcile("snapshot", *words)
    assert (ran.code, ran.out) == (2, "")
    assert told in ran.err
    assert len(ran.err.splitlines()) == 1
    assert "Next: " in ran.err
    assert _files(place / "repository") == before


@pytest.mark.parametrize("words", [*COMMANDS.values(), ["create", "orders"], ["report", "orders"]])
def test_a_dataset_that_is_not_backed_up_says_what_to_add(
    reconcile: CommandLine, place: Path, words: list[str]
) -> None:
    _declare(place, block="")
    ran = reconcile("snapshot", *words)
    assert (ran.code, ran.out) == (2, "")
    assert "has no `snapshot` block" in ran.err
    assert "orders.yaml" in ran.err


def test_an_interrupted_restore_says_to_run_it_again(
    reconcile: CommandLine, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(restoring, "restore", interrupted)
    ran = reconcile("snapshot", "restore", "orders", "--to", place / "back")
    assert ran.code == 130
    assert "interrupted. Next: run the same command again" in ran.err


def test_other_work_on_the_snapshots_is_named_and_waited_for(
    reconcile: CommandLine, place: Path
) -> None:
    with Setting.open() as setting:
        now = datetime.now(UTC)
        setting.state.leases.acquire("orders", HELD, "theirs", now=now, ttl=timedelta(minutes=5))
    ran = reconcile("snapshot", "create", "orders")
    assert (ran.code, ran.out) == (3, "")
    assert "other work on the snapshots of orders is going on; found run theirs" in ran.err
    assert "Next: wait for it, then run this again" in ran.err
    assert "window" not in ran.err


def test_help_teaches(reconcile: CommandLine) -> None:
    shown = reconcile("snapshot", "--help")
    assert shown.code == 0
    for name in ("create", "list", "verify", "restore", "drill", "copy", "prune", "hold"):
        assert name in shown.out
        told = reconcile("snapshot", name, "--help")
        assert told.code == 0
        assert "Examples" in told.out
        assert "Exit codes" in told.out
    assert "snapshot" in reconcile("--help").out
