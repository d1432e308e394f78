"""What reports on syncs are made of, and the last step of a sync: its report, and its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from reconcile.config.schedule import Schedule
from reconcile.history.calendar import Calendar
from reconcile.history.completeness import Standing, declared_gap, standings, watermark
from reconcile.jobs.artifacts import DOCUMENT, PLAN, REPORT, Artifacts
from reconcile.jobs.setting import Setting
from reconcile.jobs.sync_commit import SYNCED
from reconcile.jobs.sync_outcome import UNDONE_AS, Outcome
from reconcile.jobs.sync_work import SyncWork, sync_rules
from reconcile.jobs.synchronisation import window_of
from reconcile.jobs.working import step_at_work
from reconcile.model.dataset import Dataset
from reconcile.model.discrepancy import Side
from reconcile.model.ledger import WindowState
from reconcile.model.result import Verdict
from reconcile.model.run import Run, SyncStep
from reconcile.model.sync import SyncRules
from reconcile.model.traffic import Traffic
from reconcile.model.window import Window
from reconcile.report.sync_content import (
    TROUBLES_SHOWN,
    SyncFigures,
    SyncReport,
    SyncTrouble,
    SyncWindowReport,
)
from reconcile.report.sync_html import sync_html_report
from reconcile.report.sync_json import sync_json_document


def report(work: SyncWork, run_id: str) -> Verdict:
    """Writes the run's report as HTML and JSON, ends the run and gives its window back.

    Returns:
        `matched` where the window is complete, or empty and declared a gap; else `indeterminate`.
    """
    setting = work.setting
    with step_at_work(setting, run_id, SyncStep.REPORT) as working:
        content = report_of_sync(setting, work.dataset, [run_id])
        working.artifacts.write_text(REPORT, sync_html_report(content))
        working.artifacts.write_json(DOCUMENT, sync_json_document(content))
        state = WindowState(working.artifacts.read_json(SYNCED)["state"])
    run = working.run
    well = _is_well(work, window_of(work, run), state)
    judged = Verdict.MATCHED if well else Verdict.INDETERMINATE
    location = working.artifacts.location(REPORT)
    setting.state.runs.finish(run_id, judged, now=setting.now(), report=location)
    setting.state.leases.release(run.dataset, run.kind.hold(run.window), run_id)
    return judged


def _is_well(work: SyncWork, window: Window, state: WindowState) -> bool:
    """Whether nothing of a window is missing that anybody expects."""
    if state is WindowState.EMPTY:
        return declared_gap(window, work.rules.gaps) is not None
    return state is WindowState.COMPLETE


def report_of_sync(
    setting: Setting,
    dataset: Dataset,
    run_ids: Sequence[str],
    *,
    unbegun: Sequence[SyncWindowReport] = (),
) -> SyncReport:
    """The report of some syncs of one dataset, one window each, in the order of their windows.

    Args:
        setting: Where they ran.
        dataset: Whose they are.
        run_ids: Which.
        unbegun: Windows that no run has come to, which belong to the same answer.

    Raises:
        NotFound: There is no such run.
        BadInput: The dataset is not synchronised.
    """
    rules = sync_rules(dataset)
    runs = sorted(map(setting.state.runs.get, run_ids), key=lambda run: run.window_start)
    told = [_window(setting, dataset, rules, run) for run in runs]
    place = _place(setting, runs)
    stand = () if place is None else standings_of(setting, dataset, place)
    return SyncReport(
        dataset=dataset.name,
        origin=rules.origin,
        destination=rules.destination,
        windows=tuple(sorted([*told, *unbegun], key=lambda window: window.window)),
        made_at=setting.now(),
        description=dataset.description,
        owner=dataset.owner,
        timezone=dataset.timezone,
        watermark=watermark_of(stand),
        standings=stand,
        prices=setting.prices,
    )


def standings_of(setting: Setting, dataset: Dataset, place: str) -> tuple[Standing, ...]:
    """How every expected window stands, by the ledger.

    Args:
        setting: Where syncs run.
        dataset: The dataset.
        place: Its destination (`SyncWork.place`).
    """
    rules = sync_rules(dataset)
    ticks = None if rules.schedule is None else Schedule(rules.schedule, dataset.timezone)
    return standings(
        Calendar.of(dataset),
        setting.now(),
        setting.state.sync_ledger.windows(dataset.name, place),
        rules.gaps,
        due=lambda window: window.end if ticks is None else ticks.first_at_or_after(window.end),
    )


def watermark_of(stand: Sequence[Standing]) -> str | None:
    """The newest window up to which everything expected is complete, by its name."""
    end = watermark(stand)
    return next((one.window.name for one in reversed(stand) if one.window.end == end), None)


def _place(setting: Setting, runs: Sequence[Run]) -> str | None:
    """The destination of the newest run that has a plan, so that no store need be opened."""
    for run in reversed(runs):
        artifacts = Artifacts(setting, run.id)
        if SyncStep.PLAN in run.steps and artifacts.exists(PLAN):
            return str(artifacts.read_json(PLAN)["place"])
    return None


def _window(setting: Setting, dataset: Dataset, rules: SyncRules, run: Run) -> SyncWindowReport:
    """One run as a report shows it, as far as it has come."""
    artifacts = Artifacts(setting, run.id)
    parts = {part.side: part for part in setting.state.runs.partitions(run.id)}
    shown = SyncWindowReport(
        window=run.window,
        run_id=run.id,
        state=None,
        started_at=run.started_at,
        finished_at=run.finished_at,
        error=run.error,
        traffic={
            side: Traffic(part.requests or 0, part.bytes_read or 0) for side, part in parts.items()
        },
        seconds=(
            None if run.finished_at is None else (run.finished_at - run.started_at).total_seconds()
        ),
    )
    if SyncStep.COMMIT not in run.steps or not artifacts.exists(SYNCED):
        return shown
    document = artifacts.read_json(SYNCED)
    undone = list(map(Outcome.from_json, document["undone"]))
    state = WindowState(document["state"])
    gap = declared_gap(Calendar.of(dataset).window(run.window), rules.gaps)
    return replace(
        shown,
        state=state,
        gap=gap.reason if gap is not None and state is WindowState.EMPTY else None,
        origin_location=document["locations"]["origin"],
        destination_location=document["locations"]["destination"],
        figures=SyncFigures(**document["figures"]),
        deletes_stopped=document["deletes_stopped"],
        may_be_approved=document["may_be_approved"],
        troubles=tuple(map(_trouble, undone[:TROUBLES_SHOWN])),
        traffic=_traffic(document["traffic"]),
        report=artifacts.location(REPORT),
    )


def _trouble(outcome: Outcome) -> SyncTrouble:
    equality = next(known for known, became in UNDONE_AS.items() if became is outcome.became)
    return SyncTrouble(outcome.name, equality, outcome.reason)


def _traffic(document: Mapping[str, Any]) -> dict[Side, Traffic]:
    return {Side(side): Traffic(**counted) for side, counted in document.items()}
