"""The `snapshot:` block: what it says, what it leaves to defaults, what it is refused for."""

import re
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconcile.config.datasets import load_dataset
from reconcile.config.effective import show
from reconcile.config.pools import named_pools
from reconcile.errors import BadConfiguration
from reconcile.model.discrepancy import Side
from reconcile.model.snapshot import (
    AtRest,
    KeyPlace,
    LockMode,
    LockRules,
    Objectives,
    RepositoryPlace,
    Retention,
    SnapshotRules,
)
from reconcile.model.sync import Limits

LEAST: dict[str, Any] = {"of": "target", "repository": "s3://backup/bookings"}
FULL: dict[str, Any] = {
    "of": "source",
    "repository": {
        "location": "s3://backup/bookings",
        "connection": "writer",
        "prune_connection": "pruner",
        "key": {"aws_kms": "alias/backup", "connection": "keys"},
        "lock": {"days": 35, "mode": "compliance"},
        "at_rest": {"kms_key": ""},
    },
    "copy": {
        "location": "az://backup/bookings",
        "key": {"azure_key_vault": "https://safe.vault.azure.net/keys/backup/0a1b"},
        "lock": {"days": 7},
        "at_rest": {"scope": "backups"},
    },
    "schedule": "0 7 * * *",
    "drill": "0 9 * * 0",
    "drill_to": "s3://scratch/drills",
    "verify": "12.5%",
    "settle": "90s",
    "retention": {
        "daily": 7,
        "weekly": 5,
        "monthly": 12,
        "yearly": 3,
        "keep_within": "14d",
        "tags": ["closing", "audit"],
    },
    "grace": "36h",
    "objectives": {"recovery_point": "26h", "recovery_time": "4h"},
    "erasure": "s3://backup-lists/erasure.parquet",
    "limits": {"parallel": 4, "bytes_per_second": "200MB", "requests_per_second": 0.5},
    "pool": "backups",
}
DATASET: dict[str, Any] = {
    "dataset": "bookings",
    "schedule": "0 5 * * *",
    "timezone": "UTC",
    "grain": "day",
    "start": "2013-01-01",
    "source": {"location": "s3://ops/bookings"},
    "target": {"location": "az://analytics/bookings", "connection": "lake"},
    "compare": {"match_key": ["id"]},
}


def write(folder: Path, snapshot: Any, **others: Any) -> Path:
    path = folder / "bookings.yaml"
    path.write_text(yaml.safe_dump({**DATASET, "snapshot": snapshot, **others}))
    return path


def loaded(folder: Path, snapshot: Any) -> SnapshotRules | None:
    return load_dataset(write(folder, snapshot), environ={}).snapshot


def problems(folder: Path, snapshot: Any, **others: Any) -> list[str]:
    path = write(folder, snapshot, **others)
    with pytest.raises(BadConfiguration) as caught:
        load_dataset(path, environ={})
    return [line.removeprefix(f"{path}:").partition(" ")[2] for line in caught.value.lines()]


def changed(path: str, value: Any) -> dict[str, Any]:
    content: Any = deepcopy(FULL)
    *steps, last = path.split(".")
    inner = content
    for step in steps:
        inner = inner[step]
    inner[last] = value
    return dict(content)


def test_the_least_a_backup_needs_leaves_the_rest_to_the_models_defaults(tmp_path: Path) -> None:
    assert loaded(tmp_path, LEAST) == SnapshotRules(
        of=Side.TARGET, repository=RepositoryPlace("s3://backup/bookings")
    )
    assert loaded(tmp_path, None) is None


