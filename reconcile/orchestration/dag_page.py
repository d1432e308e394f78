"""The page of a DAG in the UI: what its kind does, and what its dataset's file says."""

from __future__ import annotations

import re
from collections.abc import Mapping

from reconcile.model.dataset import Dataset, OnBreach
from reconcile.model.discrepancy import Side
from reconcile.model.snapshot import RepositoryPlace, SnapshotRules
from reconcile.model.sync import SyncRules
from reconcile.report.numbers import counted
from reconcile.report.snapshot_words import (
    key_text,
    lock_text,
    retention_text,
    share_read_text,
    span_text,
)

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


def backup_dag_page(page: str, dataset: Dataset, rules: SnapshotRules) -> str:
    """The page of a DAG that backs up; `page` as `dag_page` takes it."""
    return _page(
        page,
        dataset,
        {
            **_saved(dataset, rules),
            "Copy": "none" if rules.copy is None else _repository(rules.copy),
            "Begins": _ticks(rules.schedule, dataset),
            "Each run reads again": f"{share_read_text(rules.verify)} of the data",
            "Keeps": retention_text(rules.retention),
            "Removes content after": f"{span_text(rules.grace)} that no snapshot holds it",
            "Moves data in": f"the pool {_code(rules.pool)}",
        },
    )


def drill_dag_page(page: str, dataset: Dataset, rules: SnapshotRules) -> str:
    """The page of a DAG that drills; `page` as `dag_page` takes it."""
    scratch = "the worker's disk" if rules.drill_to is None else _code(str(rules.drill_to))
    return _page(
        page,
        dataset,
        {
            **_saved(dataset, rules),
            "Restores into": f"{scratch}, which is cleared afterwards",
            "Begins": _ticks(rules.drill, dataset),
            "May take": span_text(rules.objectives.recovery_time)
            if rules.objectives.recovery_time
            else "any time",
            "Moves data in": f"the pool {_code(rules.pool)}",
        },
    )


def restore_dag_page(page: str, dataset: Dataset, rules: SnapshotRules) -> str:
    """The page of a DAG that restores; `page` as `dag_page` takes it."""
    erasure = "none" if rules.erasure is None else _code(str(rules.erasure))
    return _page(
        page,
        dataset,
        {
            **_saved(dataset, rules),
            "Begins": "by hand only",
            "Rows that do not come back": erasure,
            "Moves data in": f"the pool {_code(rules.pool)}",
        },
    )


def _saved(dataset: Dataset, rules: SnapshotRules) -> Mapping[str, str]:
    side = dataset.source if rules.of is Side.SOURCE else dataset.target
    return {
        "Snapshots of": f"the {rules.of}, {_code(str(side.location))}",
        "Repository": _repository(rules.repository),
    }


def _repository(place: RepositoryPlace) -> str:
    told = f"{_code(str(place.location))}, {_plain(key_text(place.key))}"
    return told if place.lock is None else f"{told}, locked for {lock_text(place)}"


def _plain(text: str) -> str:
    """A phrase that may hold a name of somebody's: as code where Markdown would read it."""
    return text if re.fullmatch(r"[\w ,.-]+", text) else _code(text)


def _ticks(schedule: str | None, dataset: Dataset) -> str:
    if schedule is None:
        return "by hand only"
    return f"{_code(schedule)} on the clock of {dataset.timezone}"


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
