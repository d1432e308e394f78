"""What is known to be wrong with a window, written down while it was made wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from reconcile.model.dead_letter import LetterKind
from reconcile.model.result import Counts, SchemaFinding, Verdict
from reconcile.model.rules import FindingKind, Severity


@dataclass(frozen=True)
class Facts:
    """What a reconciliation of one window says, or should say.

    Attributes:
        counts: Rows per outcome.
        columns: Column to its mismatched rows, only where there are any.
        schema: Findings about columns, by column.
        verdict: The judgement.
        letters: Open dead letters by kind, only where there are any.
    """

    counts: Counts
    columns: Mapping[str, int]
    schema: tuple[SchemaFinding, ...]
    verdict: Verdict
    letters: Mapping[LetterKind, int]

    def differences(self, found: Facts) -> Iterator[str]:
        """One line for each figure that is not the same in `found`; none where all are."""
        for field in fields(self):
            injected, there = getattr(self, field.name), getattr(found, field.name)
            if injected == there:
                continue
            if isinstance(injected, Counts):
                injected, there = vars(injected), vars(there)
            if not isinstance(injected, Mapping):
                yield f"{field.name}: injected {injected}, found {there}"
                continue
            for name in sorted(injected.keys() | there.keys()):
                if injected.get(name, 0) != there.get(name, 0):
                    yield (
                        f"{field.name}.{name}: injected {injected.get(name, 0)},"
                        f" found {there.get(name, 0)}"
                    )


@dataclass(frozen=True)
class GroundTruth:
    """One window's facts, and the story behind them."""

    window: str
    story: str
    facts: Facts


def write_ground_truth(truths: Mapping[str, GroundTruth], path: Path) -> None:
    """Writes the truth of every window as one JSON file, for people and for later checks."""
    document = {window: _to_json(truth) for window, truth in truths.items()}
    path.write_text(json.dumps(document, indent=2) + "\n")


def read_ground_truth(path: Path) -> dict[str, GroundTruth]:
    """The inverse of `write_ground_truth`."""
    return {
        window: _from_json(window, entry) for window, entry in json.loads(path.read_text()).items()
    }


def _to_json(truth: GroundTruth) -> dict[str, Any]:
    facts = truth.facts
    return {
        "story": truth.story,
        "verdict": facts.verdict,
        "counts": vars(facts.counts),
        "columns": dict(facts.columns),
        "schema": [vars(finding) for finding in facts.schema],
        "letters": dict(facts.letters),
    }


def _from_json(window: str, entry: Mapping[str, Any]) -> GroundTruth:
    return GroundTruth(window, entry["story"], facts_from_json(entry, letters=entry["letters"]))


def facts_from_json(
    result: Mapping[str, Any], *, letters: Mapping[str, int] | Mapping[LetterKind, int]
) -> Facts:
    """The facts in a window's JSON: a ground truth's, or one that `reconcile run` printed.

    Args:
        result: Keys `verdict`, `counts`, `schema` and `columns` (counts, or `reconcile run`'s
            objects with `mismatched`).
        letters: Open dead letters by kind.
    """
    mismatched = {
        name: column if isinstance(column, int) else column["mismatched"]
        for name, column in result["columns"].items()
    }
    findings = (
        SchemaFinding(
            FindingKind(finding["kind"]),
            finding["column"],
            finding["source_type"],
            finding["target_type"],
            Severity(finding["severity"]),
        )
        for finding in result["schema"]
    )
    return Facts(
        counts=Counts(**result["counts"]),
        columns={name: rows for name, rows in mismatched.items() if rows},
        schema=tuple(sorted(findings, key=lambda finding: finding.column)),
        verdict=Verdict(result["verdict"]),
        letters={LetterKind(kind): count for kind, count in letters.items() if count},
    )
