"""The chain of a ledger: every way of changing what was said is found."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from reconcile.errors import BadInput, Tampered
from reconcile.model.snapshot import LedgerAction, LedgerLine
from reconcile.snapshots.chain import appended, from_bytes, problems, to_bytes
from reconcile.snapshots.document import canonical
from tests.unit.snapshot_values import NOON, Ledger, digest


def five_lines() -> list[LedgerLine]:
    ledger = Ledger()
    ledger.add(LedgerAction.CREATE, manifest="m", objects=3)
    ledger.add(LedgerAction.VERIFY, read=0.05, round=1, damaged=[])
    ledger.add(LedgerAction.HOLD, reason="audit, “closing”")
    ledger.add(LedgerAction.RESTORE, to="/tmp/x", seconds=1.5)
    ledger.add(LedgerAction.SWEEP, None, chunks=0, bytes=0)
    return ledger.lines


def mirrored(lines: list[LedgerLine]) -> list[tuple[int, str]]:
    return [(line.sequence, line.digest) for line in lines]


def rewritten(lines: list[LedgerLine], place: int) -> list[LedgerLine]:
    """The ledger with another line at a place, and all behind it chained anew."""
    forged = lines[:place]
    for number, line in enumerate(lines[place:]):
        by = "somebody" if number == 0 else line.by
        last = forged[-1] if forged else None
        forged.append(
            appended(
                last,
                at=line.at,
                action=line.action,
                dataset=line.dataset,
                snapshot=line.snapshot,
                by=by,
                details=line.details,
                seal=digest,
            )
        )
    return forged


def test_a_ledger_that_was_only_added_to_is_sound() -> None:
    lines = five_lines()
    assert problems(lines) == ()
    assert problems(lines, mirrored(lines)) == ()
    assert problems(lines, mirrored(lines[:3])) == ()
    assert problems([], []) == ()


def test_a_line_comes_back_as_it_was_written() -> None:
    for line in five_lines():
        assert from_bytes(to_bytes(line), seal=digest) == line


def test_a_clock_that_goes_behind_does_not_turn_time_back() -> None:
    first, *_rest = five_lines()
    again = appended(
        first,
        at=NOON - timedelta(hours=1),
        action=LedgerAction.HOLD,
        dataset="flights",
        snapshot="s1",
        by="ops",
        details={},
        seal=digest,
    )
    assert again.at == first.at
    assert problems([first, again]) == ()


@pytest.mark.parametrize(
    ("found", "mirror", "said"),
    [
        (lambda lines: lines[1:], False, "begins with line 2"),
        (lambda lines: [*lines[:2], *lines[3:]], False, "missing from the ledger between 2 and 4"),
        (lambda lines: [lines[1], lines[0], *lines[2:]], False, "out of order"),
        (
            lambda lines: [*lines[:3], *rewritten(lines, 1)[3:]],
            False,
            "does not follow line 3",
        ),
        (lambda lines: [*lines[:2], *lines[1:]], False, "out of order"),
        (lambda lines: lines[:4], True, "ends with line 4, and line 5 was seen"),
        (lambda lines: [], True, "ends with line 0, and line 5 was seen"),
        (lambda lines: rewritten(lines, 4), True, "Line 5 .* not the one that was seen"),
        (lambda lines: rewritten(lines, 1), True, "Line 2 .* not the one that was seen"),
        (lambda lines: rewritten(lines, 1)[:3], True, "Line 2 .* not the one that was seen"),
        (
            lambda lines: [
                replace(lines[0], previous="1" * 64),
                *lines[1:],
            ],
            False,
            "follows another line",
        ),
        (
            lambda lines: [lines[0], replace(lines[1], at=NOON - timedelta(days=1))],
            False,
            "dated before",
        ),
    ],
    ids=[
        *("beginning gone", "line gone", "reordered", "fork spliced", "twice"),
        *("truncated", "all gone", "last edited", "edited", "forked and short"),
        *("another beginning", "dated back"),
    ],
)
def test_what_was_done_to_a_ledger_is_said(
    found: Callable[[list[LedgerLine]], list[LedgerLine]], mirror: bool, said: str
) -> None:
    lines = five_lines()
    told = problems(found(lines), mirrored(lines) if mirror else [])
    assert told
    assert any(re.search(said, sentence) for sentence in told), told


def test_an_edited_line_is_tampered_with() -> None:
    line = five_lines()[3]
    for field, value in (
        ("by", "somebody"),
        ("sequence", 9),
        ("details", {"to": "/tmp/y"}),
        ("previous", "1" * 64),
        ("at", "2012-01-01T00:00:00+00:00"),
        ("digest", "1" * 64),
    ):
        document = {**json.loads(to_bytes(line)), field: value}
        with pytest.raises(Tampered, match="is not what was written"):
            from_bytes(canonical(document), seal=digest)


@pytest.mark.parametrize(
    "changed",
    [
        {"sequence": 0},
        {"sequence": 10**9},
        {"sequence": 1.0},
        {"action": "erase"},
        {"version": 2},
        {"snapshot": 7},
        {"snapshot": "../s1"},
        {"details": []},
        {"at": "yesterday"},
        {"previous": "x"},
        {"more": 1},
        {"details": {"a": [[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]}},
    ],
)
def test_a_line_that_nobody_could_have_written_is_tampered_with(changed: dict[str, object]) -> None:
    document = {**json.loads(to_bytes(five_lines()[0])), **changed}
    del document["digest"]
    sealed = {**document, "digest": digest(canonical(document))}
    with pytest.raises(Tampered, match="a line of the ledger"):
        from_bytes(canonical(sealed), seal=digest)


@pytest.mark.parametrize("data", [b"", b"{}", b"[[[", b"\xff", b'{"digest": "' + b"0" * 64 + b'"}'])
def test_what_is_no_line_is_tampered_with(data: bytes) -> None:
    with pytest.raises(Tampered):
        from_bytes(data, seal=digest)


@pytest.mark.parametrize(
    ("by", "details"),
    [
        ("x" * 5000, {}),
        ("ops", {"healed": ["a" * 64] * 130_000}),
        ("ops", {"reason": "no text: \udcff"}),
        ("ops", {"seconds": float("nan")}),
    ],
    ids=["a long name", "too much", "half a character", "no number"],
)
def test_a_line_that_nobody_could_read_again_is_not_made(by: str, details: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="the ledger cannot take a line on hold s1"):
        appended(
            None,
            at=NOON,
            action=LedgerAction.HOLD,
            dataset="flights",
            snapshot="s1",
            by=by,
            details=details,
            seal=digest,
        )
