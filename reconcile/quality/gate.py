"""The gate: what the dataset's expectations say of one window."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from reconcile.errors import BadConfiguration, BadInput
from reconcile.model.expectation import (
    Expectation,
    ExpectationResult,
    ExpectationSubject,
    Outcome,
)
from reconcile.quality.bounds import in_floats, summable, typed_arguments
from reconcile.quality.catalogue import (
    SUPPORTED,
    Judges,
    argument_problems,
    columns_of,
    required_columns,
    type_problem,
)
from reconcile.quality.figures import Figure
from reconcile.quality.slices import slices
from reconcile.quality.verdict import RESULT_FILE

if TYPE_CHECKING:
    from reconcile.quality.session import Judgement, Session
    from reconcile.quality.suite import Native

KEY_COLUMN = "__match_key__"
"""Default name of the column that holds a row's match key as canonical JSON text."""

MOST_KEYS = 10_000
"""Failing match keys listed per expectation; their total is always exact."""

DATA_DOCS = "data_docs"

Rows: TypeAlias = pa.Table | Path


@dataclass(frozen=True)
class ValidationOutcome:
    """What the gate said.

    Attributes:
        results: One per expectation, in the order of the expectations.
        document: The same and what was looked at, as plain JSON values.
    """

    results: tuple[ExpectationResult, ...]
    document: dict[str, Any]


@dataclass(frozen=True)
class _Ready:
    """An expectation that can be evaluated, with its counterpart in Great Expectations."""

    expectation: Expectation
    native: Native


def validate(
    *,
    expectations: Sequence[Expectation],
    figures: Mapping[str, Figure],
    rows: Mapping[ExpectationSubject, Rows],
    run_name: str,
    at: datetime,
    key_column: str = KEY_COLUMN,
    artifacts_folder: Path | None = None,
) -> ValidationOutcome:
    """Holds a window's figures and rows against its expectations.

    Args:
        expectations: Of any subject, ids unique.
        figures: The row of figures (`figures.figures`).
        rows: Each side's rows as a table or a Parquet file, with the columns that the side's
            expectations read (`catalogue.required_columns`) and the key column. Expectations
            on a side that is not here are not evaluated.
        run_name: Names the run in the document and in Data Docs.
        at: When the run takes place, with a time zone.
        key_column: Holds each row's match key as canonical JSON text.
        artifacts_folder: Where `validation.json` and `data_docs/` are written; None for nowhere.

    Raises:
        BadConfiguration: Two expectations share an id.
        BadInput: A side's rows lack the key column.
    """
    _refuse_shared_ids(expectations)
    results: dict[str, ExpectationResult] = {}
    session: Session | None = None
    for subject in ExpectationSubject:
        mine = [e for e in expectations if e.subject is subject]
        table = _table(subject, mine, figures=figures, rows=rows, key_column=key_column)
        ready = []
        for expectation in mine:
            early = _without_evaluation(expectation, table, figures)
            if early is None:
                ready.append(expectation)
            else:
                results[expectation.id] = early
        if ready and table is not None:
            session = session or _session(run_name=run_name, at=at)
            evaluated = _evaluate(session, ready, table, figures=figures, key_column=key_column)
            results |= {result.id: result for result in evaluated}
    outcome = _outcome([results[e.id] for e in expectations], figures, run_name, at, session)
    if artifacts_folder is not None:
        _write(artifacts_folder, outcome, session)
    return outcome


def _session(*, run_name: str, at: datetime) -> Session:
    # Here and not above: Great Expectations takes 10 s to import, and most runs of datasets
    # without expectations never need it.
    from reconcile.quality.session import Session  # noqa: PLC0415

    return Session(run_name=run_name, at=at)


def _refuse_shared_ids(expectations: Iterable[Expectation]) -> None:
    ids = [e.id for e in expectations]
    shared = sorted({i for i in ids if ids.count(i) > 1})
    if shared:
        raise BadConfiguration([f"several expectations have the id {i!r}" for i in shared])


