"""Dead letters made from what a run found: discrepant rows, failing rows, unreadable objects."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from reconcile.jobs.discrepancy_file import COLUMNS
from reconcile.model.dead_letter import LetterKind
from reconcile.model.discrepancy import Kind, Side
from reconcile.model.expectation import (
    ExpectationResult,
    ExpectationSeverity,
    ExpectationSubject,
    Outcome,
)
from reconcile.model.result import Verdict
from reconcile.state.letter_staging import LETTER_COLUMNS

_LISTS = {"mismatched_columns": pa.list_(pa.string())}
_SCHEMA = pa.schema([(name, _LISTS.get(name, pa.string())) for name in LETTER_COLUMNS])
_REASONS = {
    Kind.VALUE_MISMATCH: "values differ",
    Kind.MISSING_IN_TARGET: "the target has no row with this match key",
    Kind.MISSING_IN_SOURCE: "the source has no row with this match key",
    Kind.DUPLICATE_KEY: "the match key repeats and this row cannot be paired",
}
_NO_KEY = "{}"


def discrepancy_letters(discrepancies: Path, verdict: Verdict) -> Iterator[pa.RecordBatch]:
    """A letter for every discrepant row, in batches.

    They are `critical` where the comparison breached, else `warning`.
    """
    breached = verdict is Verdict.BREACHED
    severity = ExpectationSeverity.CRITICAL if breached else ExpectationSeverity.WARNING
    with pq.ParquetFile(discrepancies) as file:
        for batch in file.iter_batches():
            kinds = batch.column("kind").to_pylist()
            columns = batch.column("mismatched_columns").to_pylist()
            reasons = [
                f"{_REASONS[Kind(kind)]}: {', '.join(names)}" if names else _REASONS[Kind(kind)]
                for kind, names in zip(kinds, columns, strict=True)
            ]
            rows = len(kinds)
            yield pa.RecordBatch.from_arrays(
                [
                    *(batch.column(name).cast(_SCHEMA.field(name).type) for name in COLUMNS),
                    _texts(reasons),
                    _texts([severity.value] * rows),
                    pa.nulls(rows, pa.string()),
                    batch.column("row_hash"),
                ],
                schema=_SCHEMA,
            )


def _texts(values: Sequence[str]) -> pa.StringArray:
    """Text as Arrow's own; `pa.array` would import pandas first, for a quarter of a second."""
    spelled = [value.encode() for value in values]
    ends = array("i", accumulate(map(len, spelled), initial=0))
    return pa.StringArray.from_buffers(
        len(spelled), pa.py_buffer(ends), pa.py_buffer(b"".join(spelled))
    )


def expectation_letters(results: Sequence[ExpectationResult]) -> Iterator[pa.RecordBatch]:
    """A letter for every failing row of a critical or warning expectation, in batches.

    An expectation that is not about rows makes one letter without a match key.
    """
    for result in results:
        informs = result.severity is ExpectationSeverity.INFO
        if result.outcome is not Outcome.FAILED or informs:
            continue
        of_result = result.subject is ExpectationSubject.RESULT
        side = Side.BOTH.value if of_result else result.subject.value
        keys = result.failing_keys or (_NO_KEY,)
        yield _batch(
            kind=LetterKind.EXPECTATION,
            side=side,
            keys=keys,
            reason=_reason(result),
            severity=result.severity,
            expectation_id=result.id,
        )


def unreadable_letter(object_name: str, reason: str) -> pa.RecordBatch:
    """The letter of an object that cannot be read."""
    return _batch(
        kind=LetterKind.UNREADABLE,
        side=Side.BOTH.value,
        keys=(json.dumps({"object": object_name}),),
        reason=reason,
        severity=ExpectationSeverity.CRITICAL,
        expectation_id=None,
    )


def _reason(result: ExpectationResult) -> str:
    arguments = ", ".join(f"{name}: {value}" for name, value in result.arguments.items())
    reason = f"{result.type}({arguments})"
    if result.observed:
        reason += f"; observed {result.observed}"
    shown = len(result.failing_keys)
    if result.unexpected_rows is not None and shown and result.unexpected_rows > shown:
        reason += f"; {shown:,} of {result.unexpected_rows:,} failing rows have a letter"
    return reason


def _batch(
    *,
    kind: LetterKind,
    side: str,
    keys: Sequence[str],
    reason: str,
    severity: ExpectationSeverity,
    expectation_id: str | None,
) -> pa.RecordBatch:
    rows = len(keys)
    return pa.RecordBatch.from_arrays(
        [
            pa.array([kind.value] * rows),
            pa.array([side] * rows),
            pa.array(list(keys)),
            pa.array([[]] * rows, pa.list_(pa.string())),
            pa.nulls(rows, pa.string()),
            pa.nulls(rows, pa.string()),
            pa.array([reason] * rows),
            pa.array([severity.value] * rows),
            pa.array([expectation_id] * rows, pa.string()),
            pa.array([""] * rows),
        ],
        schema=_SCHEMA,
    )
