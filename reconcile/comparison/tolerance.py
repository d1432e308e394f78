"""Tolerances: SQL that accepts two canonical values found unequal.

A tolerance only ever relaxes equality, so it is asked of unequal pairs alone. Numbers are first
judged in float64 with a margin for its own error; what falls inside the margin is judged exactly.
"""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa

from reconcile.comparison.casts import CAST
from reconcile.comparison.domain import Domain, Form
from reconcile.comparison.numbers import FLOAT_MARK
from reconcile.comparison.sql_text import literal
from reconcile.comparison.times import nanoseconds
from reconcile.comparison.types import NUMBERS, TEMPORAL, Kind, kind_of
from reconcile.model.rules import ColumnRule


def tolerated(source: str, target: str, domain: Domain, rule: ColumnRule) -> str | None:
    """SQL that is true where the rule accepts the pair; None where there is nothing to tolerate."""
    if not rule.has_tolerance or domain.kind is Kind.NULL:
        return None
    if rule.within is not None:
        left, right = _nanoseconds(source, domain), _nanoseconds(target, domain)
        return f"coalesce(abs({left} - {right}) <= {rule.within}, false)"
    absolute, relative = rule.absolute or Decimal(0), rule.relative or Decimal(0)
    limits = f"{literal(str(absolute))}, {literal(str(relative))}"
    if domain.form is Form.NESTED_TEXT:
        floats = _innermost(domain).form is Form.AS_IS and _innermost(domain).kind is Kind.FLOAT
        return f"coalesce(reconcile_lists_close({source}, {target}, {limits}, {floats}), false)"
    left, right = _number_text(source, domain), _number_text(target, domain)
    near = f"{_approximate(source, domain)}, {_approximate(target, domain)}"
    return f"coalesce(reconcile_close({near}, {left}, {right}, {limits}), false)"


def works_on(domain: Domain, rule: ColumnRule) -> bool:
    """Whether the rule's tolerance has a meaning for values of this domain."""
    if rule.within is not None:
        return domain.kind in TEMPORAL
    if rule.absolute is not None or rule.relative is not None:
        return _innermost(domain).kind in NUMBERS | {Kind.NULL}
    return True


def _innermost(domain: Domain) -> Domain:
    if domain.kind is Kind.LIST:
        return _innermost(dict(domain.elements)["element"])
    return domain


def _number_text(sql: str, domain: Domain) -> str:
    """SQL of a number as text that `numbers.exact` reads."""
    if domain.form is Form.CAST_TEXT:
        body = _cast_value(sql)
        return f"('{FLOAT_MARK}' || {body})" if domain.kind is Kind.FLOAT else body
    if domain.form is Form.AS_IS and domain.kind is Kind.FLOAT:
        return f"('{FLOAT_MARK}' || CAST(CAST({sql} AS DOUBLE) AS VARCHAR))"
    return f"CAST({sql} AS VARCHAR)"


def _approximate(sql: str, domain: Domain) -> str:
    if domain.form is Form.AS_IS:
        return f"CAST({sql} AS DOUBLE)"
    return f"TRY_CAST(ltrim({_number_text(sql, domain)}, '{FLOAT_MARK}') AS DOUBLE)"


def _nanoseconds(sql: str, domain: Domain) -> str:
    if domain.form is Form.NANOSECONDS:
        return sql
    if domain.form is Form.ZONED_TEXT:
        return f"TRY_CAST({sql} AS HUGEINT)"
    if domain.form is Form.CAST_TEXT:
        kind = kind_of(domain.cast)
        if kind in (Kind.DATE, Kind.TIME):
            return nanoseconds(f"TRY_CAST({_cast_value(sql)} AS {kind.name})", domain.cast)
        return f"TRY_CAST({_cast_value(sql)} AS HUGEINT)"
    if domain.kind is Kind.DATE:
        return nanoseconds(sql, pa.date32())
    return nanoseconds(sql, pa.timestamp("ns" if domain.sql.endswith("_NS") else "us"))


def _cast_value(sql: str) -> str:
    """SQL of a canonical cast value's spelling, NULL where it could not be cast."""
    return f"(CASE WHEN starts_with({sql}, '{CAST}') THEN substr({sql}, 2) END)"
