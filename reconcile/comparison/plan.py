"""The plan of one comparison: which columns meet, in which domain, under which rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

import pyarrow as pa

from reconcile.comparison.casts import castable, parse_cast
from reconcile.comparison.domain import Domain, Form, common_domain
from reconcile.comparison.schema import SideSchema, renamed
from reconcile.comparison.tolerance import works_on
from reconcile.comparison.types import Kind, changed, kind_of, type_name
from reconcile.errors import BadInput
from reconcile.model.result import SchemaFinding
from reconcile.model.rules import ColumnRule, CompareRules, FindingKind, Severity


@dataclass(frozen=True)
class PlannedColumn:
    """One column that both sides have and that is compared.

    Attributes:
        name: The source's name, after `rename`.
        target_name: The name in the target's files.
        domain: The common domain.
        rule: How it is compared.
    """

    name: str
    target_name: str
    domain: Domain
    rule: ColumnRule


@dataclass(frozen=True)
class ComparisonPlan:
    """Everything the engine needs to know, and what is known before a row is read.

    Attributes:
        keys: The match key, in the order given.
        columns: The other compared columns, in the source's order.
        not_compared: Columns of both sides that have no common meaning, with their rules.
        findings: Schema findings that are not ignored.
        source: The source's schema.
        target: The target's schema, by the target's own names.
        names: The source's name of every target column, by the target's own name.
    """

    keys: tuple[PlannedColumn, ...]
    columns: tuple[PlannedColumn, ...]
    not_compared: Mapping[str, ColumnRule]
    findings: tuple[SchemaFinding, ...]
    source: SideSchema
    target: SideSchema
    names: Mapping[str, str]


def plan_comparison(source: SideSchema, target: SideSchema, rules: CompareRules) -> ComparisonPlan:
    """Pairs the columns of two sides under the rules.

    Raises:
        BadInput: There is no match key, a key column is absent or not comparable, or a rule
            names no column of either side or one of a type it cannot work on.
    """
    _check_match_key(rules.match_key)
    theirs, original = renamed(target, rules.rename)
    known = source.columns.keys() | theirs.columns.keys()
    for name in dict.fromkeys((*rules.match_key, *rules.exclude, *rules.columns)):
        if name not in known:
            raise _unknown(name, known, rules)
    for old, new in rules.rename.items():
        if new not in known:
            raise _unknown(old, known, rules)
    keys = tuple(_key(name, source, theirs, original, rules) for name in rules.match_key)
    shared = [
        name
        for name in source.columns
        if name in theirs.columns and name not in {*rules.match_key, *rules.exclude}
    ]
    domains = {name: _domain(name, source, theirs, rules) for name in shared}
    columns = tuple(
        PlannedColumn(name, original[name], domain, rules.rule(name))
        for name, domain in domains.items()
        if domain is not None
    )
    return ComparisonPlan(
        keys=keys,
        columns=columns,
        not_compared={n: rules.rule(n) for n, domain in domains.items() if domain is None},
        findings=_findings(source, theirs, domains, rules),
        source=source,
        target=target,
        names={old: new for new, old in original.items()},
    )


def _check_match_key(match_key: tuple[str, ...]) -> None:
    if not match_key:
        raise BadInput(
            "nothing says which columns are the match key", next_step="name at least one column"
        )
    if len(set(match_key)) < len(match_key):
        raise BadInput("the match key names a column twice", found=", ".join(match_key))


def _unknown(name: str, known: set[str], rules: CompareRules) -> BadInput:
    if name in rules.match_key:
        what = f"match key column {name!r} is on neither side"
    else:
        what = f"a rule names column {name!r}, which is on neither side"
    near = get_close_matches(name, sorted(known), n=1)
    return BadInput(
        what,
        found=f"columns {', '.join(sorted(known)[:20])}" + (" …" if len(known) > 20 else ""),
        next_step=f"did you mean {near[0]!r}?" if near else "rules use the source's names",
    )


def _key(
    name: str,
    source: SideSchema,
    target: SideSchema,
    original: Mapping[str, str],
    rules: CompareRules,
) -> PlannedColumn:
    for schema in (source, target):
        if name not in schema.columns:
            raise BadInput(
                f"match key column {name!r} is absent on the {schema.side} side",
                found=f"columns {', '.join(list(schema.columns)[:20])}",
                next_step="name a key both sides have, or rename the target's column",
            )
    rule = rules.rule(name)
    if rule.has_tolerance:
        raise BadInput(
            f"match key column {name!r} has a tolerance",
            found=rule.describe(),
            expected="keys that are equal or not",
            next_step="use cast or normalize to make near keys equal",
        )
    domain = _domain(name, source, target, rules)
    if domain is None:
        raise BadInput(
            f"match key column {name!r} has types that cannot be compared",
            found=f"{type_name(source.columns[name])} in the source and "
            f"{type_name(target.columns[name])} in the target",
            next_step="say how with a cast rule",
        )
    return PlannedColumn(name, original[name], domain, rule)


def _domain(
    name: str, source: SideSchema, target: SideSchema, rules: CompareRules
) -> Domain | None:
    """The common domain of a column of both sides under its rule; None if not comparable."""
    rule = rules.rule(name)
    ours, theirs = source.types[name], target.types[name]
    _check_text_rules(name, rule, ours, theirs)
    if rule.cast is not None:
        domain: Domain | None = _cast_domain(name, rule.cast, (*ours, *theirs), rules)
    elif rule.as_json:
        domain = Domain(Form.JSON_TEXT, Kind.TEXT, "VARCHAR")
    else:
        domain = common_domain((*ours, *theirs), rules.assume_timezone)
    if domain is None:
        return None
    if rule.unordered and domain.kind not in (Kind.LIST, Kind.NULL):
        raise _cannot_work(name, "unordered", "lists", (*ours, *theirs))
    if not works_on(domain, rule) and domain.kind is not Kind.NULL:
        needed = "dates and times" if rule.within is not None else "numbers and lists of them"
        raise _cannot_work(name, rule.describe(), needed, (*ours, *theirs))
    return domain


def _check_text_rules(
    name: str,
    rule: ColumnRule,
    source: tuple[pa.DataType, ...],
    target: tuple[pa.DataType, ...],
) -> None:
    """`map`, `normalize` and `as: json` work on text; before a cast, on the side that is text."""

    def is_text(types: tuple[pa.DataType, ...]) -> bool:
        return all(kind_of(arrow) in (Kind.TEXT, Kind.NULL) for arrow in types)

    if rule.map and not is_text(target):
        raise _cannot_work(name, "map", "text in the target", target)
    if rule.normalize:
        enough = any if rule.cast is not None else all
        if not enough(is_text(types) for types in (source, target)):
            raise _cannot_work(name, "normalize", "text", (*source, *target))
    if rule.as_json and not is_text((*source, *target)):
        raise _cannot_work(name, "as: json", "text", (*source, *target))


def _cast_domain(
    name: str, cast: str, types: tuple[pa.DataType, ...], rules: CompareRules
) -> Domain:
    target = parse_cast(cast)
    if target is None:
        raise BadInput(
            f"column {name!r} is cast to an unknown type",
            found=repr(cast),
            expected="string, int64, decimal(18,2), float32, date, timestamp[us, UTC] and the like",
        )
    if not all(castable(arrow, target) for arrow in types):
        raise _cannot_work(name, f"cast: {cast}", "types that can be cast to it", types)
    if kind_of(target) is Kind.TEXT:
        return Domain(Form.AS_IS, Kind.TEXT, "VARCHAR")
    return Domain(
        Form.CAST_TEXT, kind_of(target), "VARCHAR", zone=rules.assume_timezone, cast=target
    )


def _cannot_work(name: str, rule: str, needed: str, types: tuple[pa.DataType, ...]) -> BadInput:
    found = ", ".join(dict.fromkeys(type_name(arrow) for arrow in types))
    return BadInput(f"rule {rule!r} cannot work on column {name!r}", found=found, expected=needed)


def _findings(
    source: SideSchema,
    target: SideSchema,
    domains: Mapping[str, Domain | None],
    rules: CompareRules,
) -> tuple[SchemaFinding, ...]:
    found = []
    for name in dict.fromkeys((*source.columns, *target.columns)):
        if name in rules.exclude:
            continue
        ours, theirs = source.columns.get(name), target.columns.get(name)
        if theirs is None:
            kind = FindingKind.MISSING_IN_TARGET
        elif ours is None:
            kind = FindingKind.MISSING_IN_SOURCE
        elif name in domains and domains[name] is None:
            kind = FindingKind.NOT_COMPARABLE
        elif changed(ours, theirs):
            kind = FindingKind.TYPE_CHANGED
        else:
            continue
        found.append(
            SchemaFinding(
                kind=kind,
                column=name,
                source_type=None if ours is None else type_name(ours),
                target_type=None if theirs is None else type_name(theirs),
                severity=rules.severities[kind],
            )
        )
    return tuple(finding for finding in found if finding.severity is not Severity.IGNORE)
