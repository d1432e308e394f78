"""A shuffled copy of a Parquet file that differs from it in rows that are known.

Which rows differ is drawn from a digest of a seed and the match key, so that every machine draws
the same ones.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from benchmarks.machine import memory

LOTS = 100_000
"""Every row draws one of so many lots."""

_SEED = 2013


@dataclass(frozen=True)
class Change:
    """Rows of the copy that have another value.

    Attributes:
        column: Whose value.
        value: SQL of the other value over the row.
        lots: How many lots of `LOTS` have it.
    """

    column: str
    value: str
    lots: int


@dataclass(frozen=True)
class Alterations:
    """Everything that the copy has otherwise.

    Attributes:
        changes: Rows with another value, each row at most one.
        missing: Lots whose rows the copy lacks.
        added: Lots whose rows the copy has once more, under another match key.
        new_key: The column that tells an added row from the row it was made of, and its value.
    """

    changes: Sequence[Change]
    missing: int = 0
    added: int = 0
    new_key: tuple[str, str] = ("", "")

    @property
    def changed(self) -> int:
        """Lots whose rows have another value."""
        return sum(change.lots for change in self.changes)


def write_altered(
    source: Path, target: Path, key: Sequence[str], alterations: Alterations
) -> dict[str, int]:
    """Writes the copy.

    Returns:
        The known answer: rows of each kind of discrepancy.
    """
    drawn = _drawn(key)
    with duckdb.connect() as connection:
        connection.execute("SET preserve_insertion_order = false")
        connection.execute(f"SET temp_directory = '{target.parent / 'spill'}'")
        connection.execute(f"SET memory_limit = '{memory() // 3}B'")  # the sort spills well
        described = connection.execute(f"DESCRIBE FROM read_parquet('{source}')").fetchall()
        types = {column[0]: column[1] for column in described}
        copy = f"COPY ({_copy(drawn, alterations, types)}) TO '{target}' (FORMAT parquet)"
        connection.execute(copy, {"source": str(source)})
        found = connection.execute(_answer(drawn, alterations), {"source": str(source)})
        names = [column[0] for column in found.description]
        return dict(zip(names, found.fetchall()[0], strict=True))


def write_answer(folder: Path, answer: Mapping[str, int]) -> None:
    """Writes the known answer, whose presence says that the folder is whole."""
    (folder / "answer.json").write_text(json.dumps(answer))


def _drawn(key: Sequence[str]) -> str:
    text = " || '|' || ".join([f"'{_SEED}'", *key])
    return f"""
        SELECT *, CAST(digest % {LOTS} AS INTEGER) AS lot
        FROM (SELECT *, md5_number_upper({text}) AS digest FROM read_parquet($source))
    """


def _copy(drawn: str, alterations: Alterations, types: Mapping[str, str]) -> str:
    changed, first, values = alterations.changed, 0, []
    for change in alterations.changes:
        lots = f"lot BETWEEN {first} AND {first + change.lots - 1}"
        # A sum of decimals is wider than they are, and the copy's columns are of the same types.
        value = f"CAST({change.value} AS {types[change.column]})"
        values.append(f"CASE WHEN {lots} THEN {value} ELSE {change.column} END AS {change.column}")
        first += change.lots
    replaced = ", ".join(values)
    rows = f"""
        SELECT * REPLACE ({replaced}) FROM drawn
        WHERE NOT (lot >= {changed} AND lot < {changed + alterations.missing})
    """
    if alterations.added:
        column, value = alterations.new_key
        begin = changed + alterations.missing
        rows += f"""
            UNION ALL
            SELECT * REPLACE (CAST({value} AS {types[column]}) AS {column}) FROM drawn
            WHERE lot >= {begin} AND lot < {begin + alterations.added}
        """
    return f"""
        WITH drawn AS ({drawn}), altered AS ({rows})
        SELECT * EXCLUDE (digest, lot) FROM altered ORDER BY digest
    """


def _answer(drawn: str, alterations: Alterations) -> str:
    changed = alterations.changed
    begin = changed + alterations.missing
    return f"""
        WITH drawn AS ({drawn})
        SELECT
            count(*) FILTER (lot < {changed}) AS value_mismatch,
            count(*) FILTER (lot >= {changed} AND lot < {begin}) AS missing_in_target,
            count(*) FILTER (lot >= {begin} AND lot < {begin + alterations.added})
                AS missing_in_source
        FROM drawn
    """
