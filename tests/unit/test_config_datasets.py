"""Dataset files: one, a folder of them, and what is shown of them."""

import errno
import os
import subprocess
import sys
from collections import Counter
from copy import deepcopy
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconcile.config.dataset_entry import DatasetEntry
from reconcile.config.datasets import datasets_folder, find_dataset, load_dataset, load_datasets
from reconcile.config.effective import show
from reconcile.errors import BadConfiguration, BadInput, NotFound
from reconcile.history.calendar import Calendar
from reconcile.model.dataset import Dataset, DatasetSide, OnBreach, Ready
from reconcile.model.expectation import ExpectationSeverity, ExpectationSubject
from reconcile.model.notice import Channel, Recipient
from reconcile.model.rules import CompareRules
from reconcile.model.window import Grain

FLIGHTS = Path(__file__).parents[2] / "dags/datasets/flights.yaml"
MINIMAL: dict[str, Any] = {
    "dataset": "bookings",
    "schedule": "0 5 * * *",
    "timezone": "UTC",
    "grain": "day",
    "start": "2013-01-01",
    "source": {"location": "s3://ops/bookings"},
    "target": {"location": "az://analytics/bookings"},
    "compare": {"match_key": ["id"]},
}
FULL: dict[str, Any] = {
    **MINIMAL,
    "end": "2014-01-01",
    "description": "Bookings",
    "owner": "sales",
    "ready": {"marker": "_SUCCESS", "timeout": "90min"},
    "source": {
        "location": "s3://o/b",
        "partition": "d={window:%Y%m%d}",
        "connection": "aws",
        "asset": "raw bookings",
    },
    "target": {"location": "az://a/b", "partition": "{window}"},
    "columns": {"pii": ["name"]},
    "expectations": {
        "result": [
            {"expect_column_values_to_be_between": {"column": "matched_share", "min_value": 0.999}}
        ],
        "source": [
            {"expect_column_values_to_not_be_null": {"column": "a"}, "severity": "info", "id": "a"}
        ],
    },
    "on_breach": "warn",
    "on_arrival": True,
    "notify": [{"mail": ["ops@airline.example"]}, {"slack": "slack_ops"}, {"teams": "teams_ops"}],
    "slots": 3,
    "pool": "heavy",
    "queue": "azure",
    "strategy": "fingerprint",
    "dead_letters": {"max_rows": 10},
    "resolution": {"value_mismatch": "source"},
    "sync": {"from": "source", "to": "target", "schedule": "0 3 * * *"},
    "snapshot": {
        "of": "target",
        "repository": "s3://backup/b",
        "drill": "0 9 * * 0",
        "retention": {"daily": 7, "weekly": 5, "monthly": 12},
    },
}


def write(folder: Path, content: Any, name: str = "bookings.yaml") -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    return path


def changed(path: str, value: Any, base: dict[str, Any] = FULL) -> dict[str, Any]:
    content: Any = deepcopy(base)
    *steps, last = path.split(".")
    inner = content
    for step in steps:
        inner = inner.setdefault(step, {})
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return dict(content)


def problems(folder: Path, content: Any) -> tuple[str, ...]:
    path = write(folder, content)
    with pytest.raises(BadConfiguration) as caught:
        load_dataset(path, environ={})
    assert all(line.startswith(f"{path}:") for line in caught.value.lines())
    return tuple(line.removeprefix(f"{path}:") for line in caught.value.lines())


def test_the_least_a_dataset_needs(tmp_path: Path) -> None:
    path = write(tmp_path, MINIMAL)
    assert load_dataset(path) == Dataset(
        name="bookings",
        source=DatasetSide("s3://ops/bookings"),
        target=DatasetSide("az://analytics/bookings"),
        compare=CompareRules(match_key=("id",)),
        schedule="0 5 * * *",
        timezone="UTC",
        grain=Grain.DAY,
        start=date(2013, 1, 1),
        path=str(path),
    )


