"""The demonstration says what happened: it fails when a step does, and leaves nothing behind."""

import json
import os
import re
import signal
import sys
from dataclasses import replace
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from demo import __main__ as command_line
from demo.airflow_log import telling
from demo.clouds import Clouds, make_places
from demo.commands import StepFailed, run, run_into_log
from demo.days import EXACT_COPY
from demo.ground_truth import Facts, GroundTruth
from demo.place import CHECKOUT, Place, take_over
from demo.processes import Detached, accepts
from demo.runner import clear
from demo.scoreboard import scoreboard
from demo.servers import BlobEndpoint, S3Endpoint
from demo.standing_servers import start_servers, stop_servers
from reconcile.config.datasets import find_dataset
from reconcile.model.dead_letter import LetterKind
from reconcile.model.result import Counts, Verdict

CLOUDS = Clouds(
    S3Endpoint("http://127.0.0.1:1", "key", "se'cret"),
    BlobEndpoint("http://127.0.0.1:2/account", "account", "key"),
)
EQUAL = Facts(Counts(source_rows=9, target_rows=9, matched=9), {}, (), Verdict.MATCHED, {})
LOST = Facts(
    counts=Counts(source_rows=9, target_rows=7, matched=7, missing_in_target=2),
    columns={},
    schema=(),
    verdict=Verdict.BREACHED,
    letters={LetterKind.MISSING_IN_TARGET: 2},
)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(tmp_path / ".demo")
    place.log("any").parent.mkdir(parents=True)
    return place


def python(program: str) -> list[str]:
    return [sys.executable, "-c", program]


def test_of_airflows_log_each_tasks_end_and_the_verdict_are_shown() -> None:
    log = """\
2026-01-01T00:00:00.1Z [info     ] window 2013-01-05 of flights: named [reconcile.x] loc=s.py:1
2026-01-01T00:00:00.1Z [info     ] [DAG TEST] starting task_id=report map_index=-1 [airflow] loc=d
2026-01-01T00:00:00.2Z [info     ] Task instance state updated [airflow] rows_affected=1
2026-01-01T00:00:00.3Z [info     ] Task instance state updated [airflow] new_state=success ti_id=1
2026-01-01T00:00:00.4Z [info     ] [DAG TEST] end task task_id=report map_index=-1 [airflow]
2026-01-01T00:00:00.5Z [info     ] [DAG TEST] starting task_id=verdict map_index=-1 [airflow]
2026-01-01T00:00:00.6Z [info     ] flights@2013-01-04 matched: All 9 rows. [reconcile.s] loc=s.py:1
airflow.sdk.exceptions.AirflowFailException: flights@2013-01-05 breached: 2 rows. Report: /r.html
2026-01-01T00:00:00.7Z [info     ] Task instance state updated [airflow] new_state=failed ti_id=1
"""
    assert list(telling(log.splitlines(keepends=True), dataset="flights")) == [
        "report    success",
        "flights@2013-01-04 matched: All 9 rows.",
        "flights@2013-01-05 breached: 2 rows. Report: /r.html",
        "verdict   failed",
    ]


def test_a_command_that_ends_otherwise_than_it_must_stops_the_story(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    run(python("print('hello'); raise SystemExit(1)"), expected=1)
    assert capfd.readouterr().out.endswith("\nhello\n")
    with pytest.raises(StepFailed, match="ended with 3, expected 1"):
        run(python("raise SystemExit(3)"), expected=1)
    with pytest.raises(StepFailed, match=re.escape(str(tmp_path / "log"))):
        run_into_log(python("1/0"), log=tmp_path / "log", telling=iter)
    assert "ZeroDivisionError" in (tmp_path / "log").read_text()


def test_the_scoreboard_sets_what_was_injected_beside_what_was_found() -> None:
    truths = {
        "2013-01-01": GroundTruth("2013-01-01", EXACT_COPY, EQUAL),
        "2013-01-02": GroundTruth("2013-01-02", "two rows were lost", LOST),
    }
    found = {"2013-01-01": EQUAL, "2013-01-02": replace(LOST, counts=EQUAL.counts)}
    lines = [" ".join(line.split()) for line in scoreboard(truths, found).splitlines()]
    assert lines[2:] == [
        "2013-01-02 2 0 0 0 2 2 two rows were lost",
        "1 others 0 0 0 0 0 0 an exact copy",
        "all 2 0 0 0 2 2",
    ]


def test_somebodys_own_cloud_is_out_of_reach(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        os, "environ", {**os.environ, "AWS_PROFILE": "prod", "AZURE_TENANT_ID": "t"}
    )
    take_over(place.environment(CLOUDS))
    assert "AWS_PROFILE" not in os.environ
    assert "AZURE_TENANT_ID" not in os.environ
    assert os.environ["AWS_ENDPOINT_URL_S3"] == CLOUDS.s3.url
    assert os.environ["PATH"].startswith(str(Path(sys.executable).parent))


def test_a_shell_that_sources_the_file_sees_the_same_variables(
    place: Place, capfd: pytest.CaptureFixture[str]
) -> None:
    place.write_environment(place.environment(CLOUDS))
    run(["sh", "-c", f'. "{place.environment_file}"; env -0'])
    shown = dict(
        line.split("=", 1) for line in capfd.readouterr().out.split("\n", 2)[2].split("\0") if line
    )
    assert place.environment(CLOUDS).items() <= shown.items()


@pytest.mark.servers
def test_servers_stay_until_they_are_cleared_away(place: Place) -> None:
    clouds = start_servers(place)
    try:
        ports = [int(re.search(r":(\d+)", url[6:])[1]) for url in (clouds.s3.url, clouds.blob.url)]
        assert all(map(accepts, ports))
        clear(place)
        assert not any(map(accepts, ports))
        assert not place.root.exists()
        clear(place)  # nothing there is fine, too
    finally:
        stop_servers(place)


@pytest.mark.servers
def test_places_that_exist_are_used(s3_endpoint: S3Endpoint, blob_endpoint: BlobEndpoint) -> None:
    """`make up` goes on where `make demo` has been."""
    environment = Clouds(s3_endpoint, blob_endpoint).environment()
    dataset = find_dataset("flights", CHECKOUT / "dags" / "datasets")
    source, target = make_places(dataset, environment)
    source.put("there", b"1")
    target.put("there", b"2")
    again = make_places(dataset, environment)
    assert [store.get("there") for store in again] == [b"1", b"2"]


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        pytest.param(True, 0, id="right"),
        pytest.param(False, 1, id="other findings"),
        pytest.param(StepFailed("`airflow` ended with 3"), 1, id="a step failed"),
        pytest.param(KeyboardInterrupt(), 130, id="interrupted"),
    ],
)
def test_the_exit_code_says_how_it_ended(
    ending: bool | BaseException,
    code: int,
    place: Place,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def demonstrated(_: Place) -> bool:
        if isinstance(ending, BaseException):
            raise ending
        return ending

    monkeypatch.setattr(command_line, "demonstrate", demonstrated)
    monkeypatch.setattr(sys, "argv", ["demo", "--root", str(place.root)])
    assert command_line.main() == code
    assert place.root.exists() is (code != 130)


def test_an_airflow_that_is_up_is_not_cleared_away_by_the_demonstration(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    here = psutil.Process()
    process = Detached("airflow scheduler", here.pid, here.create_time(), int(signal.SIGTERM))
    place.servers.write_text(json.dumps([vars(process)]))
    monkeypatch.setattr(sys, "argv", ["demo", "--root", str(place.root)])
    assert command_line.main() == 1
    assert "make down" in capsys.readouterr().err
    assert place.servers.exists()
