"""What was injected beside what was found, day by day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from demo.days import EXACT_COPY
from demo.ground_truth import Facts, GroundTruth

_HEADER = """\
             discrepant rows      column findings      dead letters
day          injected    found    injected   found     injected   found   what was done"""


def scoreboard(truths: Mapping[str, GroundTruth], found: Mapping[str, Facts]) -> str:
    """A table for people: a line for each day to which something was done, then the rest.

    Args:
        truths: What was injected, by window.
        found: What a reconciliation says, of the same windows.
    """
    spoiled = [window for window, truth in truths.items() if truth.story != EXACT_COPY]
    copies = [window for window in truths if window not in spoiled]
    groups = [
        *((window, [window], truths[window].story) for window in spoiled),
        (f"{len(copies)} others", copies, EXACT_COPY),
        ("all", list(truths), ""),
    ]
    lines = [
        _line(name, [truths[w].facts for w in windows], [found[w] for w in windows], story)
        for name, windows, story in groups
    ]
    return "\n".join([_HEADER, *lines])


def _line(name: str, injected: Sequence[Facts], found: Sequence[Facts], story: str) -> str:
    rows, rows_found = (sum(f.counts.discrepancies for f in facts) for facts in (injected, found))
    columns, columns_found = (sum(len(f.schema) for f in facts) for facts in (injected, found))
    letters, letters_found = (
        sum(sum(f.letters.values()) for f in facts) for facts in (injected, found)
    )
    return (
        f"{name:<11} {rows:>9,} {rows_found:>8,} {columns:>11,} {columns_found:>7,}"
        f" {letters:>12,} {letters_found:>7,}   {story}"
    ).rstrip()