def test_all_that_a_dataset_can_say(tmp_path: Path) -> None:
    dataset = load_dataset(write(tmp_path, FULL))
    assert dataset.ready == Ready(marker="_SUCCESS", timeout=timedelta(minutes=90))
    assert dataset.source == DatasetSide("s3://o/b", "d={window:%Y%m%d}", "aws", "raw bookings")
    assert (dataset.on_breach, dataset.slots, dataset.pool) == (OnBreach.WARN, 3, "heavy")
    assert dataset.queue == "azure"
    assert (dataset.max_dead_letters, dataset.pii, dataset.end) == (10, ("name",), date(2014, 1, 1))
    assert dataset.on_arrival
    assert dataset.notify == (
        Recipient(Channel.MAIL, "smtp_default", ("ops@airline.example",)),
        Recipient(Channel.SLACK, "slack_ops"),
        Recipient(Channel.TEAMS, "teams_ops"),
    )
    assert sorted(dataset.reserved) == ["resolution"]
    assert dataset.sync is not None
    assert dataset.snapshot is not None
    result, source = dataset.expectations
    assert (source.id, source.severity) == ("a", ExpectationSeverity.INFO)
    assert (result.subject, result.severity) == (
        ExpectationSubject.RESULT,
        ExpectationSeverity.CRITICAL,
    )
    assert result.arguments == {"column": "matched_share", "min_value": 0.999}
    assert result.id == "result.expect_column_values_to_be_between.dfe62d07"
    assert Calendar.of(dataset).window("2013-12-31").name == "2013-12-31"


@pytest.mark.parametrize("content", [MINIMAL, FULL, FLIGHTS.read_text()])
def test_what_is_shown_loads_as_what_it_was(tmp_path: Path, content: Any) -> None:
    path = write(tmp_path, content)
    dataset = load_dataset(path)
    write(tmp_path, show(dataset))
    assert load_dataset(path) == dataset


