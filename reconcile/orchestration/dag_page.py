"""The page of a DAG in the UI: what its kind does, and what its dataset's file says."""

from __future__ import annotations

import re

from reconcile.model.dataset import Dataset, OnBreach

_NAME = "DATASET"
_ON_BREACH = {
    OnBreach.FAIL: "the task verdict fails, and so does the run",
    OnBreach.WARN: "the run ends well; the breach is in its report and in the log",
}


def dag_page(page: str, dataset: Dataset, *, begins: str | None = None) -> str:
    """A DAG's page, in Markdown.

    Args:
        page: What all DAGs of the kind share; it says DATASET where the dataset's name belongs.
        dataset: The dataset.
        begins: When a run begins by itself; at the dataset's schedule if None.
    """
    begins = begins or f"{_code(dataset.schedule)} on that zone's clock, once a window has ended"
    return f"{page.replace(_NAME, dataset.name).strip()}\n\n{_about(dataset, begins)}"


def _about(dataset: Dataset, begins: str) -> str:
    end = "" if dataset.end is None else f" until before {dataset.end}"
    facts = {
        "Source": _code(str(dataset.source.location)),
        "Target": _code(str(dataset.target.location)),
        "Match key": ", ".join(map(_code, dataset.compare.match_key)),
        "Windows": f"each {dataset.grain.value} of {dataset.timezone}, from {dataset.start}{end}",
        "Begins": begins,
        "On breach": f"{_code(dataset.on_breach.value)}: {_ON_BREACH[dataset.on_breach]}",
    }
    table = "\n".join(f"| {name} | {value} |" for name, value in facts.items())
    head = f"| dataset | {_code(dataset.name)} |\n| --- | --- |"
    return "\n\n".join(part for part in (dataset.description, f"{head}\n{table}") if part)


def _code(text: str) -> str:
    """A text as code inside a table: with a longer fence than it holds, and no bar of its own."""
    runs = re.findall("`+", text)
    fence = "`" * (max(map(len, runs), default=0) + 1)
    edge = " " if runs else ""
    inside = " ".join(text.split()).replace("|", r"\|")
    return f"{fence}{edge}{inside}{edge}{fence}"
