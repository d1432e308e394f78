"""Spans of time and what a snapshot is made of, as people say them."""

from __future__ import annotations

from datetime import datetime, timedelta

from reconcile.model.snapshot import (
    KeyPlace,
    Manifest,
    Protection,
    RepositoryPlace,
    Retention,
)
from reconcile.report.numbers import NOT_KNOWN, counted, instant_text, seconds_text

_DAY = timedelta(days=1)


def span_text(span: timedelta | None) -> str:
    """A span of time: `42.0 s`, `26 h 5 min`, `3 days 4 h`, `14 days`; `not known` for None."""
    if span is None:
        return NOT_KNOWN
    if span < 3 * _DAY:
        return _whole(seconds_text(span.total_seconds()))
    days, rest = divmod(span, _DAY)
    hours = int(rest / timedelta(hours=1))
    return f"{counted(days, 'day')} {hours} h" if hours and days < 14 else counted(days, "day")


def age_text(age: timedelta | None) -> str:
    """How old something is, to the minute: `4 min`, `26 h 5 min`, `3 days 4 h`."""
    if age is None or age >= timedelta(minutes=1):
        minute = timedelta(minutes=1)
        return span_text(None if age is None else age // minute * minute)
    return "less than 1 min"


def ago_text(instant: datetime | None, now: datetime) -> str:
    """How long ago something was: `3 h 5 min ago`, `in 2 days`, `never`."""
    if instant is None:
        return "never"
    if instant > now:
        return f"in {age_text(instant - now)}"
    return f"{age_text(now - instant)} ago"


def moment_text(instant: datetime | None) -> str:
    """An instant, `never` for None."""
    return "never" if instant is None else instant_text(instant)


def content_text(manifest: Manifest) -> str:
    """What a snapshot holds: everything, or from which window to which."""
    if manifest.span is None:
        return "everything"
    first, end = manifest.span
    return first if first == end else f"{first} to {end}"


def retention_text(retention: Retention) -> str:
    """A policy in words: `the newest of 7 days, 5 weeks; all of the last 14 days`."""
    periods = [
        counted(number, noun)
        for number, noun in (
            (retention.daily, "day"),
            (retention.weekly, "week"),
            (retention.monthly, "month"),
            (retention.yearly, "year"),
        )
        if number
    ]
    told = [f"the newest of {', '.join(periods)}"] if periods else []
    if retention.keep_within is not None:
        told.append(f"all of the last {span_text(retention.keep_within)}")
    if retention.tags:
        told.append(f"all tagged {' or '.join(retention.tags)}")
    return "; ".join(told) or "everything is kept"


def lock_text(place: RepositoryPlace) -> str:
    """What is asked of a store so that nobody removes what it holds."""
    if place.lock is None:
        return "not asked for"
    return f"{counted(place.lock.days, 'day')}, {place.lock.mode.value}"


def protection_text(protection: Protection | None) -> str:
    """What a store does so that a snapshot stays."""
    if protection is None or (protection.until is None and not protection.legal_hold):
        return "not locked"
    told = [] if protection.until is None else [f"until {protection.until:%Y-%m-%d}"]
    told += ["legal hold"] if protection.legal_hold else []
    return ", ".join(told)


def key_text(key: KeyPlace | None) -> str:
    """Where the key lies; never the key."""
    if key is None:
        return "not encrypted by us"
    kind = {"file": "key file", "aws_kms": "AWS KMS", "azure_key_vault": "Azure Key Vault"}
    return f"AES-256-GCM, key in {kind.get(key.kind, key.kind)} {key.id}"


def share_read_text(read: object) -> str:
    """How much of the data a verification read: `all`, `5 %`, `none`."""
    if read == "all":
        return "all"
    if isinstance(read, (int, float)) and not isinstance(read, bool):
        return "none" if not read else f"{read * 100:g} %"
    return NOT_KNOWN


def _whole(text: str) -> str:
    return text.removesuffix(" 0 min").removesuffix(" 0 s")
