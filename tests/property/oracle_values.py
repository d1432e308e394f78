"""Values: read from Arrow without loss, brought to one canonical form, compared with tolerance.

Part of the oracle. A canonical value equals another (`==`, and by hash) exactly when the two
values are equal before any tolerance (section 4).
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from reconcile.errors import BadInput
from reconcile.model.rules import ColumnRule
from tests.property.oracle_types import kind, plain

UNIT = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}
DAY = 86_400 * UNIT["s"]


@dataclass(frozen=True)
class Local:
    """A date (its midnight) or a timestamp without a zone: nanoseconds on the wall clock."""

    ns: int


@dataclass(frozen=True)
class Instant:
    """A timestamp with a zone: nanoseconds since 1970 in UTC."""

    ns: int


@dataclass(frozen=True)
class TimeOfDay:
    """Nanoseconds since midnight."""

    ns: int


@dataclass(frozen=True)
class Uuid:
    octets: bytes


@dataclass(frozen=True)
class NotFinite:
    """`nan`, `inf` or `-inf`; each equals itself and no other number."""

    name: str


class Nothing:
    """A value that equals nothing, not even itself in another row."""


def decoded(scalar: pa.Scalar) -> Any:
    """One Arrow value in plain Python, nothing lost."""
    if not scalar.is_valid:
        return None
    type_ = scalar.type
    if pa.types.is_dictionary(type_):
        return decoded(scalar.value)
    match kind(type_):
        case "null":
            return None
        case "decimal":
            return Fraction(scalar.as_py())
        case "float":
            return float(scalar.as_py())
        case "date":
            return Local(scalar.value * (DAY if pa.types.is_date32(type_) else UNIT["ms"]))
        case "local":
            return Local(scalar.value * UNIT[type_.unit])
        case "instant":
            return Instant(scalar.value * UNIT[type_.unit])
        case "time":
            return TimeOfDay(scalar.value * UNIT[type_.unit])
        case "uuid":
            return Uuid(scalar.value.as_py())
        case "struct":
            return {name: decoded(scalar[i]) for i, name in enumerate(f.name for f in type_)}
        case "list":
            return [decoded(element) for element in scalar.values]
        case "map":
            return [(decoded(pair[0]), decoded(pair[1])) for pair in scalar.values]
        case "other":
            return scalar.as_py() if not pa.types.is_duration(type_) else scalar.value
    return scalar.as_py()


def canonical(value: Any, own: pa.DataType, other: pa.DataType, *, zone: str | None) -> Any:
    """The form of a value in which `==` is the equality of section 4.

    Args:
        value: As `decoded` gives it, of the type `own`.
        own: The column's type on this side.
        other: The column's type on the other side; tells whether a local time must become an
            instant.
        zone: The rules' `assume_timezone`.
    """
    if value is None:
        return None
    if kind(own) in ("integer", "decimal", "float"):
        return number(value)
    if isinstance(value, Local) and zone is not None and kind(other) == "instant":
        return instant(value, zone)
    own, other = plain(own), plain(other)
    same = kind(own) == kind(other)
    match kind(own):
        case "struct":
            theirs = {f.name: f.type for f in other} if same else {}
            return frozenset(
                (f.name, canonical(value[f.name], f.type, theirs.get(f.name, f.type), zone=zone))
                for f in own
            )
        case "list":
            inner = other.value_type if same else own.value_type
            return tuple(canonical(v, own.value_type, inner, zone=zone) for v in value)
        case "map":
            key, item = (other.key_type, other.item_type) if same else (own.key_type, own.item_type)
            return frozenset(
                (
                    canonical(k, own.key_type, key, zone=zone),
                    canonical(v, own.item_type, item, zone=zone),
                )
                for k, v in value
            )
    return value


def number(value: int | Fraction | float) -> Fraction | NotFinite:
    """Exactly the number that is stored; -0.0 is 0."""
    if isinstance(value, float) and not math.isfinite(value):
        return NotFinite(str(value))
    return Fraction(value)


def bag(value: tuple[Any, ...] | None) -> Any:
    """A list of which only the elements and how often they occur count."""
    return None if value is None else frozenset(Counter(value).items())


def instant(local: Local, zone: str) -> Instant | Nothing:
    """The instant at which the wall clocks of a zone first show a local time.

    Raises:
        BadInput: There is no such zone.
    """
    try:
        clock = ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise BadInput(f"{zone!r} is not a time zone") from error
    seconds, rest = divmod(local.ns, UNIT["s"])
    wall = datetime(1970, 1, 1) + timedelta(seconds=seconds)  # noqa: DTZ001
    offset = _offset(wall, clock)
    shown = seconds - offset
    if not _shows(clock, shown, seconds):
        return Nothing()
    return Instant(shown * UNIT["s"] + rest)


def _offset(wall: datetime, clock: ZoneInfo) -> int:
    """Seconds east of UTC; of two possible ones the first."""
    offset = wall.replace(tzinfo=clock, fold=0).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


def _shows(clock: ZoneInfo, utc_seconds: int, wall_seconds: int) -> bool:
    """Whether the clock really shows that wall time at that instant; not so inside a gap."""
    epoch = datetime(1970, 1, 1, tzinfo=ZoneInfo("UTC"))
    try:
        there = (epoch + timedelta(seconds=utc_seconds)).astimezone(clock)
    except (
        OverflowError
    ):  # the first and last day that a datetime can hold; no zone has a gap there
        return True
    wall = datetime(1970, 1, 1) + timedelta(seconds=wall_seconds)  # noqa: DTZ001
    return there.replace(tzinfo=None) == wall


def equal(source: Any, target: Any, rule: ColumnRule) -> bool:
    """Whether two canonical values are equal under a column's tolerance (section 5)."""
    if source == target:
        return True
    if source is None or target is None:
        return False
    if isinstance(source, tuple) and isinstance(target, tuple):
        return len(source) == len(target) and all(
            equal(s, t, rule) for s, t in zip(source, target, strict=True)
        )
    if isinstance(source, Fraction) and isinstance(target, Fraction):
        return _near(source, target, rule)
    if rule.within is not None and type(source) is type(target) and hasattr(source, "ns"):
        return bool(abs(source.ns - target.ns) <= rule.within)
    return False


def _near(source: Fraction, target: Fraction, rule: ColumnRule) -> bool:
    if rule.absolute is None and rule.relative is None:
        return False
    absolute, relative = Fraction(rule.absolute or 0), Fraction(rule.relative or 0)
    return abs(source - target) <= max(absolute, relative * max(abs(source), abs(target)))
