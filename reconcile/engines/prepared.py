"""A comparison prepared: the engine's connection with both sides' rows as views."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb

from reconcile.comparison.domain import Form
from reconcile.comparison.plan import ComparisonPlan
from reconcile.engines.parquet import DataFile
from reconcile.engines.relation import column_names, key_hash, key_names, row_hash
from reconcile.model.discrepancy import Side
from reconcile.statements import render

BOTH = (Side.SOURCE, Side.TARGET)
_ADDRESSED_BITS = 17
"""Up to this many bits the engine addresses groups directly, which is faster than by their hash;
its own choice is 12."""


@dataclass(frozen=True)
class Prepared:
    """What every way of comparing works on.

    Attributes:
        connection: Has the views `source_rows` and `target_rows`: the canonical keys and columns
            of the rows to compare, and `file_group`.
        plan: The plan.
        files: Both sides' files.
        rows: How many rows either view has.
    """

    connection: duckdb.DuckDBPyConnection
    plan: ComparisonPlan
    files: Mapping[Side, Sequence[DataFile]]
    rows: Mapping[Side, int]

    @property
    def keys(self) -> list[str]:
        """Names of the key columns."""
        return key_names(self.plan)

    @property
    def columns(self) -> list[str]:
        """Names of the other compared columns."""
        return column_names(self.plan)

    @property
    def key_hash(self) -> str:
        """SQL of the hash of a row's match key."""
        return key_hash(self.plan)

    @property
    def row_hash(self) -> str:
        """SQL of the hash of a row's other compared columns."""
        return row_hash(self.plan)

    def run(self, name: str, **pieces: Any) -> list[tuple[Any, ...]]:
        """The rows that a statement of `sql/compare` gives."""
        rows: list[tuple[Any, ...]] = self.connection.execute(
            render(f"compare/{name}", **pieces)
        ).fetchall()
        return rows

    def only(self, name: str, **pieces: Any) -> tuple[Any, ...]:
        """The one row that a statement gives."""
        (row,) = self.run(name, **pieces)
        return row

    @contextmanager
    def addressing_groups(self) -> Iterator[None]:
        """Inside the block groups of one or two bytes are addressed directly."""
        self.connection.execute(f"SET perfect_ht_threshold = {_ADDRESSED_BITS}")
        try:
            yield
        finally:
            self.connection.execute("RESET perfect_ht_threshold")

    def null_key(self) -> str:
        """SQL that is true where a row's match key holds a NULL; `false` where none does.

        Of plain columns the files' footers tell whether there is a NULL, and the engine looks
        there first; the others are looked at row by row anyway.
        """
        holding = [
            f"{name} IS NULL"
            for name, column in zip(self.keys, self.plan.keys, strict=True)
            if column.domain.form is not Form.AS_IS
            or column.rule.map
            or column.rule.normalize
            or any(
                self.connection.execute(
                    f"SELECT 1 FROM {side}_rows WHERE {name} IS NULL LIMIT 1"
                ).fetchone()
                for side in BOTH
            )
        ]
        return f"({' OR '.join(holding)})" if holding else "false"