def test_all_that_a_backup_can_say(tmp_path: Path) -> None:
    assert loaded(tmp_path, FULL) == SnapshotRules(
        of=Side.SOURCE,
        repository=RepositoryPlace(
            "s3://backup/bookings",
            "writer",
            "pruner",
            KeyPlace("aws_kms", "alias/backup", "keys"),
            LockRules(35, LockMode.COMPLIANCE),
            AtRest(kms_key=""),
        ),
        copy=RepositoryPlace(
            "az://backup/bookings",
            key=KeyPlace("azure_key_vault", "https://safe.vault.azure.net/keys/backup/0a1b"),
            lock=LockRules(7, LockMode.GOVERNANCE),
            at_rest=AtRest(scope="backups"),
        ),
        schedule="0 7 * * *",
        drill="0 9 * * 0",
        drill_to="s3://scratch/drills",
        verify=0.125,
        settle=timedelta(seconds=90),
        retention=Retention(7, 5, 12, 3, timedelta(days=14), ("closing", "audit")),
        grace=timedelta(hours=36),
        objectives=Objectives(timedelta(hours=26), timedelta(hours=4)),
        erasure="s3://backup-lists/erasure.parquet",
        limits=Limits(4, 200_000_000, 0.5),
        pool="backups",
    )


@pytest.mark.parametrize("snapshot", [LEAST, FULL, None], ids=["least", "full", "none"])
def test_what_is_shown_loads_as_what_it_was(tmp_path: Path, snapshot: Any) -> None:
    path = write(tmp_path, snapshot)
    dataset = load_dataset(path, environ={})
    path.write_text(yaml.safe_dump(show(dataset)))
    assert load_dataset(path, environ={}) == dataset


def test_a_backup_that_says_little_is_shown_with_every_key(tmp_path: Path) -> None:
    shown = show(load_dataset(write(tmp_path, LEAST), environ={}))["snapshot"]
    assert set(shown) == set(FULL)
    assert set(shown["repository"]) == set(FULL["repository"])
    assert set(shown["retention"]) == set(FULL["retention"])
    told = {word: shown[word] for word in ("verify", "settle", "grace", "pool")}
    assert told == {"verify": "5%", "settle": "10min", "grace": "1d", "pool": "snapshot_backup"}


def test_the_pool_of_a_backup_is_among_those_that_airflow_needs(tmp_path: Path) -> None:
    dataset = load_dataset(write(tmp_path, FULL), environ={})
    assert [(pool.name, pool.datasets) for pool in named_pools([dataset])] == [
        ("backups", ("bookings",))
    ]


def test_what_the_docs_show_loads_and_shows_every_key(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "datasets.md").read_text()
    least, whole = re.findall(r"```yaml\n(snapshot:.*?)```", page, re.DOTALL)
    assert loaded(tmp_path, yaml.safe_load(least)["snapshot"]) is not None
    said = yaml.safe_load(whole)["snapshot"]
    assert loaded(tmp_path, said) is not None
    assert set(said) == set(FULL)
    for key in [*FULL, *FULL["repository"]]:
        assert re.search(rf"^\| `{key}` \| ", page, re.MULTILINE), key


