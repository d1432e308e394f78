"""The embedded engine: carries a plan out on DuckDB, by a join or by a sketch of row hashes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
import pyarrow as pa

from reconcile.comparison.casts import CAST
from reconcile.comparison.domain import Form
from reconcile.comparison.plan import ComparisonPlan, PlannedColumn
from reconcile.comparison.share import WHOLE, Share
from reconcile.comparison.sql_text import literal
from reconcile.comparison.tolerance import tolerated
from reconcile.comparison.types import holds_floats
from reconcile.engines.duckdb_errors import translated
from reconcile.engines.duckdb_settings import settings
from reconcile.engines.functions import register
from reconcile.engines.parquet import DataFile, write_table
from reconcile.engines.relation import (
    canonical_relation,
    column_names,
    detailed_relation,
    key_hash,
    key_names,
    match_key,
    raw_relation,
    row_hash,
)
from reconcile.engines.sketching import Hashes, Sketched, sketch
from reconcile.errors import BadInput, Unbalanced
from reconcile.model.discrepancy import Kind, Side
from reconcile.model.fingerprint import Fingerprint
from reconcile.model.result import Counts
from reconcile.statements import render

_SMALL = 1_000_000
"""Rows, of both sides together, that `auto` joins."""
_LIKELY_UNIQUE = 3.0
"""Up to this many estimated pairs a row the join is tried before repeated keys are looked for."""


@dataclass(frozen=True)
class EngineResult:
    """What the engine found.

    Attributes:
        counts: Rows per outcome.
        mismatched: `value_mismatch` rows per column that has any.
        strategy: How the differing rows were found, `join` or `sketch`.
        fingerprints: By side and group of files, wherever a sketch was made of all rows, even one
            that did not decode; empty elsewhere.
    """

    counts: Counts
    mismatched: Mapping[str, int]
    strategy: str
    fingerprints: Mapping[Side, Mapping[int, Fingerprint]] = field(default_factory=dict)


class DuckDBEngine:
    """One comparison in one private, in-memory DuckDB that spills to a folder.

    Args:
        plan: The plan.
        files: Both sides' files.
        workspace: A private folder for what is spilled.
        memory: The most the engine's buffers may use, such as `2GB`; DuckDB's default if None.
        threads: How many threads; all cores if None.
        share: The part of the match keys to compare; all of them if it is whole.
        strategy: `join`; `sketch`, which falls to the join where it does not decode; or `auto`:
            the join for small data, of which it tells `repeated_keys`, else the sketch.
    """

    name = "duckdb"

    def __init__(
        self,
        plan: ComparisonPlan,
        files: Mapping[Side, Sequence[DataFile]],
        *,
        workspace: Path,
        memory: str | None = None,
        threads: int | None = None,
        share: Share = WHOLE,
        strategy: str = "join",
    ) -> None:
        self._plan = plan
        self._files = files
        self._share = share
        self._strategy = strategy
        self._rows: Mapping[Side, int] = {}
        self._names = {str(file.path): file.schema.name for side in files.values() for file in side}
        self._connection = duckdb.connect(config=settings(workspace, memory, threads))

    def __enter__(self) -> DuckDBEngine:
        self._connection.execute("SET TimeZone = 'UTC'")
        if self._has_floats():
            # A file's least and greatest number leave NaN out, and what the engine concludes from
            # them (no NaN here, few groups) is wrong where there is one.
            self._connection.execute("SET disabled_optimizers = 'statistics_propagation'")
        register(self._connection)
        with self._translated():
            for side in (Side.SOURCE, Side.TARGET):
                relation = canonical_relation(self._plan, side, self._files[side])
                self._connection.execute(
                    f"CREATE TEMP VIEW {side}_rows AS SELECT * FROM ({relation}){self._shared}"
                )
            self._rows = {side: self._rows_of(side) for side in (Side.SOURCE, Side.TARGET)}
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def compare(self, discrepancies: Path | None) -> EngineResult:
        """Compares the sides and writes every discrepant row to a Parquet file.

        Args:
            discrepancies: Where the rows go; the columns of `sql/compare/discrepancies.sql`. None
                where only the figures are wanted.

        Raises:
            BadInput: A match key cannot be cast.
            Unreadable: A file turns out corrupt.
            DiskFull: There is no room to spill or write.
            Unbalanced: The rows read are not the rows the footers promise.
        """
        with self._translated():
            self._refuse_uncastable_keys()
            told = self._sketch() if self._sketches else None
            counts = None if told is None else self._sketched(told)
            strategy = "join" if counts is None else "sketch"
            if counts is None:
                counts = self._joined()
            mismatched = dict(self._connection.execute(render("compare/mismatches")).fetchall())
            if discrepancies is not None:
                self._copy(
                    render("compare/discrepancies", match_key=match_key(self._plan, "d.")),
                    discrepancies,
                )
        all_rows = told is not None and self._share.is_whole
        return EngineResult(
            counts, mismatched, strategy, told.fingerprints if told and all_rows else {}
        )

    def export_rows(self, side: Side, columns: Sequence[str], destination: Path) -> pa.Schema:
        """Writes some columns of a side, as they are, and each row's match key.

        Args:
            side: Which side.
            columns: Names in the side's own spelling.
            destination: A Parquet file with the columns `x0`, `x1` … and `match_key` (JSON text).

        Returns:
            The side's own types of the columns.
        """
        schema = self._plan.source if side is Side.SOURCE else self._plan.target
        types = pa.schema([(name, schema.columns[name]) for name in columns])
        if not self._rows[side]:
            write_table(_numbered(types).empty_table(), destination)
            return types
        relation = raw_relation(
            self._plan, side, self._files[side], columns, match_key(self._plan), where=self._shared
        )
        with self._translated():
            self._copy(relation, destination)
        return types

    def _has_floats(self) -> bool:
        return any(
            holds_floats(arrow)
            for schema in (self._plan.source, self._plan.target)
            for types in schema.types.values()
            for arrow in types
        )

    def _joined(self) -> Counts:
        """The counts by the join, with the tables of the rows it could not settle."""
        equal, equal_null_key = self._join()
        keys = key_names(self._plan)
        self._connection.execute(render("compare/unsettled", keys=keys))
        same_key = " AND ".join(f"f.{key} IS NOT DISTINCT FROM u.{key}" for key in keys)
        self._settle(f"SEMI JOIN unsettled AS u ON {same_key}")
        return self._counts(self._tally(), equal, equal_null_key)

    @property
    def _sketches(self) -> bool:
        if self._strategy == "auto":
            return sum(self._rows.values()) > _SMALL
        return self._strategy == "sketch"

    def _sketch(self) -> Sketched:
        hashes = Hashes(key_hash(self._plan), row_hash(self._plan), self._null_key())
        groups = {side: {file.group for file in files} for side, files in self._files.items()}
        return sketch(self._connection, hashes, rows=self._rows, groups=groups)

    def _sketched(self, told: Sketched) -> Counts | None:
        """The counts by the sketch, with the same tables; None where it does not tell them."""
        if not told.decoded:
            return None
        of_key = key_hash(self._plan)
        key_hashes = "(SELECT DISTINCT key_hash FROM differing)"
        self._settle(f"SEMI JOIN {key_hashes} AS u ON u.key_hash = reconcile_signed({of_key})")
        statement = render("compare/sketch_contradictions", key_hash=of_key)
        if self._row(statement) != (0,):
            return None
        tally = self._tally()
        equal = told.rows(Side.SOURCE) - tally.get(("rows", "source"), 0)
        null_keys = told.null_key_rows(Side.SOURCE)
        equal_null_key = null_keys - tally.get(("null_key_rows", "source"), 0)
        return replace(self._counts(tally, equal, equal_null_key), repeated_keys=None)

    def _null_key(self) -> str:
        """SQL that is true where a row's match key holds a NULL; `false` where none does.

        Of plain columns the files' footers tell whether there is a NULL, and the engine looks
        there first; the others are looked at row by row anyway.
        """
        holding = [
            f"{name} IS NULL"
            for name, column in zip(key_names(self._plan), self._plan.keys, strict=True)
            if column.domain.form is not Form.AS_IS
            or column.rule.map
            or column.rule.normalize
            or any(
                self._connection.execute(
                    f"SELECT 1 FROM {side}_rows WHERE {name} IS NULL LIMIT 1"
                ).fetchone()
                for side in (Side.SOURCE, Side.TARGET)
            )
        ]
        return f"({' OR '.join(holding)})" if holding else "false"

    def _join(self) -> tuple[int, int]:
        """Joins the sides, first setting repeated keys aside where there are any."""
        keys = key_names(self._plan)
        repeated = self._likely_to_multiply()
        while True:
            self._find_repeated(present=repeated)
            self._connection.execute(
                render(
                    "compare/joined",
                    keys=keys,
                    row_hash=row_hash(self._plan),
                    set_aside=repeated,
                )
            )
            equal, equal_null_key, source, target = self._row(render("compare/join_totals"))
            expected = self._rows[Side.SOURCE], self._rows[Side.TARGET]
            if (source, target) == expected or repeated:
                return int(equal), int(equal_null_key)
            repeated = True

    def _likely_to_multiply(self) -> bool:
        """Whether the smaller side's keys seem to repeat, so that a join might multiply rows."""
        smaller = min((Side.SOURCE, Side.TARGET), key=lambda side: self._rows[side])
        statement = render("compare/join_size", keys=key_names(self._plan), side=smaller.value)
        (pairs,) = self._row(statement)
        return pairs > _LIKELY_UNIQUE * self._rows[smaller] + 1_000

    def _find_repeated(self, *, present: bool) -> None:
        keys = key_names(self._plan)
        if present:
            self._connection.execute(render("compare/repeated", keys=keys))
        else:
            self._connection.execute(
                f"CREATE OR REPLACE TEMP TABLE repeated AS SELECT {', '.join(keys)} "
                "FROM source_rows LIMIT 0"
            )

    def _settle(self, wanted: str) -> None:
        """Reads some keys' rows in full and decides what becomes of each.

        Args:
            wanted: The join that leaves those keys' rows, as `detailed_relation` takes it.
        """
        keys, columns = key_names(self._plan), column_names(self._plan)
        relations = {
            side.value: detailed_relation(self._plan, side, self._files[side], wanted)
            for side in (Side.SOURCE, Side.TARGET)
        }
        self._connection.execute(
            render(
                "compare/detail",
                keys=keys,
                columns=columns,
                row_hash=row_hash(self._plan),
                relations=relations,
            )
        )
        self._connection.execute(render("compare/outcomes", keys=keys))
        differs = {
            literal(column.name): self._differs(name, column)
            for name, column in zip(columns, self._plan.columns, strict=True)
        }
        self._connection.execute(render("compare/pairs", columns=differs))

    def _differs(self, name: str, column: PlannedColumn) -> str:
        unequal = f"s.{name} IS DISTINCT FROM t.{name}"
        accepted = tolerated(f"s.{name}", f"t.{name}", column.domain, column.rule)
        return unequal if accepted is None else f"{unequal} AND NOT {accepted}"

    def _tally(self) -> dict[tuple[str, str], int]:
        """The detailed rows counted by outcome and side."""
        statement = render("compare/counts", keys=key_names(self._plan))
        return {
            (outcome, side): n
            for outcome, side, n in self._connection.execute(statement).fetchall()
        }

    def _counts(
        self, found: Mapping[tuple[str, str], int], equal: int, equal_null_key: int
    ) -> Counts:
        def n(outcome: str, side: str = "both") -> int:
            return found.get((outcome, side), 0)

        counts = Counts(
            source_rows=equal + n("rows", "source"),
            target_rows=equal + n("rows", "target"),
            matched=equal + n("cancelled", "source") + n("matched"),
            value_mismatch=n(Kind.VALUE_MISMATCH),
            missing_in_target=n(Kind.MISSING_IN_TARGET, "source"),
            missing_in_source=n(Kind.MISSING_IN_SOURCE, "target"),
            duplicate_key_source=n(Kind.DUPLICATE_KEY, "source"),
            duplicate_key_target=n(Kind.DUPLICATE_KEY, "target"),
            null_key_rows_source=equal_null_key + n("null_key_rows", "source"),
            null_key_rows_target=equal_null_key + n("null_key_rows", "target"),
            repeated_keys=n("repeated_keys"),
        )
        promised = self._rows[Side.SOURCE], self._rows[Side.TARGET]
        if (counts.source_rows, counts.target_rows) != promised:
            raise Unbalanced(
                "the rows read are not the rows that the files' footers promise",
                found=f"{counts.source_rows} source and {counts.target_rows} target rows",
                expected=f"{promised[0]} and {promised[1]}",
            )
        return counts

    def _refuse_uncastable_keys(self) -> None:
        for name, column in zip(key_names(self._plan), self._plan.keys, strict=True):
            if column.domain.form is not Form.CAST_TEXT:
                continue
            for side in (Side.SOURCE, Side.TARGET):
                bad = self._connection.execute(
                    f"SELECT substr({name}, 2) FROM {side}_rows "
                    f"WHERE NOT starts_with({name}, '{CAST}') LIMIT 1"
                ).fetchone()
                if bad is not None:
                    raise BadInput(
                        f"match key column {column.name!r} of the {side} side cannot be cast",
                        found=repr(bad[0]),
                        expected=f"values that can be cast to {column.rule.cast}",
                    )

    def _rows_of(self, side: Side) -> int:
        """The side's rows: what the footers promise, of a share what a count says."""
        if self._share.is_whole:
            return sum(file.schema.rows for file in self._files[side])
        return int(self._row(f"SELECT count(*) FROM {side}_rows")[0])

    @property
    def _shared(self) -> str:
        """The condition that leaves the share's match keys, over the canonical keys."""
        if self._share.is_whole:
            return ""
        return f" WHERE {key_hash(self._plan)} % {self._share.of} = {self._share.number}"

    def _row(self, statement: str) -> tuple[float, ...]:
        row = self._connection.execute(statement).fetchone()
        assert row is not None  # noqa: S101 - an aggregate has one row
        return tuple(row)

    def _copy(self, relation: str, destination: Path) -> None:
        self._connection.execute(
            f"COPY ({relation}) TO {literal(str(destination))} (FORMAT parquet, COMPRESSION zstd)"
        )

    def _translated(self) -> AbstractContextManager[None]:
        return translated(self._names)


def _numbered(schema: pa.Schema) -> pa.Schema:
    """The exported columns' schema, before the side's own names are given back."""
    columns = [(f"x{i}", field.type) for i, field in enumerate(schema)]
    return pa.schema([*columns, ("match_key", pa.string())])
