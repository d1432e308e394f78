"""Compare rules from a file or a mapping."""

from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from reconcile.comparison.casts import parse_cast
from reconcile.config.cast import cast_name
from reconcile.config.duration import nanoseconds, waiting_time
from reconcile.config.effective import show_rules
from reconcile.config.rules import load_rules, rules_from_mapping
from reconcile.errors import BadConfiguration, BadInput, NotFound
from reconcile.model.discrepancy import Kind
from reconcile.model.rules import (
    DEFAULT_SEVERITIES,
    ColumnRule,
    CompareRules,
    FindingKind,
    Normalization,
    Severity,
    Threshold,
)

CONTRACT = """
match_key: [id]
columns:
  exclude: [loaded_at]
  rename: {customer: cust}
  rules:
    amount:     {absolute: "0.01", relative: "1e-9"}
    updated_at: {within: 1s}
    name:       {normalize: [trim, casefold, nfc]}
    code:       {cast: string}
    tags:       {unordered: true}
    payload:    {as: json}
    origin:     {map: {"NEW YORK": NYC, NO: Norway, "": null}}
assume_timezone: UTC
schema: {missing_in_target: fail, missing_in_source: fail, type_changed: ignore}
thresholds:
  value_mismatch: {rows: 0, share: 0.0001}
"""


def problems(columns: dict[str, Any] | None = None, **keys: Any) -> list[str]:
    mapping = {"match_key": ["id"], **({"columns": columns} if columns else {}), **keys}
    with pytest.raises(BadConfiguration) as caught:
        rules_from_mapping(mapping)
    return list(caught.value.lines())


def problem(columns: dict[str, Any] | None = None, **keys: Any) -> str:
    (line,) = problems(columns, **keys)
    return line


def file(folder: Path, text: str) -> Path:
    path = folder / "rules.yaml"
    path.write_text(text)
    return path


def test_a_rules_file_says_what_it_says(tmp_path: Path) -> None:
    assert load_rules(file(tmp_path, CONTRACT)) == CompareRules(
        match_key=("id",),
        exclude=("loaded_at",),
        rename={"customer": "cust"},
        columns={
            "amount": ColumnRule(absolute=Decimal("0.01"), relative=Decimal("1e-9")),
            "updated_at": ColumnRule(within=1_000_000_000),
            "name": ColumnRule(
                normalize=(Normalization.TRIM, Normalization.CASEFOLD, Normalization.NFC)
            ),
            "code": ColumnRule(cast="string"),
            "tags": ColumnRule(unordered=True),
            "payload": ColumnRule(as_json=True),
            "origin": ColumnRule(map={"NEW YORK": "NYC", "NO": "Norway", "": None}),
        },
        assume_timezone="UTC",
        severities={**DEFAULT_SEVERITIES, FindingKind.TYPE_CHANGED: Severity.IGNORE},
        thresholds={Kind.VALUE_MISMATCH: Threshold(rows=0, share=Decimal("0.0001"))},
    )


def test_what_is_shown_loads_as_what_it_was(tmp_path: Path) -> None:
    rules = load_rules(file(tmp_path, CONTRACT))
    assert rules_from_mapping(show_rules(rules)) == rules


def test_without_rules_nothing_is_relaxed() -> None:
    assert rules_from_mapping({"match_key": ["id"]}) == CompareRules(match_key=("id",))


@pytest.mark.parametrize(
    ("given", "number"),
    [("0.01", "0.01"), (0.01, "0.01"), (Decimal("0.010"), "0.010"), (1, "1"), ("1e-9", "1E-9")],
)
def test_a_tolerance_never_goes_through_a_float(given: Any, number: str) -> None:
    rules = rules_from_mapping(
        {"match_key": ["id"], "columns": {"rules": {"a": {"absolute": given}}}}
    )
    assert str(rules.rule("a").absolute) == number


