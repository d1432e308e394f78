"""Functions that SQL has no words for: Unicode, JSON, zones, exact numbers."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import cache, lru_cache
from inspect import signature
from typing import Any

import duckdb
import pyarrow as pa

from reconcile.comparison.numbers import close, lists_close, rounded
from reconcile.comparison.text import canonical_json, normalized
from reconcile.comparison.times import parsed_date, parsed_time, zoned_text
from reconcile.model.rules import Normalization
from reconcile.statements import render

_REMEMBERED = 65_536
"""Distinct arguments a function remembers the answer for; real columns repeat themselves."""


def _normalized(text: str, steps: str) -> str | None:
    return normalized(text, _steps(steps))


@cache
def _steps(spelled: str) -> tuple[Normalization, ...]:
    return tuple(Normalization(step) for step in spelled.split())


def _time(text: str, zone: str) -> str | None:
    count = parsed_time(text, zone)
    return None if count is None else str(count)


def _zoned(local: str, zone: str) -> str:
    return zoned_text(int(local), zone)


def _close(source: str, target: str, absolute: str, relative: str) -> bool:
    return close(source, target, Decimal(absolute), Decimal(relative))


def _lists_close(source: str, target: str, absolute: str, relative: str, floats: bool) -> bool:
    return lists_close(source, target, Decimal(absolute), Decimal(relative), floats=floats)


_TEXT = "VARCHAR"
_FUNCTIONS: tuple[tuple[str, Callable[..., Any], tuple[str, ...], str], ...] = (
    ("reconcile_normalized", _normalized, (_TEXT, _TEXT), _TEXT),
    ("reconcile_json", canonical_json, (_TEXT,), _TEXT),
    ("reconcile_rounded", rounded, (_TEXT, "INTEGER", "INTEGER"), _TEXT),
    ("reconcile_date", parsed_date, (_TEXT,), _TEXT),
    ("reconcile_time", _time, (_TEXT, _TEXT), _TEXT),
    ("reconcile_zoned", _zoned, (_TEXT, _TEXT), _TEXT),
    ("reconcile_exactly_close", _close, (_TEXT,) * 4, "BOOLEAN"),
    ("reconcile_lists_close", _lists_close, (*(_TEXT,) * 4, "BOOLEAN"), "BOOLEAN"),
)


def register(connection: duckdb.DuckDBPyConnection) -> None:
    """Makes every function and macro known to a connection."""
    for name, function, parameters, result in _FUNCTIONS:
        connection.create_function(
            name,
            _over_arrays(function, result),
            list(parameters),
            result,
            type="arrow",
            null_handling="special",  # the default one forbids NULL answers
        )
    connection.execute(render("compare/functions"))


def _over_arrays(function: Callable[..., Any], result: str) -> Callable[..., pa.Array]:
    remembered = lru_cache(maxsize=_REMEMBERED)(function)
    arrow = pa.bool_() if result == "BOOLEAN" else pa.string()

    def apply(*columns: pa.ChunkedArray) -> pa.Array:
        rows = zip(*(column.to_pylist() for column in columns), strict=True)
        return pa.array([None if None in row else remembered(*row) for row in rows], arrow)

    apply.__signature__ = signature(function)  # type: ignore[attr-defined] # the engine counts it
    return apply
