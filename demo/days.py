"""One day of the demonstration: what its files hold on both sides, and what must be found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from random import Random

import pyarrow as pa
import pyarrow.compute as pc

from demo.discrepancies import Discrepancy, Row, Spoiled, spoil
from demo.flights import SCHEMA
from demo.ground_truth import Facts, GroundTruth
from reconcile.model.dead_letter import LetterKind
from reconcile.model.discrepancy import Kind
from reconcile.model.result import Counts, SchemaFinding, Verdict
from reconcile.model.rules import FindingKind, Severity

EXACT_COPY = "an exact copy"

_LEAST_MATCHED_SHARE = Fraction("0.999")
"""As `dags/datasets/flights.yaml` expects it."""


@dataclass(frozen=True)
class Writing:
    """How files are written, where that is not as the source does it.

    Attributes:
        shuffled: Whether rows come in another order.
        compression: A Parquet codec.
        row_group_size: Rows per row group; None for all in one.
        unit: Of `time_hour`.
        types: Columns of another type, all values kept.
    """

    shuffled: bool = False
    compression: str = "snappy"
    row_group_size: int | None = None
    unit: str = "us"
    types: Mapping[str, pa.DataType] = field(default_factory=dict)


@dataclass(frozen=True)
class Day:
    """What happened to one day on its way from source to target.

    Attributes:
        story: What a person would say about it.
        ways: What is wrong with rows.
        files_begin: Hours of departure at which a new file begins, on both sides.
        writing: How the target's files are written.
        lacking: Columns that none of the target's files has.
        second_lacks: Columns that the target's second file lacks; `ways` must have emptied them.
        absent: Whether the target has nothing of that day at all.
    """

    story: str = EXACT_COPY
    ways: tuple[Discrepancy, ...] = ()
    files_begin: tuple[int, ...] = (0,)
    writing: Writing = Writing()
    lacking: tuple[str, ...] = ()
    second_lacks: tuple[str, ...] = ()
    absent: bool = False


@dataclass(frozen=True)
class DayFile:
    """One Parquet file to write."""

    table: pa.Table
    writing: Writing


@dataclass(frozen=True)
class TwoSides:
    """One day ready to be written."""

    source: tuple[DayFile, ...]
    target: tuple[DayFile, ...]
    truth: GroundTruth


def two_sides(flights: pa.Table, day: Day, *, on: date, seed: int) -> TwoSides:
    """The files of both sides of a day, and the truth about them.

    Args:
        flights: The source's rows.
        day: What happens to them.
        on: The day's date, which names its window.
        seed: The same seed makes the same files.
    """
    random = Random(f"{seed}/{on}")
    rows: list[Row] = flights.to_pylist()
    spoiled = spoil(rows, day.ways, random)
    return TwoSides(
        source=tuple(DayFile(_table(part), Writing()) for part in _parts(rows, day)),
        target=() if day.absent else tuple(_target_files(spoiled, day, random)),
        truth=GroundTruth(f"{on}", day.story, _facts(spoiled, day, flights)),
    )


def exact_copy(flights: pa.Table, *, on: date) -> TwoSides:
    """Both sides of a day to which nothing happened, a file each."""
    rows = len(flights)
    counts = Counts(source_rows=rows, target_rows=rows, matched=rows)
    facts = Facts(counts, {}, (), Verdict.MATCHED, _letters(counts, flights))
    file = DayFile(flights, Writing())
    return TwoSides((file,), (file,), GroundTruth(f"{on}", EXACT_COPY, facts))


def _parts(rows: Sequence[Row], day: Day) -> list[list[Row]]:
    ends = (*day.files_begin[1:], 24)
    return [
        [row for row in rows if begin <= row["hour"] < end]
        for begin, end in zip(day.files_begin, ends, strict=True)
    ]


def _target_files(spoiled: Spoiled, day: Day, random: Random) -> list[DayFile]:
    files = []
    for number, part in enumerate(_parts(spoiled.rows, day)):
        if day.writing.shuffled:
            random.shuffle(part)
        lacking = day.lacking + (day.second_lacks if number == 1 else ())
        table = _as_written(_table(part), day.writing).drop_columns(list(lacking))
        files.append(DayFile(table, day.writing))
    return files


def _table(rows: Sequence[Row]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=SCHEMA)


def _as_written(table: pa.Table, writing: Writing) -> pa.Table:
    types = {"time_hour": pa.timestamp(writing.unit, tz="UTC"), **writing.types}
    return table.cast(pa.schema([(f.name, types.get(f.name, f.type)) for f in table.schema]))


def _facts(spoiled: Spoiled, day: Day, flights: pa.Table) -> Facts:
    counts = spoiled.counts
    if day.absent:
        counts = Counts(source_rows=len(flights), missing_in_target=len(flights))
    schema = tuple(sorted(_findings(day), key=lambda finding: finding.column))
    wrong = counts.discrepancies or any(f.severity is Severity.FAIL for f in schema)
    return Facts(
        counts=counts,
        columns=spoiled.columns,
        schema=schema,
        verdict=Verdict.BREACHED if wrong else Verdict.MATCHED,
        letters=_letters(counts, flights),
    )


def _findings(day: Day) -> list[SchemaFinding]:
    widened = [
        SchemaFinding(
            FindingKind.TYPE_CHANGED, name, f"{SCHEMA.field(name).type}", f"{new}", Severity.NOTE
        )
        for name, new in day.writing.types.items()
    ]
    lacking = [
        SchemaFinding(
            FindingKind.MISSING_IN_TARGET, name, f"{SCHEMA.field(name).type}", None, Severity.FAIL
        )
        for name in day.lacking
    ]
    return widened + lacking


def _letters(counts: Counts, flights: pa.Table) -> dict[LetterKind, int]:
    """One for each discrepant row, and those of the dataset's own expectations.

    It warns of each flight without a tail number: those that were cancelled before they had an
    aeroplane are in the real data. And too small a share of matched rows makes one letter.
    """
    letters = {LetterKind(kind.value): counts.of(kind) for kind in Kind}
    without_tailnum: int = pc.sum(pc.is_null(flights["tailnum"])).as_py()
    too_few = Fraction(counts.matched, counts.larger_side) < _LEAST_MATCHED_SHARE
    letters[LetterKind.EXPECTATION] = without_tailnum + too_few
    return {kind: count for kind, count in letters.items() if count}
