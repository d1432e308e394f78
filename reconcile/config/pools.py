"""The pools that dataset files name, as `airflow pools export` and `import` write them.

Airflow never schedules a task of a pool that does not exist, and says nothing.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from reconcile.errors import BadInput
from reconcile.model.dataset import Dataset


@dataclass(frozen=True)
class Pool:
    """A pool of Airflow.

    Attributes:
        name: What dataset files call it.
        datasets: Whose tasks run in it, by name.
    """

    name: str
    datasets: tuple[str, ...]

    def to_json(self, *, slots: int) -> dict[str, object]:
        """Its entry in a file for `airflow pools import`; `slots` of its tasks run at once."""
        return {
            "slots": slots,
            "description": f"tasks of {', '.join(self.datasets)}",
            "include_deferred": False,
        }


def named_pools(datasets: Iterable[Dataset], *, existing: Collection[str] = ()) -> list[Pool]:
    """The pools that datasets name, by name, less Airflow's own and those that exist.

    Leaving these out keeps their sizes, since an import would set them anew.
    """
    users: dict[str, set[str]] = {}
    for dataset in datasets:
        users.setdefault(dataset.pool, set()).add(dataset.name)
        if dataset.sync is not None:
            users.setdefault(dataset.sync.pool, set()).add(dataset.name)
        if dataset.snapshot is not None:
            users.setdefault(dataset.snapshot.pool, set()).add(dataset.name)
        if dataset.snapshot is not None:
            users.setdefault(dataset.snapshot.pool, set()).add(dataset.name)
    return [
        Pool(name, tuple(sorted(users[name])))
        for name in sorted(users)
        if name != Dataset.pool and name not in existing
    ]


def exported_pools(file: Path) -> frozenset[str]:
    """The names of the pools in a file that `airflow pools export` wrote.

    Raises:
        BadInput: It is not there, or is not such a file.
    """
    try:
        exported = json.loads(file.read_text())
    except (OSError, ValueError):
        exported = None
    if not isinstance(exported, dict):
        raise BadInput(
            f"{file} cannot be read as Airflow's pools",
            expected="a JSON object, a pool an entry",
            next_step=f"airflow pools export {file}",
        )
    return frozenset(exported)