APART = "holds it or lies in it"


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        ("of", "both", "of: found 'both'; expected source or target"),
        ("repository", 5, "repository: found the number 5; expected a mapping with keys of loc"),
        ("repository", "gs://x", "repository.location: found gs://; expected s3://"),
        ("repository.location", "s3://b/*", "repository.location: found a pattern; expected a fol"),
        ("repository.key", {}, "repository.key: found no key; expected one of file, aws_kms, az"),
        ("repository.key", {"aws_kms": "a", "file": "b"}, "key: found file and aws_kms; expected"),
        ("repository.key", {"file": "s3://a/k"}, "key.file: found 's3://a/k'; expected a file of"),
        ("repository.key", {"file": "k", "connection": "c"}, "expected none: a file needs no"),
        ("copy.key", {"azure_key_vault": "backup"}, "found 'backup'; expected a key's address"),
        ("repository.lock", {"mode": "governance"}, "lock.days: found nothing; expected days"),
        ("repository.lock.days", 0, "lock.days: found the number 0; expected 1 or more"),
        ("repository.lock.mode", "firm", "lock.mode: found 'firm'; expected governance or compl"),
        ("repository.at_rest", {"scope": "x"}, "at_rest.scope: found an encryption scope; expect"),
        ("copy.at_rest", {"kms_key": "x"}, "copy.at_rest.kms_key: found a key of KMS; expected no"),
        ("schedule", "@daily", "schedule: found '@daily'; expected five cron fields"),
        ("verify", "101%", "verify: found '101%'; expected a share such as 5% or 0.05"),
        ("verify", -0.1, "verify: found the number -0.1; expected a share such as 5%"),
        ("verify", "NaN%", "verify: found 'NaN%'; expected a share"),
        ("settle", "10", "settle: found '10'; expected a duration"),
        ("retention.hourly", 1, "the unknown key 'hourly'"),
        ("retention.daily", -1, "retention.daily: found the number -1; expected 0 or more"),
        ("retention.keep_within", "2 weeks", "found '2 weeks'; expected a time such as 90min, 24h"),
        ("grace", "59min", "grace: found 59min; expected 1h or more"),
        ("objectives.recovery_time", "0h", "recovery_time: found no time at all; expected a time"),
        ("limits.parallel", 0, "limits.parallel: found the number 0; expected 1 or more"),
        ("repository.location", "s3://ops/bookings/backup", f"`source`, or one that {APART}"),
        ("repository.location", "s3://ops", "repository: found the folder of `source`, or one t"),
        ("copy.location", "s3://backup", "copy.at_rest.scope: found an encryption scope"),
        ("drill_to", "s3://backup/bookings/x", "drill_to: found the folder of `repository`"),
        ("drill_to", "az://backup", "drill_to: found the folder of `copy`, or one that holds it"),
        ("drill_to", "s3://ops/bookings", "drill_to: found the folder of `source`, or one"),
        ("drill_to", "az://analytics/bookings/x", "drill_to: found the folder of `target`, or on"),
        ("drill_to", "s3://scratch/[ab]", "drill_to: found a pattern; expected a folder"),
    ],
)
def test_a_wrong_key_is_refused_with_its_path(
    tmp_path: Path, path: str, value: Any, complaint: str
) -> None:
    (line,) = problems(tmp_path, changed(path, value))
    assert line.startswith("snapshot.")
    assert complaint in line


@pytest.mark.parametrize("there", ["s3://backup/bookings", "s3://backup", "s3://backup/bookings/x"])
def test_a_copy_in_the_repository_is_no_copy(tmp_path: Path, there: str) -> None:
    (line,) = problems(tmp_path, LEAST | {"copy": there})
    assert line.startswith("snapshot.copy: found the folder of `repository`, or one that holds it")


def test_buckets_of_the_same_name_behind_two_connections_are_two(tmp_path: Path) -> None:
    there = {"location": "s3://backup/bookings", "connection": "other_site"}
    assert loaded(tmp_path, LEAST | {"copy": there}) is not None


def test_a_connection_does_not_hide_that_the_repository_lies_in_its_side(tmp_path: Path) -> None:
    inside = {"location": "s3://ops/bookings/backup", "connection": "writer"}
    (line,) = problems(tmp_path, LEAST | {"repository": inside})
    assert "found the folder of `source`" in line


def test_local_folders_are_compared_as_the_system_would_find_them(tmp_path: Path) -> None:
    side = {"location": str(tmp_path / "data")}
    inside = str(tmp_path / "elsewhere" / ".." / "data" / "backup")
    (line,) = problems(tmp_path, LEAST | {"repository": inside}, source=side)
    assert "found the folder of `source`" in line
    beside = str(tmp_path / "data-backup")
    path = write(tmp_path, LEAST | {"repository": beside}, source=side)
    assert load_dataset(path, environ={}).snapshot is not None


def test_the_key_does_not_lie_in_what_it_locks(tmp_path: Path) -> None:
    place = {"location": "/srv/backup", "key": {"file": "/srv/backup/key"}}
    (line,) = problems(tmp_path, LEAST | {"repository": place})
    assert "repository.key.file: found a file in the repository; expected a place apart" in line


def test_a_location_and_a_key_file_may_refer_to_the_environment(tmp_path: Path) -> None:
    place = {"location": "${BACKUP}/bookings", "key": {"file": "${KEYS}/backup"}}
    path = write(tmp_path, LEAST | {"repository": place})
    rules = load_dataset(path, environ={"BACKUP": "s3://b", "KEYS": "/etc/keys"}).snapshot
    assert rules is not None
    assert rules.repository.location == "s3://b/bookings"
    assert rules.repository.key == KeyPlace("file", "/etc/keys/backup")
