"""The figures as one Markdown table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.measuring import Measurement


def markdown(
    document: Mapping[str, Any], medians: Mapping[str, Measurement], *, baseline: str
) -> str:
    """The medians, each with its ratio to the baseline's; then what they were measured on.

    Args:
        document: What is kept as JSON: `measured_at`, `machine`, `versions`, `data`, `rounds`.
        medians: Of each contender, by its name.
        baseline: The contender that is 1.00.
    """
    base = medians[baseline]
    lines = [
        "| way | wall s | ratio | CPU s | ratio | peak MB | ratio |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, cost in medians.items():
        lines.append(
            f"| {name} | {cost.wall:.2f} | {cost.wall / base.wall:.2f} "
            f"| {cost.cpu:.2f} | {cost.cpu / base.cpu:.2f} "
            f"| {cost.memory / 1e6:.0f} | {cost.memory / base.memory:.2f} |"
        )
    data, rounds = document["data"], len(next(iter(document["rounds"].values())))
    differences = ", ".join(f"{n:,} {kind}" for kind, n in data["differences"].items())
    return "\n".join(
        [
            *lines,
            "",
            f"Medians of {rounds} rounds, every process whole, in turn; ratios to *{baseline}*. "
            f"Measured {document['measured_at']}.",
            f"TPC-H {data['table']}, scale {data['scale']}, and a shuffled copy: {differences}.",
            "; ".join(f"{name} {value}" for name, value in document["machine"].items()) + ".",
            "; ".join(f"{name} {value}" for name, value in document["versions"].items()) + ".",
        ]
    )
