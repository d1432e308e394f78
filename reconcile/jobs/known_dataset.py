"""Whether a dataset's name is known: a filter that no dataset bears is a slip, not an answer."""

from __future__ import annotations

import os
from pathlib import Path

from reconcile.config.datasets import find_dataset
from reconcile.errors import BadConfiguration
from reconcile.state.database import State


def refuse_unknown(dataset: str, *, state: State, folder: Path) -> None:
    """Refuses a name that neither the state nor a dataset file bears.

    Where there is no folder of dataset files to look into, no name is refused: the state may be
    read from anywhere.

    Args:
        dataset: The name.
        state: Where its runs and dead letters would be.
        folder: Where its file would be.

    Raises:
        NotFound: Nothing bears it; the near names are told.
    """
    if state.runs.list(dataset=dataset, limit=1) or state.dead_letters.list(dataset=dataset).total:
        return
    if not os.path.isdir(folder):
        return
    try:
        find_dataset(dataset, folder)
    except BadConfiguration:
        return  # a broken file is a file
