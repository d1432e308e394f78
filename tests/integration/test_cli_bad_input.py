"""Each wrong input is one clear line and an exit code; nothing is on standard output."""

from pathlib import Path

import pytest

from tests.integration.command_line import CommandLine, command_line, write_dataset, write_rows


@pytest.fixture
def reconcile(capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return command_line(capsys)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with good and bad files and a state of its own."""
    write_rows(tmp_path / "good.parquet")
    write_rows(tmp_path / "named.parquet", id=["a", "b", "c", "d", "e"])
    (tmp_path / "text.parquet").write_text("these are no rows")
    (tmp_path / "zero.parquet").write_bytes(b"")
    whole = (tmp_path / "good.parquet").read_bytes()
    (tmp_path / "cut.parquet").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "empty").mkdir()
    (tmp_path / "unknown.yaml").write_text("match_key: [id]\ncolunms: {}\n")
    (tmp_path / "doubled.yaml").write_text("match_key: [id]\nmatch_key: [id]\n")
    monkeypatch.setenv("RECONCILE_DATASETS", str(write_dataset(tmp_path)))
    monkeypatch.setenv("RECONCILE_STATE", f"sqlite:///{tmp_path / 'state' / 'state.db'}")
    monkeypatch.delenv("RECONCILE_ARTIFACTS", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


COMPARE = {
    "missing file": ("absent.parquet good.parquet --key id", "absent.parquet does not exist"),
    "missing folder": ("absent/ good.parquet --key id", "absent does not exist"),
    "empty folder": ("empty good.parquet --key id", "holds no data file"),
    "text": ("text.parquet good.parquet --key id", "text.parquet cannot be read as Parquet"),
    "zero bytes": ("good.parquet zero.parquet --key id", "zero bytes"),
    "truncated": ("cut.parquet good.parquet --key id", "cut.parquet cannot be read as Parquet"),
    "unknown scheme": ("gs://bucket/x good.parquet --key id", "gs://"),
    "key absent": ("good.parquet good.parquet --key nope", "'nope' is on neither side"),
    "no key": ("good.parquet good.parquet", "--key"),
    "empty key": ("good.parquet good.parquet --key id,", "'id,'"),
    "keys that do not compare": ("good.parquet named.parquet --key id", "int64"),
    "unknown key in rules": ("good.parquet good.parquet --rules unknown.yaml", "'colunms'"),
    "doubled key in rules": ("good.parquet good.parquet --rules doubled.yaml", "doubled.yaml:2"),
    "no rules file": ("good.parquet good.parquet --rules absent.yaml", "absent.yaml"),
    "two keys": ("good.parquet good.parquet --rules doubled.yaml --key amount", "two match keys"),
    "unknown strategy": ("good.parquet good.parquet --key id --strategy luck", "'luck'"),
    "engine not built": ("good.parquet good.parquet --key id --engine spark", "'spark'"),
    "bad memory": ("good.parquet good.parquet --key id --memory lots", "'lots'"),
    "bad threads": ("good.parquet good.parquet --key id --threads 0", "found 0"),
    "threads in words": ("good.parquet good.parquet --key id --threads two", "--threads"),
    "unknown format": ("good.parquet good.parquet --key id --format xml", "'xml'"),
    "no target": ("good.parquet", "Missing argument 'TARGET'"),
    "output folder absent": (
        "good.parquet named.parquet --key amount --discrepancies absent/out.parquet",
        "no folder",
    ),
    "output is a folder": (
        "good.parquet named.parquet --key amount --discrepancies empty",
        "empty is a folder",
    ),
}
OTHERS = {
    "no command": ("config", "Missing command"),
    "unknown command": ("frobnicate", "'frobnicate'"),
    "unknown option": ("compare a b --kee id", "--kee"),
    "missing dataset": ("run weather --window 2013-01-01", "no dataset 'weather'"),
    "no window": ("run orders", "'--window'"),
    "window before the start": ("run orders --window 2012-12-31", "before the dataset's start"),
    "malformed window": ("run orders --window yesterday", "'yesterday' is not a window"),
    "span without windows": ("run orders --window 2013-01-02/2013-01-02", "holds no window"),
    "rehearsal in the future": ("run orders --window 2999-01-01 --dry-run", "has not ended"),
    "nothing ran": ("report latest", "nothing ran yet"),
    "window that never ran": ("report orders@2013-01-01", "never ran"),
    "unknown run": ("report 20130101T000000-orders-abc", "there is no run"),
    "report into no folder": ("report latest --output absent/x.html", "no folder"),
    "unknown letter": ("dead-letters show 7", "there is no dead letter 7"),
    "letters of a window of nothing": ("dead-letters list --window 2013-01-01", "--dataset"),
    "check of a missing dataset": ("check weather", "no dataset 'weather'"),
    "no folder of datasets": ("config validate --datasets absent", "absent"),
    "one name wrong": ("config validate order", "did you mean"),
}


@pytest.mark.parametrize(
    ("line", "words"),
    [(f"compare {line}", words) for line, words in COMPARE.values()] + list(OTHERS.values()),
    ids=[*COMPARE, *OTHERS],
)
def test_wrong_input_is_one_line_and_exit_code_2(
    reconcile: CommandLine, folder: Path, line: str, words: str
) -> None:
    ran = reconcile(*line.split())
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: ")
    assert words in ran.err
    assert "Traceback" not in ran.err
    assert ran.err.count("\n") == 1


def test_every_problem_of_a_dataset_file_is_told_at_once(
    reconcile: CommandLine, folder: Path
) -> None:
    wrong = [
        *("dataset: orders", "schedule: daily", "timezone: Mars", "grain: week", "start: soon"),
        *("slots: many", "on_breach: shrug", "ownr: me", "source: {}", "compare: {match_key: []}"),
    ]
    (folder / "datasets" / "orders.yaml").write_text("\n".join(wrong))
    for command in ("config validate", "run orders --window 2013-01-01"):
        ran = reconcile(*command.split())
        assert (ran.code, ran.out) == (2, "")
        errors = [line for line in ran.err.splitlines() if line.startswith("error: ")]
        assert len(errors) >= 10
        for key in ("schedule", "timezone", "grain", "start", "slots", "on_breach", "ownr"):
            assert any(key in line for line in errors)


def test_a_state_database_that_does_not_answer_is_exit_code_3_without_its_password(
    reconcile: CommandLine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECONCILE_STATE", "postgresql://someone:sesame@127.0.0.1:1/reconcile")
    ran = reconcile("runs", "list")
    assert (ran.code, ran.out) == (3, "")
    retries, error = ran.err.splitlines()[:-1], ran.err.splitlines()[-1]
    assert error.startswith("error: state database postgresql://127.0.0.1:1/reconcile does not")
    assert all(line.startswith("trying again in ") for line in retries)
    assert "sesame" not in ran.err


def test_a_window_in_the_future_is_exit_code_2(reconcile: CommandLine, folder: Path) -> None:
    ran = reconcile("run", "orders", "--window", "2999-01-01")
    assert (ran.code, ran.out) == (2, "")
    progress, error = ran.err.splitlines()
    assert progress == "2999-01-01: no verdict (1 of 1 window)"
    assert error.startswith("error: 2999-01-01: window 2999-01-01 has not ended; found it ends")


def test_a_window_absent_on_both_sides_is_exit_code_3(reconcile: CommandLine, folder: Path) -> None:
    ran = reconcile("run", "orders", "--window", "2013-01-03")
    assert ran.code == 3
    assert ran.err == "2013-01-03: no verdict (1 of 1 window)\n"
    assert "2013-01-03: window 2013-01-03 of dataset orders is absent on both sides" in ran.out


def test_an_error_nobody_foresaw_is_named_and_nothing_of_it_repeated(
    reconcile: CommandLine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("password=sesame")

    monkeypatch.setattr("reconcile.jobs.compare.find_objects", fail)
    command = ("compare", "good.parquet", "good.parquet", "--key", "id")
    ran = reconcile(*command)
    assert (ran.code, ran.out) == (3, "")
    assert "ZeroDivisionError" in ran.err
    assert "--debug" in ran.err
    assert "sesame" not in ran.err
    assert ran.err.count("\n") == 1
    for place in (0, 2, 5):
        debugged = reconcile(*command[:place], "--debug", *command[place:])
        assert debugged.code == 3
        assert "Traceback" in debugged.err


def test_an_interruption_is_quiet_and_exit_code_130(
    reconcile: CommandLine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("reconcile.jobs.compare.find_objects", interrupt)
    ran = reconcile("compare", "good.parquet", "good.parquet", "--key", "id")
    assert (ran.code, ran.out, ran.err) == (130, "", "")