def test_the_flights_of_the_demo_load() -> None:
    flights = load_dataset(FLIGHTS)
    assert flights.name == "flights"
    assert len(Calendar.of(flights).span("2013-01-01/2014-01-01")) == 365
    assert {e.severity for e in flights.expectations} == set(ExpectationSeverity)


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        ("dataset", "Bookings", "dataset: found 'Bookings'; expected a name of a-z, 0-9 and `_`"),
        ("dataset", "a" * 101, "at most 100 characters"),
        ("owner", "a" * 251, "expected text of 250 characters at most"),
        ("strategy", "luck", "expected auto, checksum, fingerprint, sketch or join"),
        ("queue", "a" * 251, "expected text of 250 characters at most"),
        ("pool", "a" * 251, "expected text of 250 characters at most"),
        ("description", "a\0b", "description: found a character that cannot be stored"),
        ("timezone", "x/" * 9000, "…; expected a name such as"),
        ("schedule", "0" + ",0" * 900 + " 5 * * *", "expected five cron fields"),
        ("dataset", "a-b", "dataset: found 'a-b'"),
        ("dataset", ..., "dataset: found nothing; expected the dataset's name"),
        ("compare", {}, "compare.match_key: found nothing; expected the columns that say"),
        ("schedule", "0 5,6 * * *", "schedule: found '0 5,6 * * *', which ticks at 01 Jan 05:00"),
        ("schedule", "@daily", "expected five cron fields"),
        ("notify", [{}], "notify[0]: found no channel; expected one of {mail:"),
        ("notify", [{"slack": "a", "teams": "b"}], "notify[0]: found slack and teams; expected"),
        ("notify", [{"slack": "a", "connection": "b"}], "notify[0].connection: found a connection"),
        ("notify", [{"mail": ["a@b.example\nBcc: c"]}], "notify[0].mail[0]: found 'a@b"),
        ("notify", [{"mail": []}], "notify[0].mail: found a list; expected a list that is not"),
        (
            "notify",
            [{"slack": "hooks.slack.com/services/T0/B0/x"}],
            "notify[0].slack: found an address, which is a secret; expected the name of a Conn",
        ),
        ("source.asset", "self", "source.asset: found 'self'; expected a name that Airflow takes"),
        ("schedule", 5, "schedule: found the number 5; expected five cron fields"),
        ("timezone", "Mars/Olympus", "timezone: found 'Mars/Olympus'"),
        ("timezone", ..., "timezone: found nothing; expected a time zone"),
        ("grain", "week", "grain: found 'week'; expected hour, day or month"),
        ("start", "2013-02-30", "start: found '2013-02-30'; expected a date such as 2013-01-01"),
        ("start", 2013, "start: found the number 2013; expected a date"),
        ("end", "2013-01-01", "end: found 2013-01-01; expected a day after the start"),
        ("ready", {"timeout": "6h"}, "ready: found neither of `marker` and `quiet_for`"),
        ("ready.quiet_for", "10min", "ready: found both of `marker` and `quiet_for`"),
        ("ready.timeout", "0s", "ready.timeout: found no time at all"),
        ("source.location", "", "source.location: found empty text; expected s3://"),
        ("source.location", "gs://x", "source.location: found gs://; expected s3://"),
        ("source.location", "s3:///x", "names no bucket or container"),
        ("source.location", "s3://o/*.parquet", "found a pattern, with a partition below"),
        ("source.location", "${HOME_OF_OPS}/x", "the environment variable HOME_OF_OPS"),
        ("source.location", "${}", "begins no reference"),
        ("source.partition", "d={window:%Y-%m}", "source.partition: found 'd={window:%Y-%m}'"),
        ("source.partition", "../{window}", "source.partition: found '../{window}': an absolute"),
        ("source.partition", ..., "target: found a partition on one side only"),
        ("source.bucket", "x", "source.bucket: found the unknown key 'bucket'"),
        ("target", FULL["source"], "target: found the same place as `source`"),
        ("slots", 0, "slots: found the number 0; expected 1 or more"),
        ("slots", 10**9, "slots: found the number 1000000000; expected 256 or less"),
        ("slots", True, "slots: found true; expected a whole number"),
        ("slots", 1.5, "slots: found the number 1.5; expected a whole number"),
        ("on_breach", "ignore", "on_breach: found 'ignore'; expected fail or warn"),
        ("dead_letters.max_rows", -1, "dead_letters.max_rows: found the number -1"),
        ("columns.pii", "name", "columns.pii: found 'name'; expected a list"),
        ("snapshot.of", "both", "snapshot.of: found 'both'; expected source or target"),
        ("snapshot.retention.hourly", 1, "the unknown key 'hourly'"),
        ("resolution", [], "resolution: found a list; expected a mapping"),
        ("description", ["x"], "description: found a list; expected text"),
        ("strat", "x", "strat: found the unknown key 'strat' (did you mean 'start'?)"),
        ("expectations.sources", [], "did you mean 'source'?"),
        ("expectations.source", [{"severity": "info"}], "source[0]: found no expectation"),
        ("expectations.source", ["x"], "expectations.source[0]: found 'x'; expected {expect_"),
        ("expectations.source", [{"ExpectX": {}}], "found 'ExpectX'; expected an expectation's"),
        ("expectations.source", [{"expect_x": []}], "source[0].expect_x: found a list"),
        ("expectations.source", [{"expect_x": {}, "severty": 1}], "did you mean 'severity'?"),
        ("expectations.source", [{"expect_x": {}, "severity": 1}], "expected critical, warning"),
        ("expectations.source", [{"expect_x": {}, "id": "a b"}], "source[0].id: found 'a b'"),
        ("expectations.source", [{"expect_x": {}}] * 2, "source[1]: found the expectation"),
    ],
)
def test_a_wrong_key_is_refused_with_its_path(
    tmp_path: Path, path: str, value: Any, complaint: str
) -> None:
    (line,) = problems(tmp_path, changed(path, value))
    assert complaint in line


def test_a_marker_lies_in_a_folder(tmp_path: Path) -> None:
    sides = {side: {"location": f"s3://{side}/*.parquet"} for side in ("source", "target")}
    (line, _) = problems(tmp_path, MINIMAL | sides | {"ready": {"marker": "_SUCCESS"}})
    assert "source.location: found a pattern, beside a `ready` marker; expected a folder" in line


@pytest.mark.parametrize(
    ("grain", "schedule", "partition", "start"),
    [("month", "0 5 1 * *", "m={window:%Y-%m}", "2013-01-15")],
)
def test_a_month_begins_on_its_first(
    tmp_path: Path, grain: str, schedule: str, partition: str, start: str
) -> None:
    content = MINIMAL | {"grain": grain, "schedule": schedule, "start": start}
    (line,) = problems(tmp_path, content)
    assert "start: found 2013-01-15; expected 2013-01-01" in line


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("source.connection", "DefaultEndpointsProtocol=https;AccountKey=Zm9vYmFy"),
        ("source.location", "https://user:Zm9vYmFy@host/x"),
        ("source.location", "az://c/x?sv=1&sig=Zm9vYmFy"),
        ("description", "use AWS_SECRET_ACCESS_KEY=Zm9vYmFy"),
        ("resolution.note", "password=Zm9vYmFy"),
        ("source.AccountKey=Zm9vYmFy", "x"),
    ],
)
def test_a_secret_is_refused_and_never_repeated(tmp_path: Path, path: str, value: str) -> None:
    lines = problems(tmp_path, changed(path, value))
    assert "looks like a secret" in lines[0]
    assert not [line for line in lines if "Zm9vYmFy" in line]


