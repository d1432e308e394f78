"""How people name a run: by its id, by its dataset and window, or as the latest one."""

from __future__ import annotations

from reconcile.errors import NotFound
from reconcile.model.run import Run, RunKind
from reconcile.state.database import State


def named_run(state: State, name: str, *, kind: RunKind = RunKind.RECONCILIATION) -> Run:
    """The run of an id, the newest of `DATASET@WINDOW`, or the `latest` of all.

    Args:
        state: Where runs are.
        name: What people call it.
        kind: Which runs are meant, where it is not an id.

    Raises:
        NotFound: There is no such run.
    """
    if name == "latest":
        run = state.runs.latest(kind=kind)
        if run is None:
            raise _never_ran(f"nothing ran yet in state database {state.name}", kind)
        return run
    dataset, at, window = name.rpartition("@")
    if not at:
        return state.runs.get(name)
    run = state.runs.newest(dataset, window, kind=kind)
    if run is None:
        raise _never_ran(f"window {window} of dataset {dataset} never ran", kind)
    return run


def _never_ran(what: str, kind: RunKind) -> NotFound:
    return NotFound(
        what,
        expected=f"a {kind}",
        next_step="see `reconcile runs list` for what ran, and of which kind",
    )
