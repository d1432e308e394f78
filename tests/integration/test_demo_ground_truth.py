"""What the comparison finds in the demonstration's days is what was put there: no more, no less."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from demo.clouds import Clouds, make_places
from demo.days import TwoSides
from demo.findings import found_facts
from demo.flights import flights_of_january
from demo.ground_truth import facts_from_json, read_ground_truth, write_ground_truth
from demo.january import DAYS, SEED, january
from demo.load import load, load_day
from demo.servers import BlobEndpoint, S3Endpoint
from reconcile.config.datasets import load_dataset
from reconcile.history.calendar import Calendar
from reconcile.jobs.comparing import compare_rows
from reconcile.jobs.pins import pin
from reconcile.jobs.resources import Resources
from reconcile.jobs.running import run_window
from reconcile.jobs.setting import Setting
from reconcile.model.dataset import Dataset
from reconcile.model.discrepancy import Kind, Side
from reconcile.model.rules import FindingKind
from reconcile.stores.clients import EnvironmentClients
from reconcile.stores.local import LocalStore

FLIGHTS = load_dataset(Path(__file__).parents[2] / "dags/datasets/flights.yaml")
DATES = [date(2013, 1, day) for day in range(1, 32)]
RUN_DAYS = [date(2013, 1, day) for day in (2, 10, 15, 17, 21, 23, 28)]

# The month is read and spoiled once, on one worker.
pytestmark = pytest.mark.xdist_group("demo")


@pytest.fixture(scope="module")
def days() -> dict[date, TwoSides]:
    return january(flights_of_january())


@pytest.fixture(scope="module")
def folders(days: dict[date, TwoSides], tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """The month in two folders, and the dataset that compares them."""
    root = tmp_path_factory.mktemp("january")
    load(days, LocalStore(root / "source"), LocalStore(root / "target"))
    return between(FLIGHTS, str(root / "source"), str(root / "target"))


def between(dataset: Dataset, source: str, target: str) -> Dataset:
    return replace(
        dataset,
        source=replace(dataset.source, location=source),
        target=replace(dataset.target, location=target),
    )


def test_the_source_is_every_flight_of_january(days: dict[date, TwoSides]) -> None:
    assert list(days) == DATES
    written = sum(file.table.num_rows for sides in days.values() for file in sides.source)
    assert written == 27_004


@pytest.mark.parametrize("on", DATES, ids=str)
def test_each_day_is_found_to_be_what_was_done_to_it(
    on: date, days: dict[date, TwoSides], folders: Dataset, tmp_path: Path
) -> None:
    window = Calendar.of(folders).window(str(on))
    pins = pin(folders, window, EnvironmentClients({}))
    compared = compare_rows(
        pins.listings[Side.SOURCE],
        pins.listings[Side.TARGET],
        folders.compare,
        discrepancies=tmp_path / "discrepancies.parquet",
        resources=Resources.of(memory=None, threads=1),
    )
    truth = days[on].truth.facts
    found = facts_from_json(compared.result.to_json(), letters=truth.letters)
    assert list(truth.differences(found)) == []
    assert found == truth


def test_every_kind_of_discrepancy_is_injected(days: dict[date, TwoSides]) -> None:
    truths = [sides.truth.facts for sides in days.values()]
    for kind in Kind:
        assert any(truth.counts.of(kind) for truth in truths), kind
    assert any(f.kind is FindingKind.TYPE_CHANGED for truth in truths for f in truth.schema)
    spoiled = [on.day for on, sides in days.items() if sides.truth.facts.counts.discrepancies]
    assert set(spoiled) <= DAYS.keys()


def test_a_seed_makes_the_same_days_and_another_seed_others() -> None:
    flights = flights_of_january()
    first, again, other = (january(flights, seed=seed) for seed in (SEED, SEED, SEED + 1))
    assert first == again
    assert first != other


def test_the_truth_survives_its_file(days: dict[date, TwoSides], tmp_path: Path) -> None:
    truths = {sides.truth.window: sides.truth for sides in days.values()}
    write_ground_truth(truths, tmp_path / "truth.json")
    assert read_ground_truth(tmp_path / "truth.json") == truths


def test_a_finding_too_many_or_too_few_is_a_difference(days: dict[date, TwoSides]) -> None:
    truth = days[date(2013, 1, 5)].truth.facts
    counts = replace(truth.counts, missing_in_target=truth.counts.missing_in_target + 1)
    assert list(truth.differences(replace(truth, counts=counts, columns={}))) == [
        "counts.missing_in_target: injected 7, found 8",
        "columns.arr_delay: injected 5, found 0",
    ]
    assert list(truth.differences(truth)) == []


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    """The dataset in a bucket and a container that no other test uses."""
    place = f"demo-{uuid.uuid4().hex[:12]}"
    return between(FLIGHTS, f"s3://{place}/flights", f"az://{place}/flights")


@pytest.fixture(scope="module")
def setting(
    dataset: Dataset,
    days: dict[date, TwoSides],
    s3_endpoint: S3Endpoint,
    blob_endpoint: BlobEndpoint,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Setting]:
    """A state of its own over the two clouds, with the days of `RUN_DAYS` in them."""
    folder = tmp_path_factory.mktemp("state")
    environ = Clouds(s3_endpoint, blob_endpoint).environment()
    environ["RECONCILE_STATE"] = f"sqlite:///{folder / 'state.db'}"
    stores = make_places(dataset, environ)
    for on in RUN_DAYS:
        load_day(on, days[on], *stores)
    with Setting.open(environ=environ, clients=EnvironmentClients(environ), threads=1) as opened:
        yield opened


@pytest.mark.servers
@pytest.mark.parametrize("on", RUN_DAYS, ids=str)
def test_a_run_over_both_clouds_finds_and_sets_aside_what_was_done(
    on: date, days: dict[date, TwoSides], dataset: Dataset, setting: Setting
) -> None:
    window = Calendar.of(dataset).window(str(on))
    outcome = run_window(setting, dataset, window)
    assert outcome.error is None
    truth = days[on].truth.facts
    assert outcome.verdict is truth.verdict
    found = found_facts(setting, dataset.name, window)
    assert list(truth.differences(found)) == []
    assert found == truth


@pytest.mark.servers
def test_running_a_day_again_sets_nothing_aside_twice(
    days: dict[date, TwoSides], dataset: Dataset, setting: Setting
) -> None:
    on = date(2013, 1, 28)
    window = Calendar.of(dataset).window(str(on))
    for _ in range(2):
        assert run_window(setting, dataset, window).error is None
        assert found_facts(setting, dataset.name, window) == days[on].truth.facts
