"""The story of the demonstration, from empty servers to a report that is known to be right."""

from __future__ import annotations

import shutil
import subprocess
import time
from functools import partial

from demo.airflow_log import telling
from demo.clouds import Clouds, make_places
from demo.commands import finish, run, run_into_log, start
from demo.findings import found_facts
from demo.flights import flights_of_january
from demo.ground_truth import Facts, GroundTruth, write_ground_truth
from demo.january import BREACHED_DAY, CLEAN_DAY, january
from demo.load import load
from demo.place import CHECKOUT, Place, take_over
from demo.scoreboard import scoreboard
from demo.standing_servers import remove_database, start_servers, stop_servers
from reconcile.config.datasets import find_dataset
from reconcile.history.calendar import Calendar
from reconcile.jobs.setting import Setting
from reconcile.model.dataset import Dataset
from reconcile.model.dead_letter import LetterStatus

_DATASET = "flights"
_DAG = f"daily_reconciliation__{_DATASET}"
_MONTH = "2013-01-01/2013-02-01"
_BREACHED = 1


def demonstrate(place: Place) -> bool:
    """Runs the whole demonstration and leaves its servers running.

    Returns:
        Whether what was found is what was injected, no more and no less.

    Raises:
        StepFailed: A command did not end as it must.
        RuntimeError: A server did not start.
    """
    began = time.monotonic()
    clear(place)
    place.log("demo").parent.mkdir(parents=True)
    _chapter("Two servers stand in for the clouds")
    print("An S3 server and Azurite start here; Azurite is fetched from npm the first time.")
    clouds = start_servers(place)
    environment = place.environment(clouds)
    take_over(environment)
    place.write_environment(environment)
    print(f"S3 answers at {clouds.s3.url}, Azurite at {clouds.blob.url}.")
    # Airflow makes its own database meanwhile: it takes a while, and nothing here needs it yet.
    migration_log = place.log("airflow-db-migrate")
    with migration_log.open("w") as output:
        migration = start(["airflow", "db", "migrate"], output=output)
        try:
            dataset = find_dataset(_DATASET, CHECKOUT / "dags" / "datasets")
            truths = _load(dataset, clouds, place)
            finish(migration, log=migration_log)
        finally:
            _end(migration)
    _run_dag(place)
    _chapter("The month, on the command line")
    print("The same steps without Airflow, window by window.")
    run(["reconcile", "run", _DATASET, "--window", _MONTH], expected=_BREACHED)
    _show_dead_letters()
    right = _compare_with_truth(dataset, truths)
    _back_up(dataset)
    _farewell(place, time.monotonic() - began)
    return right


def clear(place: Place) -> None:
    """Stops what an earlier demonstration started, and removes what it wrote."""
    if place.root.exists():
        for name in stop_servers(place):
            print(f"Stopped {name}.")
        remove_database(place)
        shutil.rmtree(place.root)
        print(f"Removed {place.root}.")


def _load(dataset: Dataset, clouds: Clouds, place: Place) -> dict[str, GroundTruth]:
    _chapter("The flights of January 2013, and a copy with known defects")
    days = january(flights_of_january())
    load(days, *make_places(dataset, clouds.environment()))
    truths = {sides.truth.window: sides.truth for sides in days.values()}
    write_ground_truth(truths, place.ground_truth)
    rows = sum(truth.facts.counts.source_rows for truth in truths.values())
    copied = sum(truth.facts.counts.target_rows for truth in truths.values())
    print(f"{rows:,} flights are in {dataset.source.location}, one partition a day.")
    print(f"{copied:,} rows are in the copy, {dataset.target.location}.")
    print(f"What was done to the copy, day by day, is written down in {place.ground_truth}.")
    return truths


def _run_dag(place: Place) -> None:
    _chapter("The DAG, for a clean day and for one that is not")
    print("Airflow runs every task of both days; the second is meant to fail at its verdict.")
    for day, expected in ((CLEAN_DAY, 0), (BREACHED_DAY, _BREACHED)):
        log = place.log(f"airflow-dags-test-{day}")
        run_into_log(
            ["airflow", "dags", "test", _DAG, day],
            log=log,
            telling=partial(telling, dataset=_DATASET),
            expected=expected,
        )
        print(f"  (all that Airflow said is in {log})")


def _show_dead_letters() -> None:
    _chapter("What was set aside")
    with Setting.open() as setting:
        counts = setting.state.dead_letters.counts_by_kind(
            dataset=_DATASET, status=LetterStatus.OPEN
        )
    for kind, letters in counts.items():
        if letters:
            print(f"{kind:<18} {letters:>6,}")
    print(f"{'all open':<18} {sum(counts.values()):>6,}")
    print("The DAG's two days were reconciled twice, and nothing of them was set aside twice.")
    run(["reconcile", "dead-letters", "list", "--dataset", _DATASET, "--limit", "5"])
    run(["reconcile", "runs", "list", "--limit", "5"])


def _compare_with_truth(dataset: Dataset, truths: dict[str, GroundTruth]) -> bool:
    _chapter("What was injected, and what was found")
    found = _found(dataset)
    print(scoreboard(truths, found))
    differences = [
        f"{window}: {line}"
        for window, truth in truths.items()
        for line in truth.facts.differences(found[window])
    ]
    for line in differences:
        print(f"DIFFERENT  {line}")
    if not differences:
        print("\nEverything injected was found, and nothing else: every count, column and letter.")
    return not differences


def _back_up(dataset: Dataset) -> None:
    _chapter("If the month were lost")
    assert dataset.snapshot is not None
    print(f"A snapshot of {dataset.source.location} goes to {dataset.snapshot.repository.location}")
    print("in the other cloud. All of it is read again; then it is restored beside, and its rows")
    print("are reconciled with the original.")
    run(["reconcile", "snapshot", "create", _DATASET])
    run(["reconcile", "snapshot", "verify", _DATASET, "--read", "all"])
    run(["reconcile", "snapshot", "drill", _DATASET])


def _found(dataset: Dataset) -> dict[str, Facts]:
    with Setting.open() as setting:
        return {
            window.name: found_facts(setting, dataset.name, window)
            for window in Calendar.of(dataset).span(_MONTH)
        }


def _farewell(place: Place, seconds: float) -> None:
    reports = sorted((place.artifacts / "spans").rglob("*.html"))
    _chapter(f"Done in {seconds:.0f} s")
    for report in reports:
        print(f"The report of the month, a page for the browser: {report}")
    print(f"The servers keep running. To go on by hand: source {place.environment_file}")
    print("To stop the servers and remove what was written: make down")


def _chapter(title: str) -> None:
    print(f"\n{title}\n{'-' * len(title)}", flush=True)


def _end(process: subprocess.Popen[str]) -> None:
    """Nothing of ours goes on in the background once something went wrong."""
    if process.poll() is None:
        process.terminate()
        process.wait()
