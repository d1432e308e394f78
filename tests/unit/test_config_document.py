"""Reading YAML: what a scalar is, where it stands, and what is refused."""

import time
from decimal import Decimal
from typing import Any

import pytest

from reconcile.config.document import read_document


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("NO", "NO"),
        ("on", "on"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("'true'", "true"),
        ("12", 12),
        ("-7", -7),
        ("007", "007"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("2013-01-05", "2013-01-05"),
        ("1e3", Decimal("1e3")),
        (".5", Decimal("0.5")),
        ("1.10", Decimal("1.10")),
        ("1s", "1s"),
        ("9" * 500, "9" * 500),
    ],
)
def test_a_scalar_is_what_yaml_1_2_says(text: str, value: Any) -> None:
    document = read_document(f"key: {text}\n", file="f")
    assert document.problems == ()
    assert document.value == {"key": value}
    assert type(document.value["key"]) is type(value)


def test_a_number_keeps_every_digit() -> None:
    spelt = "0.1000000000000000055511151231257827"
    assert str(read_document(f"a: {spelt}", file="f").value["a"]) == spelt


def test_every_value_knows_its_line() -> None:
    document = read_document("a:\n  b: 1\n  c:\n    - x\n    - y: 2\n", file="f")
    assert document.line_of(("a", "b")) == 2
    assert document.line_of(("a", "c", 1, "y")) == 5
    assert document.line_of(("a", "missing", "deeper")) == 1


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: 1\nb: 2\na: 3\n", "f:3: a: found the key again; it is on line 1 already"),
        ("x:\n  - a: 1\n    a: 1\n", "f:3: x[0].a: found the key again; it is on line 2"),
        ("1: x\n", "f:1: found the number 1 as a key; expected text; put it in quotes"),
        ("true: x\n", "f:1: found true as a key"),
        ("? [a]\n: x\n", "f:1: found a list as a key"),
        ("a: !!python/object:os.system x\n", "f:1: a: found the tag tag:yaml.org,2002:python"),
        ("a: 1\n---\nb: 2\n", "f:2: found a second document"),
        ("a: *b\n", "f:1: found *b; expected an anchor &b before it"),
        ("a: &a [*a]\n", "found *a; expected an anchor"),
        ("a: [1, 2\nb: 3\n", "expected valid YAML"),
        ("a: 'x\n", "expected valid YAML"),
        ("a: \x07\n", "expected valid YAML"),
        ("[" * 100_000, "more than 40 levels"),
        ("a: " + "x" * (1 << 20), "more than 1 MiB"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_line(text: str, problem: str) -> None:
    problems = [str(p) for p in read_document(text, file="f").problems]
    assert len(problems) == 1
    assert problem in problems[0]
    assert "\n" not in problems[0]


def test_an_anchor_may_be_used_but_not_to_grow_without_end() -> None:
    shared = read_document("a: &rule {absolute: 1}\nb: *rule\n", file="f")
    assert shared.value["b"] == {"absolute": 1}
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
    )
    began = time.monotonic()
    problems = read_document(bomb, file="f").problems
    assert "more than 50000 values" in str(problems[0])
    assert time.monotonic() - began < 5
