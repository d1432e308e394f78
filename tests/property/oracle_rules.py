"""Rules: which of them may stand, and what they make of a column's values (section 5).

Part of the oracle.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from reconcile.errors import BadInput
from reconcile.model.rules import ColumnRule, CompareRules, Normalization
from tests.property.oracle_cast import Uncastable, cast, refuse_kind
from tests.property.oracle_json import document
from tests.property.oracle_types import MOMENTS, NUMBERS, kind, parse_type, plain
from tests.property.oracle_values import bag, canonical

WHITE_SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""The characters that have Unicode's property White_Space."""

_STEPS: dict[Normalization, Callable[[str], str | None]] = {
    Normalization.TRIM: lambda text: text.strip(WHITE_SPACE),
    Normalization.COLLAPSE_SPACES: lambda text: re.sub(" +", " ", text),
    Normalization.CASEFOLD: str.casefold,
    Normalization.NFC: lambda text: unicodedata.normalize("NFC", text),
    Normalization.NFKC: lambda text: unicodedata.normalize("NFKC", text),
    Normalization.EMPTY_AS_NULL: lambda text: text or None,
}


@dataclass(frozen=True)
class Column:
    """One column that both sides have, with all that is needed to compare it."""

    name: str
    source: pa.DataType
    target: pa.DataType
    rule: ColumnRule
    zone: str | None

    @property
    def wanted(self) -> pa.DataType | None:
        return None if self.rule.cast is None else parse_type(self.rule.cast)

    @property
    def compared_as(self) -> tuple[pa.DataType, pa.DataType]:
        """Both types after the cast."""
        wanted = self.wanted
        return (self.source, self.target) if wanted is None else (wanted, wanted)

    def comparison_form(self, value: Any, *, of_target: bool) -> Any:
        """The canonical value after `map`, `normalize`, `cast`, `as: json`, `unordered`."""
        own, other = (self.target, self.source) if of_target else (self.source, self.target)
        if of_target and isinstance(value, str) and value in self.rule.map:
            value = self.rule.map[value]
        for step in self.rule.normalize:
            if isinstance(value, str):
                value = _STEPS[step](value)
        wanted = self.wanted
        if wanted is not None and value is not None:
            try:
                value, own, other = cast(value, own, wanted), wanted, wanted
            except Uncastable:
                # The same text on both sides is equal (section 5), and so is the same value of
                # another type, or a dataset would not equal itself.
                return ("uncastable", isinstance(value, str), str(value))
        if self.rule.as_json and isinstance(value, str):
            return document(value)
        value = canonical(value, own, other, zone=self.zone)
        return bag(value) if self.rule.unordered else value


def is_uncastable(form: Any) -> bool:
    """Whether a comparison form stands for a value that could not be cast."""
    return isinstance(form, tuple) and form[:1] == ("uncastable",)


def check_rule(column: Column, *, is_key: bool) -> None:
    """Refuses a rule of a type it cannot work on.

    Raises:
        BadInput: The rule, the column and its types are named.
    """
    rule = column.rule
    before, after = (column.source, column.target), column.compared_as
    if rule.map:
        _need(column, "map", {"text"}, (column.target,))
    if rule.normalize and not any(kind(type_) == "text" for type_ in before):
        _need(column, "normalize", {"text"}, before)
    if rule.cast is not None:
        for type_ in before:
            refuse_kind(type_, parse_type(rule.cast), column=column.name)
    if rule.as_json:
        _need(column, "as: json", {"text"}, after)
    if rule.unordered:
        _need(column, "unordered", {"list"}, after)
        if rule.has_tolerance:
            raise BadInput(f"column {column.name!r} has both `unordered` and a tolerance")
    if rule.absolute is not None or rule.relative is not None:
        _need(column, "absolute, relative", NUMBERS, tuple(_innermost(type_) for type_ in after))
    if rule.within is not None:
        _need(column, "within", MOMENTS | {"time"}, after)
    if is_key and (rule.has_tolerance or rule.unordered or rule.as_json):
        raise BadInput(f"key column {column.name!r} can only be mapped, normalized or cast")


def _innermost(type_: pa.DataType) -> pa.DataType:
    return _innermost(plain(type_).value_type) if kind(type_) == "list" else type_


def _need(
    column: Column, what: str, kinds: set[str] | frozenset[str], types: tuple[pa.DataType, ...]
) -> None:
    if any(kind(type_) not in {*kinds, "null"} for type_ in types):
        raise BadInput(
            f"rule {what} cannot work on column {column.name!r}",
            found=" and ".join(str(type_) for type_ in types),
            expected=" or ".join(sorted(kinds)),
        )


def check_names(rules: CompareRules, source: set[str], target: set[str]) -> None:
    """Refuses rules that name columns of neither side, and keys that one side lacks.

    Args:
        rules: The rules.
        source: Column names of the source.
        target: Column names of the target, renamed.

    Raises:
        BadInput: The name.
    """
    named = {*rules.match_key, *rules.exclude, *rules.columns}
    for name in sorted(named - (source | target)):
        raise BadInput(f"no side has a column {name!r}")
    if not rules.match_key or len(set(rules.match_key)) != len(rules.match_key):
        raise BadInput("the match key needs one or more columns, each once")
    for name in rules.match_key:
        if name not in source or name not in target or name in rules.exclude:
            raise BadInput(f"key column {name!r} must be a compared column of both sides")
