"""Which windows the events say that started a run: all of them, each once.

    producer's task      outlet_events[asset].extra = {"window": "2013-01-05"}
    the REST API         POST /api/v2/assets/events {"asset_id": 7, "extra": {"window": "…"}}

In a DAG of your own that follows Assets of ours, such as `reconcile://flights/verdict`:

    @task(inlets=[asset])
    def follow():
        events = events_of_run(get_current_context())
        named = windows_of_events(events, calendar, now=…)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, Protocol

from airflow.sdk import Context
from airflow.sdk.execution_time.context import NEVER_EXPIRE

from reconcile.errors import BadInput, ReconcileError
from reconcile.history.calendar import Calendar
from reconcile.model.window import Window

KEY = "window"
_ANSWERED_UNTIL = "answered_until"
_SHOWN = 60
_LONGEST = 120


class AssetEvent(Protocol):
    """What is read of an event of Airflow's."""

    @property
    def asset(self) -> Any:
        """The Asset it is of, by `name`."""

    @property
    def extra(self) -> Mapping[str, Any]:
        """What its producer said."""


@dataclass(frozen=True)
class EventWindows:
    """The windows of some events.

    Attributes:
        windows: Each once, in their order.
        refused: Why other events name none, one line each.
    """

    windows: tuple[Window, ...]
    refused: tuple[str, ...] = ()


def events_of_run(context: Context) -> list[AssetEvent]:
    """The events that a run is to answer: those Airflow hands to it, and those it passes over.

    Airflow (3.3) hands to a run what came until its newest queue entry was made, and an Asset's
    entry is made by its first event alone. What the same Asset said after that, before there was
    a run, is handed to nobody until it speaks again:

        event 1 ── entry ── event 2 ── event 3 ── run begins
        └── handed over ─┘  └──── passed over ───┘

    Those are looked up, of the Assets that are inlets of the task. The next run may be handed
    them again, so whoever answers them must be able to do it twice.

    A task that is cleared is given the events of its first time, though its run begins anew.
    """
    handed = list(chain.from_iterable(context["triggering_asset_events"].values()))
    run = context["dag_run"]
    if not handed or run.start_date is None:
        return handed
    inlets = context["inlet_events"]
    after, before = run.run_after.isoformat(), _answered_until(context, run.start_date)
    passed_over = [inlets[inlet].after(after).before(before) for inlet in inlets]
    return [*handed, *chain.from_iterable(passed_over)]


def _answered_until(context: Context, begun: datetime) -> str:
    """When the run began, of the task's first attempt, in ISO form.

    Clearing gives a run another start. The task's own store outlives that, unless Airflow is told
    to empty it (`[state_store] clear_on_success`).
    """
    store = context["task_state_store"]
    until = store.get(_ANSWERED_UNTIL)
    if until is None:
        until = begun.isoformat()
        store.set(_ANSWERED_UNTIL, until, retention=NEVER_EXPIRE)
    return str(until)


def windows_of_events(
    events: Iterable[AssetEvent], calendar: Calendar, *, now: datetime
) -> EventWindows:
    """The windows that events name.

    Args:
        events: What `events_of_run` gives.
        calendar: The dataset's windows.
        now: The time: a window that has not ended is refused.
    """
    windows: set[Window] = set()
    refused: dict[str, None] = {}
    for event in events:
        try:
            windows.update(_named(event, calendar, now))
        except ReconcileError as error:
            refused[error.line()] = None
    return EventWindows(tuple(sorted(windows)), tuple(refused))


def _named(event: AssetEvent, calendar: Calendar, now: datetime) -> tuple[Window, ...]:
    """The window of an event; a producer that wrote several names them as a span."""
    text = (event.extra or {}).get(KEY)
    if not isinstance(text, str) or not text:
        raise BadInput(
            f"an event of the Asset {event.asset.name} names no window",
            found="no text" if text is None else repr(text)[:_SHOWN],
            expected=f'an extra such as {{"{KEY}": "2013-01-05"}}',
            next_step="correct the task that emits it, and emit it again",
        )
    try:
        named = calendar.span(text)
        for window in named:
            calendar.refuse_unended(window, now)
    except BadInput as error:
        raise BadInput(
            f"an event of the Asset {event.asset.name} names no window to reconcile",
            found=f"{text[:_SHOWN]!r}: {error.what[:_LONGEST]}",
            expected=error.expected,
            next_step="correct the task that emits it, and emit it again",
        ) from None
    return named