def test_an_unquoted_number_in_a_file_keeps_its_digits(tmp_path: Path) -> None:
    text = "match_key: [id]\ncolumns: {rules: {a: {absolute: 0.10000000000000000001}}}\n"
    assert load_rules(file(tmp_path, text)).rule("a").absolute == Decimal("0.10000000000000000001")


@pytest.mark.parametrize("number", [-1, "x", "NaN", "Infinity", True, None, [], "1e999"])
def test_what_is_no_tolerance_is_refused(number: Any) -> None:
    if number is None:
        number = {}
    line = problem({"rules": {"a": {"absolute": number}}})
    assert "columns.rules.a.absolute: found" in line
    assert "expected a number of 0 or more" in line


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ({"unordered": True, "absolute": 1}, "`unordered` together with `absolute`"),
        ({"unordered": True, "within": "1s"}, "`unordered` together with `within`"),
        ({"within": "1s", "relative": "0.1"}, "`within` together with `relative`"),
        ({"within": "1 week"}, "expected a duration such as"),
        ({"within": 1}, "found the number 1; expected a duration"),
        ({"normalize": ["upper"]}, "normalize[0]: found 'upper'; expected trim, collapse_spaces"),
        ({"normalize": "trim"}, "expected a list"),
        ({"cast": "int128"}, "found 'int128'; expected string, bool"),
        ({"cast": "decimal(39,2)"}, "p from 1 to 38"),
        ({"cast": "decimal(5,6)"}, "s from 0 to p"),
        ({"cast": "decimal(18"}, "in quotes"),
        ({"cast": "timestamp[us, Mars]"}, "found 'Mars'; expected a name such as"),
        ({"as": "xml"}, "found 'xml'; expected json"),
        ({"map": {"a": 1}}, "map.a: found the number 1; expected text as spelt in the data"),
        ({"map": {1: "a"}}, "map.1: found the number 1 as a key"),
        ({"unordered": "yes"}, "found 'yes'; expected true or false"),
        ({"absolut": 1}, "the unknown key 'absolut' (did you mean 'absolute'?)"),
        ("trim", "found 'trim'; expected a mapping with keys of absolute"),
        (None, "found nothing; expected a mapping"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_path(rule: Any, complaint: str) -> None:
    line = problem({"rules": {"amount": rule}})
    assert line.startswith("rules: columns.rules.amount")
    assert complaint in line


@pytest.mark.parametrize(
    ("keys", "complaint"),
    [
        ({"match_key": []}, "match_key: found a list; expected a list that is not empty"),
        ({"match_key": "id"}, "match_key: found 'id'; expected a list, such as [a, b]"),
        ({"match_key": ["id", "id"]}, "match_key[1]: found the column 'id' again"),
        ({"match_key": ["id", ""]}, "match_key[1]: found ''; expected text that is not empty"),
        ({"columns": {"exclude": ["a", "id"]}}, "columns.exclude[1]: found the match key column"),
        ({"columns": {"rename": {"a": "z", "b": "z"}}}, "`a` and `b` all renamed to 'z'"),
        ({"columns": {"rename": {"id": "z"}}}, "the match key column 'id' renamed to 'z'"),
        ({"columns": {"rules": {"id": {"within": "1s"}}}}, "a tolerance on the match key column"),
        ({"assume_timezone": "Mars"}, "assume_timezone: found 'Mars'"),
        ({"schema": {"type_changed": "warn"}}, "found 'warn'; expected fail, note or ignore"),
        ({"thresholds": {"value_mismatch": {}}}, "thresholds.value_mismatch: found no limit"),
        ({"thresholds": {"value_mismatch": {"share": "1.01"}}}, "expected a share from 0 to 1"),
        ({"thresholds": {"value_mismatch": {"rows": -1}}}, "found the number -1; expected 0 or"),
        ({"thresholds": {"value_mismatch": {"rows": True}}}, "found true; expected a whole number"),
        ({"thresholds": {"missing": {"rows": 1}}}, "unknown key 'missing'"),
        ({"engine": "duckdb"}, "unknown key 'engine'"),
    ],
)
def test_wrong_rules_are_refused_with_their_path(keys: dict[str, Any], complaint: str) -> None:
    assert complaint in problem(**keys)


def test_a_mapping_may_hold_what_python_calls_a_list_or_a_mapping() -> None:
    columns = MappingProxyType({"exclude": ("b",), "rules": MappingProxyType({})})
    rules = rules_from_mapping({"match_key": ("a",), "columns": columns})
    assert (rules.match_key, rules.exclude) == (("a",), ("b",))


def test_columns_may_swap_names() -> None:
    rules = rules_from_mapping({"match_key": ["a"], "columns": {"rename": {"a": "b", "b": "a"}}})
    assert rules.rename == {"a": "b", "b": "a"}


def test_all_problems_come_at_once_with_their_lines(tmp_path: Path) -> None:
    text = (
        "match_key: [id, id]\ncolumns:\n  rules:\n    a: {absolut: 1, cast: x}\n    a: {}\nx: 1\n"
    )
    path = file(tmp_path, text)
    with pytest.raises(BadConfiguration) as caught:
        load_rules(path)
    lines = caught.value.lines()
    assert [line.removeprefix(f"{path}:").split(" found ")[0] for line in lines] == [
        "1: match_key[1]:",
        "4: columns.rules.a.absolut:",
        "4: columns.rules.a.cast:",
        "5: columns.rules.a:",
        "6: x:",
    ]


def test_the_match_key_may_come_from_outside(tmp_path: Path) -> None:
    path = file(tmp_path, "columns: {exclude: [b]}\n")
    assert load_rules(path, match_key=["a"]).match_key == ("a",)
    assert load_rules(file(tmp_path, ""), match_key=["a"]).match_key == ("a",)
    assert rules_from_mapping({"match_key": ["a"]}, match_key=("a",)).match_key == ("a",)
    with pytest.raises(BadInput, match="two match keys"):
        rules_from_mapping({"match_key": ["a"]}, match_key=["b"])
    with pytest.raises(BadConfiguration, match=r"match_key: found nothing; expected the columns"):
        load_rules(file(tmp_path, "columns: {exclude: [b]}\n"))


def test_a_file_that_is_no_rules_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no file"):
        load_rules(tmp_path / "absent.yaml")
    with pytest.raises(BadInput, match="cannot read"):
        load_rules(tmp_path)
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00x")
    with pytest.raises(BadInput, match="UTF-8"):
        load_rules(tmp_path / "binary")
    with pytest.raises(BadConfiguration, match="found a list; expected a mapping"):
        load_rules(file(tmp_path, "- a\n"))


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("10ns", 10),
        ("250us", 250_000),
        ("500ms", 500_000_000),
        ("1s", 1_000_000_000),
        ("2min", 120_000_000_000),
        ("6h", 21_600_000_000_000),
        ("0s", 0),
    ],
)
def test_durations(text: str, length: int) -> None:
    assert nanoseconds(text) == length


@pytest.mark.parametrize("text", ["", "1", "s", "1.5s", "-1s", "1d", "1m", "999999999999h", "1S"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="expected a duration such as"):
        nanoseconds(text)


def test_a_time_to_wait_has_no_nanoseconds() -> None:
    with pytest.raises(BadInput, match="whole microseconds"):
        waiting_time("10ns")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        *((name, name) for name in ("string", "bool", "int8", "uint64", "float32", "date", "time")),
        ("decimal( 18 , 2 )", "decimal(18,2)"),
        ("decimal(38,38)", "decimal(38,38)"),
        ("timestamp[ns]", "timestamp[ns]"),
        ("timestamp[us,UTC]", "timestamp[us, UTC]"),
        ("timestamp[s, America/New_York]", "timestamp[s, America/New_York]"),
    ],
)
def test_a_cast_is_one_that_the_comparison_knows(text: str, name: str) -> None:
    assert cast_name(text) == name
    assert parse_cast(name) is not None
