"""Slots: tasks that compare one window together, a share of its match keys each.

A slot leaves what it found in a folder of its own below the run's artifacts, its document last;
`gathered` makes one comparison of them. What one task alone would have found, they find together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reconcile.comparison.share import Share, added_up
from reconcile.engines.gathering import DISCREPANCY_ORDER, gather_files
from reconcile.errors import BadInput
from reconcile.jobs.artifacts import COMPARISON, DISCREPANCIES, Artifacts
from reconcile.jobs.resources import Resources
from reconcile.model.dataset import Dataset
from reconcile.model.result import ComparisonResult


def shares(plan: Mapping[str, Any]) -> tuple[Share, ...]:
    """The shares that a run's plan divides its window into; one where it is not divided."""
    slots = plan["slots"]
    return tuple(Share(number, slots) for number in range(slots))


def folder_of(share: Share) -> str:
    """Where a slot's findings lie below the run's artifacts."""
    return f"slots/{share.number + 1}-of-{share.of}/"


def basis_of(plan: Mapping[str, Any], dataset: Dataset) -> str:
    """What a slot's findings rest on: this very plan, and the rules. Others are not added up."""
    rests_on = repr((plan["made_at"], dataset.compare, dataset.expectations))
    return hashlib.sha256(rests_on.encode()).hexdigest()


@dataclass(frozen=True)
class Gathering:
    """What some slots found, and which of them found nothing that counts.

    Attributes:
        found: Each slot's document, by its share.
        missing: The shares without one.
    """

    found: Mapping[Share, Mapping[str, Any]]
    missing: Sequence[Share]

    def unsettled(self, error: str | None) -> str | None:
        """Why there is no result, in one line; None where there is one.

        Args:
            error: What the run keeps of what went wrong in a slot.
        """
        if self.missing:
            because = "" if error is None else f" ({error})"
            return (
                f"slot {', '.join(map(str, self.missing))} of the comparison gave no result"
                f"{because}. Next: clear its task and what comes after it"
            )
        changed = [
            document["indeterminate"]
            for document in self.found.values()
            if "indeterminate" in document
        ]
        return changed[0] if changed else None


def found_by_slots(artifacts: Artifacts, plan: Mapping[str, Any], dataset: Dataset) -> Gathering:
    """What the slots of a run have found so far.

    Raises:
        BadInput: None of them has found anything yet.
    """
    basis, found, missing = basis_of(plan, dataset), {}, []
    for share in shares(plan):
        name = folder_of(share) + COMPARISON
        document = artifacts.read_json(name) if artifacts.exists(name) else None
        if document is None or document["basis"] != basis:
            missing.append(share)
        else:
            found[share] = document
    if not found:
        raise BadInput(
            "none of the slots of the comparison gave a result",
            expected=f"one of each of {plan['slots']}",
            next_step="run the step compare first",
        )
    return Gathering(found, missing)


def gathered(
    gathering: Gathering,
    artifacts: Artifacts,
    dataset: Dataset,
    *,
    into: Path,
    resources: Resources,
) -> dict[str, Any]:
    """The comparison's document; its files, made one of the slots', lie in a folder.

    Args:
        gathering: A result of every slot.
        artifacts: Where their files lie.
        dataset: Whose thresholds judge the sums.
        into: The folder that gets the files.
        resources: What the task may use.

    Raises:
        Unbalanced: The slots' rows do not add up to the footers'.
    """
    documents = list(gathering.found.values())
    first = documents[0]
    result = added_up(
        [ComparisonResult.from_json(document["result"]) for document in documents],
        dataset.compare,
        promised=(first["rows"]["source"], first["rows"]["target"]),
    )
    mine = resources.for_engine()
    # What one slot has not read is not there of all.
    for name in (n for n in first["files"] if all(n in of["files"] for of in documents)):
        with ExitStack() as stack:
            parts = [
                stack.enter_context(artifacts.file(folder_of(share) + name, resources.spool))
                for share in gathering.found
            ]
            gather_files(
                parts,
                into / name,
                order_by=DISCREPANCY_ORDER if name == DISCREPANCIES else (),
                workspace=into,
                memory=mine.limit,
                threads=mine.threads,
            )
    exports = {
        side: names
        for side, names in first["exports"].items()
        if all(side in document["exports"] for document in documents)
    }
    return {"result": result.to_json(), "exports": exports, "rows": first["rows"]}
