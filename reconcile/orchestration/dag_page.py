"""The page of a DAG in the UI: what its kind does, and what its dataset's file says."""

from __future__ import annotations

import re
from collections.abc import Mapping

from reconcile.model.dataset import Dataset, OnBreach
from reconcile.model.discrepancy import Side
from reconcile.model.sync import SyncRules
from reconcile.report.numbers import counted

_NAME = "DATASET"
_ON_BREACH = {
    OnBreach.FAIL: "the task verdict fails, and so does the run",
    OnBreach.WARN: "the run ends well; the breach is in its report and in the log",
}


def dag_page(page: str, dataset: Dataset, *, begins: str | None = None) -> str:
    """The page of a DAG that reconciles, in Markdown.

    Args:
        page: What all DAGs of the kind share; it says DATASET where the dataset's name belongs.
        dataset: The dataset.
        begins: When a run begins by itself; at the dataset's schedule if None.
    """
    return _page(
        page,
        dataset,
        {
            "Source": _code(str(dataset.source.location)),
            "Target": _code(str(dataset.target.location)),
            "Match key": ", ".join(map(_code, dataset.compare.match_key)),
            "Windows": _windows(dataset),
            "Begins": begins or _at(dataset.schedule),
            "On breach": f"{_code(dataset.on_breach.value)}: {_ON_BREACH[dataset.on_breach]}",
        },
    )


def sync_dag_page(page: str, dataset: Dataset, rules: SyncRules) -> str:
    """The page of a DAG that synchronises; `page` as `dag_page` takes it."""
    sides = {Side.SOURCE: dataset.source, Side.TARGET: dataset.target}
    back = f"at the {counted(rules.look_back, 'window')} before its own, for late or rewritten data"
    return _page(
        page,
        dataset,
        {
            "From": f"the {rules.origin}, {_code(str(sides[rules.origin].location))}",
            "To": f"the {rules.destination}, {_code(str(sides[rules.destination].location))}",
            "Windows": _windows(dataset),
            "Begins": "by hand only" if rules.schedule is None else _at(rules.schedule),
            "A scheduled run looks": back if rules.look_back and rules.schedule else "nowhere else",
            "Deletes": _deletes(rules),
            "Copies in": f"the pool {_code(rules.pool)}, {counted(rules.slots, 'task')} a window",
        },
    )


def _deletes(rules: SyncRules) -> str:
    if not rules.deletes:
        return f"never: what the {rules.origin} does not have is left where it is"
    share = (rules.brake.share * 100).normalize()
    most = f"{rules.brake.objects:,} or {share:f}% of a window"
    return f"what the {rules.origin} does not have; more than {most} only when approved"


def _windows(dataset: Dataset) -> str:
    end = "" if dataset.end is None else f" until before {dataset.end}"
    return f"each {dataset.grain.value} of {dataset.timezone}, from {dataset.start}{end}"


def _at(schedule: str) -> str:
    return f"{_code(schedule)} on that zone's clock, once a window has ended"


def _page(page: str, dataset: Dataset, facts: Mapping[str, str]) -> str:
    table = "\n".join(f"| {name} | {value} |" for name, value in facts.items())
    head = f"| dataset | {_code(dataset.name)} |\n| --- | --- |"
    about = (page.replace(_NAME, dataset.name).strip(), dataset.description, f"{head}\n{table}")
    return "\n\n".join(part for part in about if part)


def _code(text: str) -> str:
    """A text as code inside a table: with a longer fence than it holds, and no bar of its own."""
    runs = re.findall("`+", text)
    fence = "`" * (max(map(len, runs), default=0) + 1)
    edge = " " if runs else ""
    inside = " ".join(text.split()).replace("|", r"\|")
    return f"{fence}{edge}{inside}{edge}{fence}"
