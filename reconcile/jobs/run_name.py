"""How people name a run: by its id, by its dataset and window, or as the latest one."""

from __future__ import annotations

from reconcile.errors import NotFound
from reconcile.model.run import Run
from reconcile.state.database import State

_NEXT = "see `reconcile runs list` for what ran"


def named_run(state: State, name: str) -> Run:
    """The run of an id, the newest of `DATASET@WINDOW`, or the `latest` of all.

    Raises:
        NotFound: There is no such run.
    """
    if name == "latest":
        run = state.runs.latest()
        if run is None:
            raise NotFound(f"nothing ran yet in state database {state.name}", next_step=_NEXT)
        return run
    dataset, at, window = name.rpartition("@")
    if not at:
        return state.runs.get(name)
    run = state.runs.newest(dataset, window)
    if run is None:
        raise NotFound(f"window {window} of dataset {dataset} never ran", next_step=_NEXT)
    return run
