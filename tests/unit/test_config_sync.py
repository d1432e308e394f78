"""The `sync:` block of a dataset file."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from reconcile.config.datasets import load_dataset
from reconcile.config.effective import show, show_yaml
from reconcile.errors import BadConfiguration
from reconcile.model.discrepancy import Side
from reconcile.model.sync import Brake, Gap, Limits, OnUnproven, SyncRules

LEAST: dict[str, Any] = {"from": "source", "to": "target"}
FULL: dict[str, Any] = {
    "from": "target",
    "to": "source",
    "schedule": "0 3 * * *",
    "deletes": "propagate",
    "brake": {"share": 0.25, "objects": 7},
    "unproven": "accept",
    "server_side": False,
    "look_back": 31,
    "gaps": [
        {"start": "2013-01-10", "end": "2013-01-12", "reason": "moved"},
        {"start": "2013-12-31", "end": "2014-01-01", "reason": "strike"},
    ],
    "limits": {
        "source": {"parallel": 4, "bytes_per_second": "200MB", "requests_per_second": 0.5},
        "target": {"bytes_per_second": "1.5GiB"},
    },
    "inventory": {"target": "az://analytics/inventories/bookings"},
    "part_size": "8MiB",
    "slots": 3,
    "pool": "copying",
}
DATASET: dict[str, Any] = {
    "dataset": "bookings",
    "schedule": "0 5 * * *",
    "timezone": "UTC",
    "grain": "day",
    "start": "2013-01-01",
    "end": "2014-01-01",
    "source": {"location": "s3://ops/bookings", "partition": "d={window}"},
    "target": {"location": "az://analytics/bookings", "partition": "d={window}"},
    "compare": {"match_key": ["id"]},
}


def loaded(folder: Path, sync: Any, **others: Any) -> SyncRules | None:
    return load_dataset(write(folder, sync, **others), environ={}).sync


def write(folder: Path, sync: Any, **others: Any) -> Path:
    path = folder / "bookings.yaml"
    path.write_text(yaml.safe_dump({**DATASET, "sync": sync, **others}))
    return path


def problems(folder: Path, sync: Any, **others: Any) -> list[str]:
    path = write(folder, sync, **others)
    with pytest.raises(BadConfiguration) as caught:
        load_dataset(path, environ={})
    return [line.removeprefix(f"{path}:").partition(" ")[2] for line in caught.value.lines()]


def changed(path: str, value: Any) -> dict[str, Any]:
    content: Any = deepcopy(FULL)
    *steps, last = path.split(".")
    inner = content
    for step in steps:
        inner = inner[int(step) if step.isdigit() else step]
    inner[last] = value
    return dict(content)


def test_the_least_a_sync_needs(tmp_path: Path) -> None:
    assert loaded(tmp_path, LEAST) == SyncRules(
        origin=Side.SOURCE,
        destination=Side.TARGET,
        limits={Side.SOURCE: Limits(), Side.TARGET: Limits()},
    )
    assert loaded(tmp_path, None) is None


def test_all_that_a_sync_can_say(tmp_path: Path) -> None:
    assert loaded(tmp_path, FULL) == SyncRules(
        origin=Side.TARGET,
        destination=Side.SOURCE,
        schedule="0 3 * * *",
        deletes=True,
        brake=Brake(Decimal("0.25"), 7),
        unproven=OnUnproven.ACCEPT,
        server_side=False,
        look_back=31,
        gaps=(
            Gap(date(2013, 1, 10), date(2013, 1, 12), "moved"),
            Gap(date(2013, 12, 31), date(2014, 1, 1), "strike"),
        ),
        limits={
            Side.SOURCE: Limits(4, 200_000_000, 0.5),
            Side.TARGET: Limits(bytes_per_second=3 * 2**29),
        },
        inventories={Side.TARGET: "az://analytics/inventories/bookings"},
        part_size=8 * 2**20,
        slots=3,
        pool="copying",
    )


@pytest.mark.parametrize("sync", [LEAST, FULL, None], ids=["least", "full", "none"])
def test_what_is_shown_loads_as_what_it_was(tmp_path: Path, sync: Any) -> None:
    path = write(tmp_path, sync)
    dataset = load_dataset(path, environ={})
    path.write_text(show_yaml(dataset))
    assert load_dataset(path, environ={}) == dataset


def test_every_default_is_shown(tmp_path: Path) -> None:
    shown = show(load_dataset(write(tmp_path, LEAST), environ={}))["sync"]
    assert set(shown) == set(FULL)
    assert shown["part_size"] == "16MiB"
    assert shown["limits"] == {"source": {"parallel": 16}, "target": {"parallel": 16}}


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        ("to", "target", "sync.to: found target, which is `from` too; expected the other side"),
        ("from", "both", "sync.from: found 'both'; expected source or target"),
        ("schedule", "daily", "sync.schedule: found 'daily'; expected five cron fields"),
        ("schedule", "0 3,4 * * *", "sync.schedule: found '0 3,4 * * *', which ticks at 01 Jan"),
        ("deletes", "never", "sync.deletes: found 'never'; expected keep or propagate"),
        ("deletes", False, "sync.deletes: found false; expected keep or propagate"),
        ("brake.share", 10, "sync.brake.share: found the number 10; expected a share from 0 to 1"),
        ("brake.objects", -1, "sync.brake.objects: found the number -1; expected 0 or more"),
        ("brake.number", 1, "sync.brake.number: found the unknown key 'number'"),
        ("unproven", "ignore", "sync.unproven: found 'ignore'; expected refuse or accept"),
        ("server_side", "no", "sync.server_side: found 'no'; expected true or false"),
        ("look_back", -1, "sync.look_back: found the number -1; expected 0 or more"),
        ("gaps.0.reason", "", "sync.gaps[0].reason: found ''; expected text that is not empty"),
        ("gaps.1.end", "2013-12-31", "sync.gaps[1].end: found 2013-12-31; expected a day after"),
        ("gaps.0.start", "2012-12-31", "sync.gaps[0].start: found 2012-12-31; expected 2013-01-01"),
        ("gaps.1.end", "2014-01-02", "sync.gaps[1].end: found 2014-01-02; expected 2014-01-01"),
        ("gaps.1.start", "yesterday", "sync.gaps[1].start: found 'yesterday'; expected a date"),
        ("limits.source.parallel", 0, "sync.limits.source.parallel: found the number 0"),
        (
            "limits.target.bytes_per_second",
            200,
            "sync.limits.target.bytes_per_second: found the number 200; expected a size such as",
        ),
        (
            "limits.target.bytes_per_second",
            "fast",
            "sync.limits.target.bytes_per_second: found 'fast'; expected 2GB, 512MB",
        ),
        (
            "limits.target.bytes_per_second",
            "0MB",
            "sync.limits.target.bytes_per_second: found '0MB'; expected one byte or more",
        ),
        (
            "limits.source.requests_per_second",
            0,
            "sync.limits.source.requests_per_second: found no request at all; expected a number",
        ),
        ("limits.both", {}, "sync.limits.both: found the unknown key 'both'"),
        ("inventory.target", "gs://x", "sync.inventory.target: found gs://; expected s3://"),
        ("part_size", "5GiB", "sync.part_size: found 5GiB; expected 4000MiB or less"),
        ("slots", 0, "sync.slots: found the number 0; expected 1 or more"),
        ("pool", "", "sync.pool: found ''; expected text that is not empty"),
        ("delete", "keep", "sync.delete: found the unknown key 'delete' (did you mean 'deletes'?)"),
    ],
)
def test_a_wrong_key_is_refused_with_its_path(
    tmp_path: Path, path: str, value: Any, complaint: str
) -> None:
    (line,) = problems(tmp_path, changed(path, value))
    assert line.startswith(complaint)


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    wrong = changed("gaps.0.start", "2012-01-01") | {"slots": 0, "schedule": "x", "brake": 3}
    assert sorted(line.partition(":")[0] for line in problems(tmp_path, wrong)) == [
        "sync.brake",
        "sync.schedule",
        "sync.slots",
    ]
    misfits = changed("gaps.0.start", "2012-01-01") | {"schedule": "0 3,4 * * *"}
    assert sorted(line.partition(":")[0] for line in problems(tmp_path, misfits, slots=0)) == [
        "slots",
        "sync.gaps[0].start",
        "sync.schedule",
    ]


def test_a_gap_begins_and_ends_where_windows_do(tmp_path: Path) -> None:
    months = {
        "grain": "month",
        "schedule": "0 5 1 * *",
        "source": {"location": "s3://ops/bookings"},
        "target": {"location": "az://analytics/bookings"},
    }
    gap = {"start": "2013-02-01", "end": "2013-02-15", "reason": "moved"}
    (line,) = problems(tmp_path, {**LEAST, "gaps": [gap]}, **months)
    assert line == "sync.gaps[0].end: found 2013-02-15; expected 2013-02-01"


@pytest.mark.parametrize(
    ("location", "found"),
    [("s3://ops/*.parquet", "a pattern"), ("s3://ops/bookings.parquet", "one file")],
)
def test_both_sides_are_folders(tmp_path: Path, location: str, found: str) -> None:
    target = {"location": "az://analytics/bookings"}
    for key, sync in (("from", LEAST), ("to", {"from": "target", "to": "source"})):
        (line,) = problems(tmp_path, sync, source={"location": location}, target=target)
        assert line == (
            f"sync.{key}: found a side whose location is {found}; expected a side that is a folder"
        )


@pytest.mark.parametrize(
    ("source", "target", "is_nested"),
    [
        ({"location": "s3://ops"}, {"location": "s3://ops/copy"}, True),
        ({"location": "s3://ops/b/raw"}, {"location": "s3://ops/b/"}, True),
        ({"location": "/ops"}, {"location": "/ops/./copy"}, True),
        ({"location": "s3://ops/b"}, {"location": "s3://ops/bb"}, False),
        ({"location": "s3://ops/b"}, {"location": "az://ops/b"}, False),
        ({"location": "s3://ops/b"}, {"location": "s3://ops/b/copy", "connection": "eu"}, False),
        (
            {"location": "s3://ops", "partition": "{window}/raw"},
            {"location": "s3://ops", "partition": "{window:%Y-%m-%d}"},
            True,
        ),
        (
            {"location": "s3://ops", "partition": "{window}"},
            {"location": "s3://ops/copy", "partition": "{window}"},
            False,
        ),
    ],
)
def test_neither_side_lies_in_the_other(
    tmp_path: Path, source: dict[str, str], target: dict[str, str], is_nested: bool
) -> None:
    if not is_nested:
        assert loaded(tmp_path, LEAST, source=source, target=target) is not None
        return
    (line,) = problems(tmp_path, LEAST, source=source, target=target)
    assert line.startswith("sync.to: found a side whose partitions hold those of `from`, or lie in")


def test_what_is_wrong_elsewhere_is_not_told_twice(tmp_path: Path) -> None:
    lines = problems(tmp_path, FULL, source={"location": "gs://ops"}, grain="week", start="x")
    assert not [line for line in lines if line.startswith("sync")]
