"""The answer of one comparison: counts, findings, verdict and how it was proven."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any

from reconcile.model.discrepancy import Kind
from reconcile.model.rules import FindingKind, Severity
from reconcile.model.traffic import Traffic


class Verdict(StrEnum):
    """The judgement of a comparison or a run, best first."""

    MATCHED = "matched"
    WITHIN_THRESHOLD = "within_threshold"
    BREACHED = "breached"
    INDETERMINATE = "indeterminate"

    @property
    def exit_code(self) -> int:
        """0 matched or within threshold, 1 breached, 3 indeterminate."""
        return {Verdict.BREACHED: 1, Verdict.INDETERMINATE: 3}.get(self, 0)


def worst_verdict(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of some verdicts, of which there is at least one."""
    return max(verdicts, key=list(Verdict).index)


@dataclass(frozen=True)
class Counts:
    """Rows per outcome. `repeated_keys` and `null_key_rows_*` are None where not knowable."""

    source_rows: int = 0
    target_rows: int = 0
    matched: int = 0
    value_mismatch: int = 0
    missing_in_target: int = 0
    missing_in_source: int = 0
    duplicate_key_source: int = 0
    duplicate_key_target: int = 0
    null_key_rows_source: int | None = 0
    null_key_rows_target: int | None = 0
    repeated_keys: int | None = 0

    def of(self, kind: Kind) -> int:
        """Discrepant rows of one kind; `duplicate_key` counts both sides together."""
        if kind is Kind.DUPLICATE_KEY:
            return self.duplicate_key_source + self.duplicate_key_target
        return int(getattr(self, kind.value))

    @property
    def discrepancies(self) -> int:
        """Discrepant rows of all kinds."""
        return sum(self.of(kind) for kind in Kind)

    @property
    def larger_side(self) -> int:
        """Rows of the larger side, the base of every share."""
        return max(self.source_rows, self.target_rows)

    @property
    def balanced(self) -> bool:
        """Whether both sides' accounts add up: every row is in exactly one outcome."""
        common = self.matched + self.value_mismatch
        return (
            self.source_rows == common + self.missing_in_target + self.duplicate_key_source
            and self.target_rows == common + self.missing_in_source + self.duplicate_key_target
        )


def total(parts: Sequence[Counts]) -> Counts:
    """The counts of several parts together; what is not known of one is not known of all."""

    def summed(numbers: Sequence[int | None]) -> int | None:
        known = [number for number in numbers if number is not None]
        return sum(known) if len(known) == len(numbers) else None

    sums: dict[str, Any] = {
        one.name: summed([getattr(part, one.name) for part in parts]) for one in fields(Counts)
    }
    return Counts(**sums)


@dataclass(frozen=True)
class SchemaFinding:
    """One disagreement about a column. Types are Arrow type names; None where absent."""

    kind: FindingKind
    column: str
    source_type: str | None
    target_type: str | None
    severity: Severity


@dataclass(frozen=True)
class ColumnResult:
    """One compared column; `mismatched` counts `value_mismatch` rows only."""

    compared: bool
    mismatched: int
    rule: str


@dataclass(frozen=True)
class Proof:
    """Source plus target rows by how they were proven."""

    by_checksum: int = 0
    by_fingerprint: int = 0
    by_row: int = 0


@dataclass(frozen=True)
class ComparisonResult:
    """The whole answer of one comparison, without the discrepant rows themselves.

    Attributes:
        bytes_read: By side: what arrived over the wire, or was read of files that lie here.
        requests: By side: HTTP requests sent; none for files that lie here. Empty where they
            were not counted.
    """

    verdict: Verdict
    counts: Counts
    columns: Mapping[str, ColumnResult]
    schema: tuple[SchemaFinding, ...]
    proof: Proof
    engine: str
    strategy: str
    seconds: float
    bytes_read: Mapping[str, int] = field(default_factory=dict)
    requests: Mapping[str, int] = field(default_factory=dict)

    def with_traffic(self, traffic: Mapping[str, Traffic]) -> ComparisonResult:
        """The same answer, with what else its sides took over the wire."""
        return replace(
            self,
            bytes_read={
                side: self.bytes_read.get(side, 0) + more.bytes for side, more in traffic.items()
            },
            requests={
                side: self.requests.get(side, 0) + more.requests for side, more in traffic.items()
            },
        )

    def to_json(self) -> dict[str, Any]:
        """What `reconcile compare --format json` prints, as plain values."""
        return {
            "verdict": self.verdict.value,
            "counts": dict(vars(self.counts)),
            "columns": {name: dict(vars(column)) for name, column in self.columns.items()},
            "schema": [
                {
                    "kind": finding.kind.value,
                    "column": finding.column,
                    "source_type": finding.source_type,
                    "target_type": finding.target_type,
                    "severity": finding.severity.value,
                }
                for finding in self.schema
            ],
            "proof": dict(vars(self.proof)),
            "engine": self.engine,
            "strategy": self.strategy,
            "seconds": round(self.seconds, 3),
            "bytes_read": dict(self.bytes_read),
            "requests": dict(self.requests),
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> ComparisonResult:
        """The inverse of `to_json`, for steps that find the result in the artifacts."""
        return cls(
            verdict=Verdict(document["verdict"]),
            counts=Counts(**document["counts"]),
            columns={name: ColumnResult(**c) for name, c in document["columns"].items()},
            schema=tuple(
                SchemaFinding(
                    kind=FindingKind(f["kind"]),
                    column=f["column"],
                    source_type=f["source_type"],
                    target_type=f["target_type"],
                    severity=Severity(f["severity"]),
                )
                for f in document["schema"]
            ),
            proof=Proof(**document["proof"]),
            engine=document["engine"],
            strategy=document["strategy"],
            seconds=document["seconds"],
            bytes_read=document["bytes_read"],
            requests=document.get("requests", {}),
        )
