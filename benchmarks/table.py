"""Figures as Markdown tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.measuring import Measurement, median


def side_by_side(costs: Mapping[str, Sequence[Measurement]], *, baseline: str) -> str:
    """The median of each contender, with its ratio to the baseline's.

    Args:
        costs: Of every round, by contender.
        baseline: The contender that is 1.00.
    """
    medians = {name: median(measured) for name, measured in costs.items()}
    base = medians[baseline]
    lines = [
        "| way | wall s | ratio | CPU s | ratio | peak MB | ratio | rounds |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, cost in medians.items():
        lines.append(
            f"| {name} | {cost.wall:.2f} | {cost.wall / base.wall:.2f} "
            f"| {cost.cpu:.2f} | {cost.cpu / base.cpu:.2f} "
            f"| {cost.memory / 1e6:.0f} | {cost.memory / base.memory:.2f} "
            f"| {len(costs[name])} |"
        )
    return "\n".join(lines)
