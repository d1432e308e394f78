"""Very long values in the rows of dead letters."""

import hashlib
import json

from reconcile.state.capped_row import MAX_VALUE_BYTES, capped_row


def test_a_value_of_just_the_limit_is_kept() -> None:
    row = json.dumps({"a": "x" * MAX_VALUE_BYTES, "b": "y" * 100})
    assert json.loads(capped_row(row)) == json.loads(row)


def test_a_longer_value_is_told_by_prefix_length_and_digest_and_its_neighbours_are_kept() -> None:
    long = "é" * 2049
    capped = json.loads(capped_row(json.dumps({"a": long, "b": 1, "c": None, "d": "9.10"})))
    assert capped["a"]["length"] == 4098
    assert capped["a"]["sha256"] == hashlib.sha256(long.encode()).hexdigest()
    assert long.startswith(capped["a"]["prefix"])
    assert (capped["b"], capped["c"], capped["d"]) == (1, None, "9.10")


def test_a_long_list_is_one_value() -> None:
    capped = json.loads(capped_row(json.dumps({"a": list(range(2000)), "b": [1]})))
    assert set(capped["a"]) == {"prefix", "length", "sha256"}
    assert capped["b"] == [1]


def test_text_that_is_no_json_object_is_one_value() -> None:
    assert set(json.loads(capped_row("no json " * 1000))) == {"prefix", "length", "sha256"}


def test_a_short_row_is_not_touched() -> None:
    assert capped_row('{"a":  1}') == '{"a":  1}'
    assert capped_row(None) is None
