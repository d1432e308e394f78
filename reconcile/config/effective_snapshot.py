"""The effective rules of snapshots, in the keys of the `snapshot:` block."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from reconcile.config.duration import age_text
from reconcile.model.size import size_text
from reconcile.model.snapshot import Objectives, RepositoryPlace, Retention, SnapshotRules
from reconcile.model.sync import Limits


def show_snapshot(rules: SnapshotRules) -> dict[str, Any]:
    """The rules as plain values; loading them gives them again."""
    return {
        "of": rules.of.value,
        "repository": _place(rules.repository),
        "copy": None if rules.copy is None else _place(rules.copy),
        "schedule": rules.schedule,
        "drill": rules.drill,
        "drill_to": rules.drill_to,
        "verify": f"{(Decimal(repr(rules.verify)) * 100).normalize():f}%",
        "settle": age_text(rules.settle),
        "retention": _retention(rules.retention),
        "grace": age_text(rules.grace),
        "objectives": _objectives(rules.objectives),
        "erasure": rules.erasure,
        "limits": show_limits(rules.limits),
        "pool": rules.pool,
    }


def show_limits(limits: Limits) -> dict[str, Any]:
    """What may be asked of a store."""
    bandwidth = limits.bytes_per_second
    return _given(
        {
            "parallel": limits.parallel,
            "bytes_per_second": None if bandwidth is None else size_text(bandwidth),
            "requests_per_second": limits.requests_per_second,
        }
    )


def _place(place: RepositoryPlace) -> dict[str, Any]:
    key, lock = place.key, place.lock
    return {
        "location": place.location,
        "connection": place.connection,
        "prune_connection": place.prune_connection,
        "key": None if key is None else _given({key.kind: key.id, "connection": key.connection}),
        "lock": None if lock is None else {"days": lock.days, "mode": lock.mode.value},
        "at_rest": _given({"kms_key": place.at_rest.kms_key, "scope": place.at_rest.scope}),
    }


def _retention(retention: Retention) -> dict[str, Any]:
    return {
        "daily": retention.daily,
        "weekly": retention.weekly,
        "monthly": retention.monthly,
        "yearly": retention.yearly,
        "keep_within": _age(retention.keep_within),
        "tags": list(retention.tags),
    }


def _objectives(objectives: Objectives) -> dict[str, Any]:
    return {
        "recovery_point": _age(objectives.recovery_point),
        "recovery_time": _age(objectives.recovery_time),
    }


def _age(age: timedelta | None) -> str | None:
    return None if age is None else age_text(age)


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
