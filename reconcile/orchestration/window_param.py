"""The window that a trigger form asks for."""

from __future__ import annotations

from airflow.sdk import Param

from reconcile.history.calendar import name_form
from reconcile.model.window import Grain


def window_param(grain: Grain, *, verb: str) -> Param:
    """The field `window`, which may be left empty.

    Args:
        grain: How long the dataset's windows are.
        verb: What a run does with its window.
    """
    pattern, example = name_form(grain)
    return Param(
        None,
        type=["null", "string"],
        pattern=f"^{pattern}$",
        title="Window",
        description=f"The {grain.value} to {verb}, such as {example}. Left empty, it is the "
        f"{grain.value} of the logical date or, where that has not ended, the last complete one.",
    )