def test_a_location_may_refer_to_the_environment(tmp_path: Path) -> None:
    path = write(tmp_path, changed("source.location", "${OPS}/bookings"))
    assert load_dataset(path, environ={"OPS": "s3://ops"}).source.location == "s3://ops/bookings"
    with pytest.raises(BadConfiguration, match="variable OPS"):
        load_dataset(path, environ={"OPS": ""})
    with pytest.raises(BadConfiguration, match="looks like a secret") as caught:
        load_dataset(path, environ={"OPS": "az://c?sig=Zm9vYmFy"})
    assert "Zm9vYmFy" not in str(caught.value)


def test_every_problem_of_a_file_is_told(tmp_path: Path) -> None:
    content = "dataset: X\nslots: 0\nslots: 1\nstrat: 1\ncompare: {match_key: []}\n"
    lines = problems(tmp_path, content)
    told = [line.split(": found")[0].split(": ")[-1] for line in lines]
    wrong = ["dataset", "slots", "slots", "strat", "compare.match_key"]
    absent = ["schedule", "timezone", "grain", "start", "source", "target"]
    assert sorted(told) == sorted(wrong + absent)


def test_a_broken_file_takes_nothing_from_the_others(tmp_path: Path) -> None:
    write(tmp_path, MINIMAL)
    write(tmp_path, changed("slots", 0), "broken.yaml")
    write(tmp_path, "a: [", "cut.yml")
    (tmp_path / "folder.yaml").mkdir()
    write(tmp_path, "ignored", "notes.txt")
    write(tmp_path, "ignored", ".hidden.yaml")
    datasets, broken = load_datasets(tmp_path)
    assert [dataset.name for dataset in datasets] == ["bookings"]
    assert [Path(file.path).name for file in broken] == ["broken.yaml", "cut.yml", "folder.yaml"]
    assert [len(file.problems) for file in broken] == [1, 1, 1]


def test_what_is_no_file_a_person_wrote_takes_nothing_from_the_others(tmp_path: Path) -> None:
    write(tmp_path, MINIMAL, "Bookings.YAML")
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "round.yaml").symlink_to(tmp_path / "round.yaml")
    (tmp_path / "nowhere.yaml").symlink_to(tmp_path / "nothing")
    (tmp_path / "latin.yaml").write_bytes("dataset: café".encode("latin-1"))
    (tmp_path / "wide.yaml").write_bytes(yaml.safe_dump(MINIMAL).encode("utf-16"))
    (tmp_path / "large.yaml").write_bytes(b"# padding\n" * 200_000)
    write(tmp_path, "a: &a [x, x]\nb: &b [*a, *a]\n" + "c: [*b, *b]\n" * 20_000, "bomb.yaml")
    for backup in ("bookings.yaml~", "#bookings.yaml#", ".bookings.yaml.swp", "bookings.yaml.orig"):
        write(tmp_path, MINIMAL, backup)
    datasets, broken = load_datasets(tmp_path)
    assert [Path(dataset.path).name for dataset in datasets] == ["Bookings.YAML"]
    wrong = ["bomb", "large", "latin", "nowhere", "pipe", "round", "wide"]
    assert [Path(file.path).stem for file in broken] == wrong
    assert {len(file.problems) for file in broken} == {1}
    assert find_dataset("bookings", tmp_path) == datasets[0]


def test_a_file_that_may_not_be_read_takes_nothing_from_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(path: Path, *arguments: Any, **settings: Any) -> Any:
        if path.stem == "closed":
            raise PermissionError(errno.EACCES, "denied", str(path))
        return as_it_was(path, *arguments, **settings)

    as_it_was = Path.open
    write(tmp_path, MINIMAL)
    write(tmp_path, changed("dataset", "other"), "closed.yaml")
    monkeypatch.setattr(Path, "open", opened)  # a superuser's tests may read everything
    datasets, broken = load_datasets(tmp_path)
    assert [dataset.name for dataset in datasets] == ["bookings"]
    (file,) = broken
    assert (file.name, "may not be read" in file.problems[0]) == ("closed", True)