def _table(
    subject: ExpectationSubject,
    expectations: Sequence[Expectation],
    *,
    figures: Mapping[str, Figure],
    rows: Mapping[ExpectationSubject, Rows],
    key_column: str,
) -> pa.Table | None:
    """The subject's rows, only the columns needed; None where they were not read."""
    if not expectations:
        return None
    if subject is ExpectationSubject.RESULT:
        return pa.table({name: [value] for name, value in figures.items()})
    given = rows.get(subject)
    if given is None:
        return None
    names = pq.read_schema(given).names if isinstance(given, Path) else given.column_names
    if key_column not in names:
        raise BadInput(
            f"the rows of the {subject} cannot be named in dead letters",
            found="columns " + ", ".join(names),
            expected=f"a column {key_column} with each row's match key",
        )
    wanted = [n for n in required_columns(expectations, subject) if n in names and n != key_column]
    columns = [*wanted, key_column]
    if isinstance(given, Path):
        return pq.read_table(given, columns=columns, partitioning=None)
    return given.select(columns)


def _without_evaluation(
    expectation: Expectation, table: pa.Table | None, figures: Mapping[str, Figure]
) -> ExpectationResult | None:
    """The result of an expectation that needs no evaluation, or None where it needs one."""
    problem = type_problem(expectation) or "; ".join(argument_problems(expectation))
    if problem:
        return _result(expectation, Outcome.ERRORED, reason=problem)
    if table is None:
        reason = f"the rows of the {expectation.subject} were not read"
        return _result(expectation, Outcome.NOT_EVALUATED, reason=reason)
    unknown = [name for name in columns_of(expectation) if name not in table.column_names]
    if unknown and expectation.type != "expect_column_to_exist":
        what = "figure" if expectation.subject is ExpectationSubject.RESULT else "column"
        reason = f"unknown {what} " + ", ".join(repr(name) for name in unknown)
        return _result(expectation, Outcome.ERRORED, reason=reason)
    if expectation.subject is ExpectationSubject.RESULT:
        null = [name for name in columns_of(expectation) if figures.get(name, 0) is None]
        if null:
            reason = f"{', '.join(null)} is not known for this comparison"
            return _result(expectation, Outcome.NOT_EVALUATED, reason=reason)
    return None


def _evaluate(
    session: Session,
    expectations: Sequence[Expectation],
    table: pa.Table,
    *,
    figures: Mapping[str, Figure],
    key_column: str,
) -> list[ExpectationResult]:
    """Evaluates what can be built: statistics over floats, everything else over exact values."""
    results = []
    for floats in (False, True):
        rows = _decimals_as_floats(table) if floats else table
        ready = []
        for number, expectation in enumerate(expectations):
            if in_floats(expectation) is not floats:
                continue
            try:
                ready.append(_Ready(expectation, _native(expectation, rows, number)))
            except BadInput as error:
                results.append(_result(expectation, Outcome.ERRORED, reason=error.line()))
        if not ready:
            continue
        name = expectations[0].subject.value + (" statistics" if floats else "")
        judgements = session.judge([r.native for r in ready], rows, name=name)
        for one, judgement in zip(ready, judgements, strict=True):
            result = _judged(one.expectation, judgement, figures)
            if result.outcome is Outcome.FAILED and result.unexpected_rows:
                result = _with_keys(session, one, result, rows, key_column)
            results.append(result)
    return results


def _native(expectation: Expectation, rows: pa.Table, number: int) -> Native:
    # Here for the same reason as the session: the import costs 10 s.
    from reconcile.quality.suite import native  # noqa: PLC0415

    if expectation.type == "expect_column_sum_to_be_between":
        column = expectation.arguments["column"]
        if not summable(rows[column]):
            raise BadInput(
                f"Great Expectations cannot sum {column} without loss",
                found=f"{rows[column].type} with more than 15 digits, or a sum past 64 bits",
            )
    known = all(name in rows.column_names for name in columns_of(expectation))
    arguments = typed_arguments(expectation, rows.schema) if known else expectation.arguments
    return native(expectation, arguments, number=number)


