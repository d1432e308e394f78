"""The JSON of the report on snapshots, and of lists of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from reconcile.model.snapshot import Decision, LedgerLine, Protection, Standing
from reconcile.report.json_document import instant_of
from reconcile.report.snapshot_content import RepositoryAccount, SnapshotReport
from reconcile.report.snapshot_facts import (
    Objective,
    counts,
    decision_of,
    newest_good,
    recovery_point,
    recovery_time,
    standing_face,
    trial_succeeded,
    trials,
    verifications,
)
from reconcile.report.snapshot_headline import findings, snapshot_face, snapshot_sentence


def snapshot_json_document(report: SnapshotReport) -> dict[str, Any]:
    """The report as plain values, ready for `json.dumps`."""
    newest = newest_good(report.standings, report.made_at)
    rules = report.rules
    return {
        "dataset": report.dataset,
        "kind": "snapshot",
        "made_at": instant_of(report.made_at),
        "state": snapshot_face(report).word.lower(),
        "sentence": snapshot_sentence(report),
        "findings": [
            {"state": one.face.word.lower(), "text": one.text, "next": one.step}
            for one in findings(report)
        ],
        "protects": {"side": rules.of.value, "location": report.location},
        "schedule": rules.schedule,
        "drill_schedule": rules.drill,
        "snapshots": _counts(report),
        "protected_since": _first(report),
        "newest_good": None if newest is None else newest.manifest.id,
        "recovery_point": _objective(recovery_point(report)),
        "recovery_time": _objective(recovery_time(report)),
        "trials": [_trial(line) for line in trials(report.lines)],
        "verifications": [_line(line) for line in verifications(report.lines)],
        "repository": _repository(report.repository, report),
        "copy": None if report.copy is None else _repository(report.copy, report),
    }


def _counts(report: SnapshotReport) -> dict[str, int]:
    number = counts(report.standings, report.made_at)
    return {"all": number.all, **vars(number)}


def standing_document(
    standing: Standing,
    now: datetime,
    *,
    decision: Decision | None = None,
    protection: Protection | None = None,
) -> dict[str, Any]:
    """One snapshot as plain values."""
    manifest = standing.manifest
    return {
        "id": manifest.id,
        "state": standing_face(standing, now).word.lower(),
        "taken_at": instant_of(manifest.taken_at),
        "window": None if manifest.span is None else list(manifest.span),
        "objects": manifest.objects,
        "bytes": manifest.bytes,
        "rows": manifest.rows,
        "new_bytes": manifest.new_bytes,
        "consistency": manifest.consistency.value,
        "reasons": list(manifest.reasons),
        "tags": list(manifest.tags),
        "verified_at": instant_of(standing.verified_at),
        "restored_at": instant_of(standing.restored_at),
        "damaged": list(standing.damaged),
        "holds": [
            {"reason": hold.reason, "by": hold.by, "since": instant_of(hold.since)}
            for hold in standing.holds
        ],
        "copies": list(standing.copies),
        "locked": _protection(protection),
        "kept": None if decision is None else decision.keep,
        "kept_because": [] if decision is None else list(decision.reasons),
    }


def _protection(protection: Protection | None) -> dict[str, Any] | None:
    if protection is None:
        return None
    return {
        "until": instant_of(protection.until),
        "mode": protection.mode.value,
        "legal_hold": protection.legal_hold,
    }


def _objective(objective: Objective) -> dict[str, Any]:
    measured, wanted = objective.measured, objective.wanted
    return {
        "seconds": None if measured is None else round(measured.total_seconds(), 3),
        "objective_seconds": None if wanted is None else wanted.total_seconds(),
        "met": objective.met,
    }


def _first(report: SnapshotReport) -> str | None:
    return instant_of(report.standings[0].manifest.taken_at) if report.standings else None


def _trial(line: LedgerLine) -> dict[str, Any]:
    return {**_line(line), "proven": trial_succeeded(line)}


def _line(line: LedgerLine) -> dict[str, Any]:
    return {
        "sequence": line.sequence,
        "at": instant_of(line.at),
        "action": line.action.value,
        "snapshot": line.snapshot,
        "by": line.by,
        **_plain(line.details),
    }


def _plain(details: Mapping[str, Any]) -> dict[str, Any]:
    taken = {"sequence", "at", "action", "snapshot", "by"}
    return {key: value for key, value in details.items() if key not in taken}


def _repository(account: RepositoryAccount, report: SnapshotReport) -> dict[str, Any]:
    decisions = decision_of(report) if account is report.repository else {}
    return {
        "location": account.location,
        "id": account.id,
        "encrypted": account.encrypted,
        "error": account.error,
        "ledger_lines": len(account.lines),
        "ledger_problems": list(account.problems),
        "not_locked_because": account.unprotected,
        "snapshots": [
            standing_document(
                one,
                report.made_at,
                decision=decisions.get(one.manifest.id),
                protection=account.protection.get(one.manifest.id),
            )
            for one in account.standings
        ],
    }
