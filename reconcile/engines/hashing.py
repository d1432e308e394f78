"""What a row's hashes rest on: the digest beside which a fingerprint may be kept."""

from __future__ import annotations

import hashlib
import unicodedata
import zoneinfo
from importlib.resources import files
from pathlib import Path

import duckdb

from reconcile.comparison.domain import Domain
from reconcile.comparison.plan import ComparisonPlan, PlannedColumn
from reconcile.model.discrepancy import Side

_ALGORITHM = 2
"""To be raised by whoever changes how canonical values, hashes or fingerprints are computed."""


def basis(plan: ComparisonPlan, side: Side) -> str:
    """A digest of all that decides the hashes of a side's rows beside its bytes and folders.

    That is: which columns are hashed, in which order and from where; the domains that both sides'
    types led to; the rules that rewrite values; the engine's version, since its `hash()` is
    promised for no other; the versions of Unicode and of the zones; and our own algorithm.
    Tolerances are not part of it, for they only relax what was found unequal.

    Returns:
        Hexadecimal. Fingerprints of another basis must not be compared.
    """
    said = {
        "algorithm": _ALGORITHM,
        "engine": duckdb.__version__,
        "unicode": unicodedata.unidata_version,
        "keys": [_column(plan, side, column) for column in plan.keys],
        "columns": [_column(plan, side, column) for column in plan.columns],
        "zones": {zone: _rules_of(zone) for zone in sorted(_zones(plan))},
    }
    return hashlib.sha256(repr(said).encode()).hexdigest()


def _column(plan: ComparisonPlan, side: Side, column: PlannedColumn) -> tuple[object, ...]:
    schema = plan.source if side is Side.SOURCE else plan.target
    name = column.name if side is Side.SOURCE else column.target_name
    rule = column.rule
    return (
        name,
        repr(schema.columns[name]) if name in schema.folders else "in the files",
        repr(column.domain),
        sorted(rule.map.items()) if side is Side.TARGET else [],
        [str(step) for step in rule.normalize],
        rule.unordered,
    )


def _zones(plan: ComparisonPlan) -> set[str]:
    def of(domain: Domain) -> set[str]:
        named = {domain.zone, getattr(domain.cast, "tz", None)} - {None}
        return {str(zone) for zone in named}.union(*(of(part) for _, part in domain.elements))

    return set().union(*(of(column.domain) for column in (*plan.keys, *plan.columns)))


def _rules_of(zone: str) -> str:
    """A digest of what this machine's zone database says of a zone; empty for a bare offset."""
    places = [Path(folder, zone) for folder in zoneinfo.TZPATH]
    for place in places:
        if place.is_file():
            return hashlib.sha256(place.read_bytes()).hexdigest()
    try:
        return hashlib.sha256(files("tzdata").joinpath("zoneinfo", zone).read_bytes()).hexdigest()
    except (ModuleNotFoundError, FileNotFoundError):
        return ""
