"""Names of snapshots and of objects in them, also those that somebody made up."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from reconcile.errors import BadInput
from reconcile.snapshots.names import (
    check_snapshot_id,
    names_problem,
    new_snapshot_id,
)

SEVEN = datetime(2013, 11, 5, 2, tzinfo=timezone(timedelta(hours=-5)))


def test_an_id_tells_moment_and_dataset() -> None:
    assert new_snapshot_id("flights", SEVEN, "1f3a9c2e") == "20131105T070000Z-flights-1f3a9c2e"


@pytest.mark.parametrize("dataset", ["../../etc", "Flüge / 2013", "", "x" * 300, ".hidden", "a\nb"])
def test_whatever_a_dataset_is_called_its_ids_can_be_names(dataset: str) -> None:
    assert check_snapshot_id(new_snapshot_id(dataset, SEVEN, "1f"))


@pytest.mark.parametrize(
    "text",
    ["", ".", "..", ".a", "a/b", "a\\b", "a b", "a\n", "a\0", "é", "١", "x" * 161, "%2e%2e", "~"],
)
def test_what_could_lead_elsewhere_is_no_id(text: str) -> None:
    with pytest.raises(BadInput, match="cannot be a snapshot's id"):
        check_snapshot_id(text)


@pytest.mark.parametrize(
    "name",
    [
        *("a", "a/b.parquet", "year=2013/ü", ".hidden/x", "a/.b", "...", "a..b", "..a/b.."),
        *("a\\b", "\n", "a/b\n", "a?*:", "x" * 4096, "é" * 2048),
    ],
)
def test_odd_names_are_held(name: str) -> None:
    assert names_problem((name,)) is None


@pytest.mark.parametrize(
    "name",
    [
        *("", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/..", "a/../b", "a/./b", "\\a"),
        *("a\\..\\b", "..\\a", "a\\", "a\\\\b", "a/\\b", "a\0b", "\0", "\ud800"),
        *("x" * 4097, "é" * 2049),
    ],
)
def test_names_that_climb_or_mean_two_things_are_not(name: str) -> None:
    assert names_problem((name,)) is not None
    assert names_problem(("a", "b", name, "z")) is not None


def test_no_names_are_no_problem() -> None:
    assert names_problem(()) is None
