"""Which windows the events say that started a run: all of them, each once.

    producer's task      outlet_events[asset].extra = {"window": "2013-01-05"}
    the REST API         POST /api/v2/assets/events {"asset_id": 7, "extra": {"window": "…"}}

Airflow gathers events while a DAG is busy or paused: one run may have been started by many.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from reconcile.errors import BadInput, ReconcileError
from reconcile.history.calendar import Calendar
from reconcile.model.window import Window

KEY = "window"
_SHOWN = 60


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


def windows_of_events(
    events: Mapping[Any, Iterable[AssetEvent]], calendar: Calendar, *, now: datetime
) -> EventWindows:
    """The windows that the events of a run name.

    For DAGs of your own, too:

        windows_of_events(context["triggering_asset_events"], Calendar.of(dataset), now=…)

    Args:
        events: Airflow's `triggering_asset_events`: the events of each Asset.
        calendar: The dataset's windows.
        now: The time: a window that has not ended is refused.
    """
    windows: set[Window] = set()
    refused: dict[str, None] = {}
    for event in (event for same in events.values() for event in same):
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
            found=f"{text[:_SHOWN]!r}: {error.what}",
            expected=error.expected,
            next_step="correct the task that emits it, and emit it again",
        ) from None
    return named
