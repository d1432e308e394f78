"""Reads the `rules` of a YAML case: the keys of a rules file, see `contract.md`.

The cases test what rules do. Whether a rules file is well formed is tested with `config`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from reconcile.model.discrepancy import Kind
from reconcile.model.rules import (
    DEFAULT_SEVERITIES,
    ColumnRule,
    CompareRules,
    FindingKind,
    Normalization,
    Severity,
    Threshold,
)

_DURATION = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "min": 60 * 10**9, "h": 3600 * 10**9}


def read_rules(spelt: Mapping[str, Any]) -> CompareRules:
    unknown = set(spelt) - {"match_key", "columns", "assume_timezone", "schema", "thresholds"}
    assert not unknown, f"unknown rules {unknown}"
    columns = spelt.get("columns", {})
    assert set(columns) <= {"exclude", "rename", "rules"}, f"unknown keys in {columns}"
    return CompareRules(
        match_key=tuple(spelt["match_key"]),
        exclude=tuple(columns.get("exclude", ())),
        rename=columns.get("rename", {}),
        columns={name: _rule(rule) for name, rule in columns.get("rules", {}).items()},
        assume_timezone=spelt.get("assume_timezone"),
        severities={
            **DEFAULT_SEVERITIES,
            **{FindingKind(k): Severity(v) for k, v in spelt.get("schema", {}).items()},
        },
        thresholds={Kind(k): _threshold(v) for k, v in spelt.get("thresholds", {}).items()},
    )


def _rule(spelt: Mapping[str, Any]) -> ColumnRule:
    known = {"absolute", "relative", "within", "normalize", "cast", "unordered", "as", "map"}
    assert set(spelt) <= known, f"unknown keys in {spelt}"
    assert spelt.get("as", "json") == "json"
    return ColumnRule(
        absolute=_decimal(spelt.get("absolute")),
        relative=_decimal(spelt.get("relative")),
        within=_duration(spelt["within"]) if "within" in spelt else None,
        normalize=tuple(Normalization(step) for step in spelt.get("normalize", ())),
        cast=spelt.get("cast"),
        unordered=spelt.get("unordered", False),
        as_json="as" in spelt,
        map=spelt.get("map", {}),
    )


def _decimal(spelt: Any) -> Decimal | None:
    return None if spelt is None else Decimal(str(spelt))


def _duration(spelt: str) -> int:
    found = re.fullmatch(r"(\d+)(ns|us|ms|s|min|h)", spelt)
    assert found, f"{spelt!r} is not a duration"
    return int(found[1]) * _DURATION[found[2]]


def _threshold(spelt: Mapping[str, Any]) -> Threshold:
    assert set(spelt) <= {"rows", "share"}
    return Threshold(rows=spelt.get("rows"), share=_decimal(spelt.get("share")))
