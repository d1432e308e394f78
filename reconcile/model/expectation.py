"""An expectation, and what it said about one window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class ExpectationSeverity(StrEnum):
    """What a failed expectation does: breach the run, make dead letters, inform."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


class ExpectationSubject(StrEnum):
    """What an expectation looks at: the row of figures, or one side's rows."""

    RESULT = "result"
    SOURCE = "source"
    TARGET = "target"


@dataclass(frozen=True)
class Expectation:
    """One Great Expectations expectation, by its own snake_case name.

    Attributes:
        id: Stable within the dataset: the `id:` given, else subject, type and a digest of the
            arguments.
        subject: What it looks at.
        type: `expect_column_values_to_not_be_null` and the like.
        arguments: Its keyword arguments, plain values.
        severity: What a failure does.
    """

    id: str
    subject: ExpectationSubject
    type: str
    arguments: Mapping[str, Any]
    severity: ExpectationSeverity


class Outcome(StrEnum):
    """`errored` is neither a pass nor a data failure; `not_evaluated` had nothing to look at."""

    PASSED = "passed"
    FAILED = "failed"
    ERRORED = "errored"
    NOT_EVALUATED = "not_evaluated"


@dataclass(frozen=True)
class ExpectationResult:
    """One expectation's outcome.

    Attributes:
        id: The expectation's id within its dataset.
        subject: The row of figures, or a side's rows.
        type: Its Great Expectations name.
        arguments: Its keyword arguments.
        severity: What a failure does.
        outcome: What came of it.
        observed: What was observed, in a few words.
        unexpected_rows: Failing rows, exact; None where the expectation is not about rows.
        failing_keys: Match keys of failing rows as canonical JSON text, capped at 10,000.
        reason: Why it errored or was not evaluated.
    """

    id: str
    subject: ExpectationSubject
    type: str
    arguments: Mapping[str, Any]
    severity: ExpectationSeverity
    outcome: Outcome
    observed: str = ""
    unexpected_rows: int | None = None
    failing_keys: tuple[str, ...] = field(default=(), repr=False)
    reason: str = ""

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> ExpectationResult:
        """Reads a result back from the artifacts."""
        return cls(
            **{
                **document,
                "subject": ExpectationSubject(document["subject"]),
                "severity": ExpectationSeverity(document["severity"]),
                "outcome": Outcome(document["outcome"]),
                "failing_keys": tuple(document["failing_keys"]),
            }
        )
