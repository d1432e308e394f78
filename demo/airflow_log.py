"""What matters in the log of `airflow dags test`: how each task ended, and the verdict."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_STARTING = re.compile(r"\[DAG TEST\] starting task_id=(\S+)")
_ENDED = re.compile(r"Task instance state updated .*\bnew_state=(\S+)")


def telling(lines: Iterable[str], *, dataset: str) -> Iterator[str]:
    """One line for each task that ended, as it ends, and the line that tells the verdict."""
    verdict = re.compile(rf"\b({re.escape(dataset)}@\S+ .*?)(?: \[reconcile\.\S+\] loc=\S+)?$")
    task = ""
    for line in lines:
        if found := _STARTING.search(line):
            task = found[1]
        elif found := _ENDED.search(line):
            yield f"{task:<9} {found[1]}"
        elif found := verdict.search(line.rstrip()):
            yield found[1]