def test_an_error_that_nobody_foresaw_is_the_matter_of_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made(entry: DatasetEntry, *, path: str) -> Dataset:
        if path.endswith("odd.yaml"):
            raise ZeroDivisionError("s3cret")
        return as_it_was(entry, path=path)

    as_it_was = DatasetEntry.made
    monkeypatch.setattr(DatasetEntry, "made", made)
    write(tmp_path, MINIMAL)
    odd = write(tmp_path, changed("dataset", "odd"), "odd.yaml")
    datasets, broken = load_datasets(tmp_path)
    assert [dataset.name for dataset in datasets] == ["bookings"]
    (line,) = broken[0].problems
    assert line.startswith(f"{odd}: something went wrong that nobody foresaw: ZeroDivisionError")
    assert "s3cret" not in line


def test_every_file_is_read_once_and_one_dataset_is_found_without_checking_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, checked = Counter[str](), Counter[str]()
    open_, made = Path.open, DatasetEntry.made

    def opened(path: Path, *arguments: Any, **settings: Any) -> Any:
        read[path.stem] += 1
        return open_(path, *arguments, **settings)

    def counted(entry: DatasetEntry, *, path: str) -> Dataset:
        checked[entry.dataset] += 1
        return made(entry, path=path)

    names = [f"part_{number}" for number in range(9)]
    for name in names:
        write(tmp_path, changed("dataset", name), f"file_{name}.yaml")
    monkeypatch.setattr(Path, "open", opened)
    monkeypatch.setattr(DatasetEntry, "made", counted)
    load_datasets(tmp_path)
    assert set(read.values()) == set(checked.values()) == {1}
    checked.clear()
    assert find_dataset("part_7", tmp_path).name == "part_7"
    assert checked == {"part_7": 1}


def test_a_name_is_found_however_yaml_spells_it(tmp_path: Path) -> None:
    write(
        tmp_path, yaml.safe_dump(MINIMAL).replace("bookings\n", '"book\\u0069ngs"\n', 1), "x.yaml"
    )
    assert find_dataset("bookings", tmp_path).name == "bookings"
    write(tmp_path, MINIMAL, "y.yaml")
    with pytest.raises(BadConfiguration, match="2 configuration errors"):
        find_dataset("bookings", tmp_path)


def test_one_dataset_in_two_files_names_both(tmp_path: Path) -> None:
    paths = [write(tmp_path, MINIMAL, name) for name in ("a.yaml", "b.yaml")]
    write(tmp_path, changed("dataset", "other"), "c.yaml")
    datasets, broken = load_datasets(tmp_path)
    assert [dataset.name for dataset in datasets] == ["other"]
    assert [file.path for file in broken] == [str(path) for path in paths]
    assert all(str(path) in broken[0].problems[0] for path in paths)
    with pytest.raises(BadConfiguration):
        find_dataset("bookings", tmp_path)


def test_a_dataset_is_found_by_its_name(tmp_path: Path) -> None:
    write(tmp_path, MINIMAL, "any_name.yaml")
    write(tmp_path, changed("dataset", "broken") | {"slots": 0}, "another.yaml")
    assert find_dataset("bookings", tmp_path).name == "bookings"
    with pytest.raises(BadConfiguration, match="slots"):
        find_dataset("broken", tmp_path)
    with pytest.raises(NotFound, match=r"did you mean 'bookings'\?.*expected one of bookings, bro"):
        find_dataset("booking", tmp_path)
    with pytest.raises(NotFound, match="no folder of dataset files at"):
        find_dataset("bookings", tmp_path / "absent")


def test_the_folder_comes_from_the_environment() -> None:
    assert datasets_folder({"RECONCILE_DATASETS": "/x"}) == Path("/x")
    assert datasets_folder({}) == Path("dags/datasets")
    assert datasets_folder({}, default=Path("/dags/d")) == Path("/dags/d")
    with pytest.raises(BadInput, match="RECONCILE_DATASETS is empty"):
        datasets_folder({"RECONCILE_DATASETS": ""})


def test_loading_configuration_imports_nothing_heavy() -> None:
    heavy = "pandas pyarrow duckdb sqlalchemy boto3 azure great_expectations airflow numpy"
    program = (
        "import sys, reconcile.config.datasets, reconcile.config.rules\n"
        f"print([m for m in {heavy.split()!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    assert done.stdout.strip() == b"[]"
