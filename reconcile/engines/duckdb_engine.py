"""The embedded engine: carries a plan out on DuckDB, by a join or by a sketch of row hashes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa

from reconcile.comparison.casts import CAST
from reconcile.comparison.domain import Form
from reconcile.comparison.plan import ComparisonPlan
from reconcile.comparison.share import WHOLE, Share
from reconcile.comparison.sql_text import literal
from reconcile.comparison.types import holds_floats
from reconcile.engines.duckdb_errors import translated
from reconcile.engines.duckdb_settings import connected
from reconcile.engines.functions import register
from reconcile.engines.joining import (
    join_hashes,
    join_values,
    join_values_with_examples,
    likely_many,
    settle_unsettled,
)
from reconcile.engines.parquet import DataFile, write_table
from reconcile.engines.prepared import BOTH, Prepared
from reconcile.engines.relation import (
    canonical_relation,
    key_hash,
    key_names,
    match_key,
    raw_relation,
)
from reconcile.engines.settling import Tally
from reconcile.engines.sketching import Sketched, fingerprints, settle_sketched, sketched
from reconcile.errors import BadInput
from reconcile.model.discrepancy import Side
from reconcile.model.fingerprint import Fingerprint
from reconcile.model.result import Counts
from reconcile.statements import render

_SMALL = 1_000_000
"""Rows, of both sides together, that `auto` joins, and that are not looked at beforehand."""
_FEW_KEYS = 200_000
"""Up to this many keys are settled by reading their rows once more."""


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


@dataclass(frozen=True)
class _Found:
    """What became of the rows, and how it was found out."""

    tally: Tally
    strategy: str
    told: Sketched | None


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
        fingerprints: Whether `auto` is to find fingerprints out of small data too.
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
        fingerprints: bool = False,
    ) -> None:
        self._plan = plan
        self._files = files
        self._share = share
        self._strategy = strategy
        self._fingerprints = fingerprints
        self._names = {str(file.path): file.schema.name for side in files.values() for file in side}
        self._connection = connected(workspace, memory, threads)

    def __enter__(self) -> DuckDBEngine:
        self._connection.execute("SET TimeZone = 'UTC'")
        if self._has_floats():
            # A file's least and greatest number leave NaN out, and what the engine concludes from
            # them (no NaN here, few groups) is wrong where there is one.
            self._connection.execute("SET disabled_optimizers = 'statistics_propagation'")
        register(self._connection)
        with self._translated():
            for side in BOTH:
                relation = canonical_relation(self._plan, side, self._files[side])
                self._connection.execute(
                    f"CREATE TEMP VIEW {side}_rows AS SELECT * FROM ({relation}){self._shared}"
                )
            rows = {side: self._rows_of(side) for side in BOTH}
        self.prepared = Prepared(self._connection, self._plan, self._files, rows)
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def compare(self, discrepancies: Path | None, *, per_kind: int | None = None) -> EngineResult:
        """Compares the sides and writes discrepant rows to a Parquet file.

        Args:
            discrepancies: Where the rows go; the columns of `sql/compare/discrepancies.sql`. None
                where only the figures are wanted.
            per_kind: How many rows of each kind to write, the first in the file's order; every
                discrepant row if None. Few are much cheaper than all where many rows differ.

        Raises:
            BadInput: A match key cannot be cast.
            Unreadable: A file turns out corrupt.
            DiskFull: There is no room to spill or write.
            Unbalanced: The rows read are not the rows the footers promise.
        """
        with self._translated():
            self._refuse_uncastable_keys()
            found = self._found(with_rows=discrepancies is not None, per_kind=per_kind)
            if discrepancies is not None:
                key = match_key(self._plan, "d.")
                self._copy(
                    render("compare/discrepancies", match_key=key, per_kind=per_kind), discrepancies
                )
        counts = found.tally.counts(self.prepared.rows)
        is_sketch = found.strategy == "sketch"
        return EngineResult(
            replace(counts, repeated_keys=None) if is_sketch else counts,
            found.tally.mismatched,
            found.strategy,
            self._fingerprints_of(found) if self._share.is_whole else {},
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
        if not self.prepared.rows[side]:
            write_table(pa.Table.from_batches([], _numbered(types)), destination)
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

    def _found(self, *, with_rows: bool, per_kind: int | None) -> _Found:
        """What became of every row, by the cheapest way; the tables that discrepant rows are
        written from are left behind where such rows are wanted."""
        prepared, told = self.prepared, None
        all_rows = with_rows and per_kind is None
        size = sum(prepared.rows.values())
        many = size > _SMALL and likely_many(prepared)
        if not many and (
            self._strategy == "sketch" or (self._strategy == "auto" and size > _SMALL)
        ):
            told = sketched(prepared)
            tally = settle_sketched(prepared, told, with_rows=with_rows)
            if tally is not None:
                return _Found(tally, "sketch", told)
        if not many or all_rows:
            equal = join_hashes(prepared)
            if all_rows or self._count("unsettled") <= _FEW_KEYS:
                return _Found(equal + settle_unsettled(prepared, with_rows=with_rows), "join", told)
        if per_kind is None or not with_rows:
            tally = join_values(prepared, differing_keys=False)
        else:
            key = match_key(self._plan, "d.")
            tally = join_values_with_examples(prepared, key, per_kind)
        return _Found(tally, "join", told)

    def _fingerprints_of(self, found: _Found) -> Mapping[Side, Mapping[int, Fingerprint]]:
        if found.told is not None:
            return found.told.fingerprints
        small = self._strategy == "auto" and sum(self.prepared.rows.values()) <= _SMALL
        if not self._fingerprints or not small:
            return {}
        with self._translated():
            return fingerprints(self.prepared)

    def _refuse_uncastable_keys(self) -> None:
        for name, column in zip(key_names(self._plan), self._plan.keys, strict=True):
            if column.domain.form is not Form.CAST_TEXT:
                continue
            for side in BOTH:
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
        return self._count(f"{side}_rows")

    @property
    def _shared(self) -> str:
        """The condition that leaves the share's match keys, over the canonical keys."""
        if self._share.is_whole:
            return ""
        return f" WHERE {key_hash(self._plan)} % {self._share.of} = {self._share.number}"

    def _count(self, table: str) -> int:
        row = self._connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        assert row is not None  # noqa: S101 - an aggregate has one row
        return int(row[0])

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
