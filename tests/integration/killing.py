"""Work in a process of its own, which may be killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable


def killed_in_a_fork(work: Callable[[], None]) -> bool:
    """Whether the work, in a process of its own, was killed before its end.

    Whoever calls this has started no thread, so that its process can be forked.
    """
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return True
    if status != 0:
        raise SystemExit(f"the work ended with status {status}")
    return False
