"""Fingerprints: the same for the same rows wherever they lie, and others for any others."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from reconcile.comparison.plan import ComparisonPlan
from reconcile.comparison.share import Share
from reconcile.engines import duckdb_engine, hashing
from reconcile.engines.hashing import basis
from reconcile.model.discrepancy import Side
from reconcile.model.fingerprint import Fingerprint
from reconcile.model.rules import ColumnRule, CompareRules, Normalization
from tests.property.engine_alone import Part, Parts, files_of, found, planned

ROWS: list[dict[str, Any]] = [
    {"id": None if number % 50 == 7 else number // 2, "v": number % 7, "w": str(number % 3)}
    for number in range(400)
]
"""Keys repeat, some are NULL, and no two rows are equal but copies made on purpose."""


def table(rows: list[dict[str, Any]]) -> pa.Table:
    schema = pa.schema([("id", pa.int64()), ("v", pa.int64()), ("w", pa.string())])
    return pa.Table.from_pylist(rows, schema=schema)


def shuffled(rows: list[dict[str, Any]], seed: int = 1) -> list[dict[str, Any]]:
    return random.Random(seed).sample(rows, len(rows))


def fingerprints(source: Parts, target: Parts, folder: Path, **options: Any) -> Any:
    return found(source, target, folder, strategy="sketch", **options).fingerprints


def test_the_same_rows_in_other_order_and_files_have_the_same(tmp_path: Path) -> None:
    rows = [*ROWS, *ROWS[:3]]
    again = shuffled(rows)
    target = [Part(table(again[:11])), Part(table([])), Part(table(again[11:]))]
    both = fingerprints([Part(table(rows))], target, tmp_path)
    assert both[Side.SOURCE] == both[Side.TARGET]
    one = both[Side.SOURCE][0]
    assert (one.rows, one.null_key_rows) == (403, 8)


CHANGES: dict[str, Any] = {
    "a value": lambda rows: [{**rows[0], "v": -1}, *rows[1:]],
    "a value to NULL": lambda rows: [{**rows[0], "w": None}, *rows[1:]],
    "a key": lambda rows: [{**rows[0], "id": 10**12}, *rows[1:]],
    "values exchanged": lambda rows: [
        {**rows[0], "v": rows[1]["v"]},
        {**rows[1], "v": rows[0]["v"]},
        *rows[2:],
    ],
    "a row less": lambda rows: rows[1:],
    "a copy of a row": lambda rows: [*rows, rows[0]],
    "two copies of a row": lambda rows: [*rows, rows[0], rows[0]],
    "one row for a copy of another": lambda rows: [rows[1], *rows[1:]],
}


@pytest.mark.parametrize("change", CHANGES)
def test_any_change_makes_another(change: str, tmp_path: Path) -> None:
    changed = table(CHANGES[change](ROWS))
    both = fingerprints([Part(table(ROWS))], [Part(changed)], tmp_path)
    assert both[Side.SOURCE] != both[Side.TARGET]


@pytest.mark.parametrize("groups", [1, 3, 300], ids="{} groups".format)
def test_every_group_has_that_of_its_own_rows(groups: int, tmp_path: Path) -> None:
    """The fingerprint of a group is what it would be if the group were all there is."""
    parts = [Part(table(ROWS[group::groups]), group) for group in range(groups)]
    refiled = [
        Part(table(shuffled(rows)), part.group)
        for part in reversed(parts)
        for rows in (part.rows.to_pylist()[:1], part.rows.to_pylist()[1:])
    ]
    both = fingerprints(parts, refiled, tmp_path / "all")
    assert both[Side.SOURCE] == both[Side.TARGET]
    assert both[Side.SOURCE].keys() == set(range(groups))
    group = groups - 1
    alone = [Part(parts[group].rows, group=5)]
    assert fingerprints(alone, alone, tmp_path / "alone")[Side.SOURCE] == {
        5: both[Side.SOURCE][group]
    }


def test_rows_that_lie_in_other_groups_are_still_equal(tmp_path: Path) -> None:
    """As below folders that are not compared: the groups differ, the rows do not."""
    source = [Part(table(ROWS[:100]), 0), Part(table(ROWS[100:]), 1)]
    target = [Part(table(ROWS[:300]), 0), Part(table(ROWS[300:]), 2)]
    answer = found(source, target, tmp_path, strategy="sketch")
    assert answer.strategy == "sketch"
    assert (answer.counts.matched, answer.counts.discrepancies) == (400, 0)
    rows = {
        side: {group: one.rows for group, one in of_side.items()}
        for side, of_side in answer.fingerprints.items()
    }
    assert rows == {Side.SOURCE: {0: 100, 1: 300}, Side.TARGET: {0: 300, 2: 100}}


def test_folders_that_are_compared_are_part_of_it(tmp_path: Path) -> None:
    def side(day: str) -> list[Part]:
        return [Part(table(ROWS), folders={"day": day})]

    both = fingerprints(side("1"), side("2"), tmp_path / "other")
    assert both[Side.SOURCE] != both[Side.TARGET]
    both = fingerprints(side("1"), side("1"), tmp_path / "same")
    assert both[Side.SOURCE] == both[Side.TARGET]


def test_an_empty_group_has_one(tmp_path: Path) -> None:
    nothing = Fingerprint(0, 0, 0, 0, 0)
    both = fingerprints([Part(table([]))], [Part(table(ROWS)), Part(table([]), 1)], tmp_path)
    assert both[Side.SOURCE] == {0: nothing}
    assert both[Side.TARGET][1] == nothing != both[Side.TARGET][0]


def test_a_null_that_only_a_rule_makes_is_counted(tmp_path: Path) -> None:
    keys = [Part(pa.table({"id": ["a", "", "b"]}))]
    rule = ColumnRule(normalize=(Normalization.EMPTY_AS_NULL,))
    both = fingerprints(keys, keys, tmp_path, rules=CompareRules(("id",), columns={"id": rule}))
    assert both[Side.SOURCE][0].null_key_rows == 1


def test_a_sketch_that_does_not_decode_still_tells_them(tmp_path: Path) -> None:
    rows = pa.table({"id": range(90_000), "v": [1] * 90_000})
    others = pa.table({"id": range(90_000), "v": [2] * 90_000})
    answer = found([Part(rows)], [Part(others)], tmp_path, strategy="sketch")
    assert answer.strategy == "join"
    assert answer.fingerprints[Side.SOURCE][0].rows == 90_000


def test_where_nobody_scans_all_rows_there_is_none(tmp_path: Path) -> None:
    both = [Part(table(ROWS))]
    assert found(both, both, tmp_path / "joined", strategy="join").fingerprints == {}
    shared = found(both, both, tmp_path / "shared", strategy="sketch", share=Share(0, 2))
    assert shared.strategy == "sketch"
    assert shared.fingerprints == {}


@pytest.mark.parametrize(("small", "strategy"), [(800, "join"), (799, "sketch")])
def test_auto_joins_what_is_small(
    small: int, strategy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duckdb_engine, "_SMALL", small)
    both = [Part(table(ROWS))]
    answer = found(both, both, tmp_path, strategy="auto")
    assert answer.strategy == strategy
    assert answer.counts.repeated_keys == (193 if strategy == "join" else None)


def plan(folder: Path, rules: CompareRules, source: Parts, target: Parts) -> ComparisonPlan:
    files = {
        Side.SOURCE: files_of(source, folder / "source"),
        Side.TARGET: files_of(target, folder / "target"),
    }
    return planned(files, rules)


NARROW = pa.table({"id": pa.array([1], pa.int32()), "v": pa.array([1], pa.int64())})
WIDE = pa.table({"id": pa.array([1], pa.int64()), "v": pa.array([1], pa.int64())})
TIME = pa.table({"id": [1], "v": pa.array([1], pa.timestamp("us"))})
INSTANT = pa.table({"id": [1], "v": pa.array([1], pa.timestamp("us", "UTC"))})
TEXT = pa.table({"id": [1], "v": ["a"]})
KEY = CompareRules(("id",))


def rules(**rule: Any) -> CompareRules:
    return CompareRules(("id",), columns={"v": ColumnRule(**rule)})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param((KEY, NARROW, NARROW), (KEY, NARROW, WIDE), id="the other side's type"),
        pytest.param((KEY, WIDE, WIDE), (CompareRules(("v",)), WIDE, WIDE), id="another key"),
        pytest.param(
            (KEY, WIDE, WIDE),
            (CompareRules(("id",), exclude=("v",)), WIDE, WIDE),
            id="a column less",
        ),
        pytest.param(
            (CompareRules(("id", "v")), WIDE, WIDE),
            (CompareRules(("v", "id")), WIDE, WIDE),
            id="the key in another order",
        ),
        pytest.param(
            (KEY, TEXT, TEXT), (rules(normalize=(Normalization.TRIM,)), TEXT, TEXT), id="normalize"
        ),
        pytest.param((KEY, TEXT, TEXT), (rules(map={"a": "b"}), TEXT, TEXT), id="map"),
        pytest.param((KEY, TEXT, TEXT), (rules(as_json=True), TEXT, TEXT), id="as json"),
        pytest.param((KEY, TEXT, TEXT), (rules(cast="int64"), TEXT, TEXT), id="cast"),
        pytest.param(
            (replace(KEY, assume_timezone="Europe/Paris"), TIME, INSTANT),
            (replace(KEY, assume_timezone="Europe/Rome"), TIME, INSTANT),
            id="the zone",
        ),
    ],
)
def test_whatever_decides_the_hashes_makes_another_basis(
    one: Any, other: Any, tmp_path: Path
) -> None:
    first = plan(tmp_path / "one", one[0], [Part(one[1])], [Part(one[2])])
    second = plan(tmp_path / "other", other[0], [Part(other[1])], [Part(other[2])])
    assert basis(first, Side.TARGET) != basis(second, Side.TARGET)
    again = plan(tmp_path / "again", one[0], [Part(one[1])], [Part(one[2])])
    assert basis(first, Side.TARGET) == basis(again, Side.TARGET)


def test_folders_instead_of_a_column_make_another_basis(tmp_path: Path) -> None:
    inside = plan(tmp_path / "inside", KEY, [Part(WIDE)], [Part(WIDE)])
    bare = WIDE.drop_columns(["v"])
    outside = plan(tmp_path / "outside", KEY, [Part(bare, folders={"v": "1"})], [Part(WIDE)])
    assert basis(inside, Side.SOURCE) != basis(outside, Side.SOURCE)
    assert basis(inside, Side.TARGET) == basis(outside, Side.TARGET)


def test_a_tolerance_is_no_part_of_the_basis(tmp_path: Path) -> None:
    strict = plan(tmp_path / "strict", KEY, [Part(WIDE)], [Part(WIDE)])
    loose = plan(tmp_path / "loose", rules(absolute=1), [Part(WIDE)], [Part(WIDE)])
    assert basis(strict, Side.SOURCE) == basis(loose, Side.SOURCE)


@pytest.mark.parametrize(
    ("of", "name"),
    [(hashing.duckdb, "__version__"), (hashing.unicodedata, "unidata_version")],
)
def test_another_version_makes_another_basis(
    of: Any, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = plan(tmp_path, KEY, [Part(WIDE)], [Part(WIDE)])
    before = basis(made, Side.SOURCE)
    monkeypatch.setattr(of, name, "another")
    assert basis(made, Side.SOURCE) != before