def _decimals_as_floats(table: pa.Table) -> pa.Table:
    for index, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type):
            table = table.set_column(index, field.name, table[index].cast(pa.float64()))
    return table


def _judged(
    expectation: Expectation, judgement: Judgement, figures: Mapping[str, Figure]
) -> ExpectationResult:
    """One judgement as our result, without keys."""
    if judgement.error:
        return _result(expectation, Outcome.ERRORED, reason=judgement.error)
    outcome = Outcome.PASSED if judgement.success else Outcome.FAILED
    found = judgement.result
    if expectation.subject is ExpectationSubject.RESULT:
        names = columns_of(expectation)
        observed = ", ".join(f"{name} = {figures.get(name)}" for name in names)
        return _result(expectation, outcome, observed=observed)
    if SUPPORTED[expectation.type] is Judges.TABLE:
        observed = str(found.get("observed_value", ""))[:200]
        return _result(expectation, outcome, observed=observed)
    unexpected = found.get("unexpected_count")
    if unexpected is None:
        reason = "Great Expectations did not count the failing rows"
        return _result(expectation, Outcome.ERRORED, reason=reason)
    observed = f"{int(unexpected)} of {int(found.get('element_count', 0))} rows unexpected"
    return _result(expectation, outcome, observed=observed, unexpected_rows=int(unexpected))


def _with_keys(
    session: Session, one: _Ready, result: ExpectationResult, rows: pa.Table, key_column: str
) -> ExpectationResult:
    columns = columns_of(one.expectation)
    narrow = rows.select([*dict.fromkeys(columns), key_column])
    pieces = slices(narrow, judges=SUPPORTED[one.expectation.type], columns=columns)
    try:
        keys = session.failing_keys(one.native, pieces, key_column=key_column, most=MOST_KEYS)
    except Exception as error:  # whatever Great Expectations raises, the detail is lost
        return _without_keys(result, " ".join(str(error).split())[:500])
    if len(keys) != min(result.unexpected_rows or 0, MOST_KEYS):
        return _without_keys(result, f"the slices gave {len(keys)} keys")
    return replace(result, failing_keys=keys)


def _without_keys(result: ExpectationResult, why: str) -> ExpectationResult:
    """Failing rows that cannot be named cannot be routed: detail was lost, so it errored."""
    reason = (
        f"{result.unexpected_rows} rows failed, but their match keys could not be listed: {why}"
    )
    return replace(result, outcome=Outcome.ERRORED, reason=reason)


def _result(
    expectation: Expectation,
    outcome: Outcome,
    *,
    observed: str = "",
    unexpected_rows: int | None = None,
    reason: str = "",
) -> ExpectationResult:
    return ExpectationResult(
        id=expectation.id,
        subject=expectation.subject,
        type=expectation.type,
        arguments=expectation.arguments,
        severity=expectation.severity,
        outcome=outcome,
        observed=observed,
        unexpected_rows=unexpected_rows,
        reason=reason,
    )


def _outcome(
    results: Sequence[ExpectationResult],
    figures: Mapping[str, Figure],
    run_name: str,
    at: datetime,
    session: Session | None,
) -> ValidationOutcome:
    document = {
        "run": run_name,
        "at": at.isoformat(),
        "great_expectations": session.version if session else None,
        "figures": dict(figures),
        "results": [asdict(result) for result in results],
    }
    # Arguments come from YAML and may hold dates: written as text, like everything we publish.
    return ValidationOutcome(tuple(results), json.loads(json.dumps(document, default=str)))


def _write(folder: Path, outcome: ValidationOutcome, session: Session | None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if session is not None:
        session.write_data_docs(folder / DATA_DOCS)
    text = json.dumps(outcome.document, indent=2, ensure_ascii=False, allow_nan=False)
    (folder / RESULT_FILE).write_text(text + "\n", encoding="utf-8")
