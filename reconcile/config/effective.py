"""The effective configuration of a dataset: its file with every default filled in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import yaml

from reconcile.config.effective_snapshot import show_limits, show_snapshot
from reconcile.model.dataset import Dataset, DatasetSide
from reconcile.model.discrepancy import Side
from reconcile.model.expectation import Expectation, ExpectationSubject
from reconcile.model.notice import Channel, Recipient
from reconcile.model.rules import ColumnRule, CompareRules, Threshold, duration_text
from reconcile.model.size import size_text
from reconcile.model.sync import SyncRules


def show(dataset: Dataset) -> dict[str, Any]:
    """A dataset as plain values in the keys of its file; loading them gives it again."""
    return {
        "dataset": dataset.name,
        "description": dataset.description,
        "owner": dataset.owner,
        "schedule": dataset.schedule,
        "timezone": dataset.timezone,
        "grain": dataset.grain.value,
        "start": dataset.start.isoformat(),
        "end": dataset.end and dataset.end.isoformat(),
        "ready": _ready(dataset),
        "source": _side(dataset.source),
        "target": _side(dataset.target),
        "compare": show_rules(dataset.compare),
        "columns": {"pii": list(dataset.pii)} if dataset.pii else {},
        "expectations": {
            subject.value: [_expectation(e) for e in dataset.expectations if e.subject is subject]
            for subject in ExpectationSubject
        },
        "on_breach": dataset.on_breach.value,
        "on_arrival": dataset.on_arrival,
        "notify": [_recipient(recipient) for recipient in dataset.notify],
        "slots": dataset.slots,
        "pool": dataset.pool,
        "queue": dataset.queue,
        "strategy": dataset.strategy.value,
        "dead_letters": {"max_rows": dataset.max_dead_letters},
        "sync": None if dataset.sync is None else _sync(dataset.sync),
        "snapshot": None if dataset.snapshot is None else show_snapshot(dataset.snapshot),
        **dataset.reserved,
    }


def show_yaml(dataset: Dataset) -> str:
    """As `show`, as the text of a dataset file."""
    return yaml.safe_dump(show(dataset), sort_keys=False, allow_unicode=True)


def show_rules(rules: CompareRules) -> dict[str, Any]:
    """Compare rules as plain values in the keys of a rules file."""
    return {
        "match_key": list(rules.match_key),
        "columns": {
            "exclude": list(rules.exclude),
            "rename": dict(rules.rename),
            "rules": {name: _rule(rule) for name, rule in rules.columns.items()},
        },
        "assume_timezone": rules.assume_timezone,
        "schema": {kind.value: severity.value for kind, severity in rules.severities.items()},
        "thresholds": {kind.value: _threshold(t) for kind, t in rules.thresholds.items()},
    }


def _rule(rule: ColumnRule) -> dict[str, Any]:
    return _given(
        absolute=None if rule.absolute is None else str(rule.absolute),
        relative=None if rule.relative is None else str(rule.relative),
        within=None if rule.within is None else duration_text(rule.within),
        normalize=[step.value for step in rule.normalize] or None,
        cast=rule.cast,
        unordered=rule.unordered or None,
        map=dict(rule.map) or None,
        **{"as": "json" if rule.as_json else None},
    )


def _threshold(threshold: Threshold) -> dict[str, Any]:
    share = None if threshold.share is None else str(threshold.share)
    return _given(rows=threshold.rows, share=share)


def _side(side: DatasetSide) -> dict[str, Any]:
    return _given(**vars(side))


def _ready(dataset: Dataset) -> dict[str, Any] | None:
    if (ready := dataset.ready) is None:
        return None
    quiet_for = None if ready.quiet_for is None else _waiting_time(ready.quiet_for)
    return _given(marker=ready.marker, quiet_for=quiet_for, timeout=_waiting_time(ready.timeout))


def _recipient(recipient: Recipient) -> dict[str, Any]:
    if recipient.channel is Channel.MAIL:
        return {"mail": list(recipient.addresses), "connection": recipient.connection}
    return {recipient.channel.value: recipient.connection}


def _expectation(expectation: Expectation) -> dict[str, Any]:
    return {
        expectation.type: dict(expectation.arguments),
        "severity": expectation.severity.value,
        "id": expectation.id,
    }


def _sync(rules: SyncRules) -> dict[str, Any]:
    return {
        "from": rules.origin.value,
        "to": rules.destination.value,
        "schedule": rules.schedule,
        "deletes": "propagate" if rules.deletes else "keep",
        "brake": {"share": str(rules.brake.share), "objects": rules.brake.objects},
        "unproven": rules.unproven.value,
        "server_side": rules.server_side,
        "look_back": rules.look_back,
        "gaps": [
            {"start": gap.start.isoformat(), "end": gap.end.isoformat(), "reason": gap.reason}
            for gap in rules.gaps
        ],
        "limits": {
            side.value: show_limits(rules.limits_of(side)) for side in (Side.SOURCE, Side.TARGET)
        },
        "inventory": {side.value: where for side, where in rules.inventories.items()},
        "part_size": size_text(rules.part_size),
        "slots": rules.slots,
        "pool": rules.pool,
    }


def _waiting_time(time: timedelta) -> str:
    return duration_text(time // timedelta(microseconds=1) * 1_000)


def _given(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
