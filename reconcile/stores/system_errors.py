"""The words of this machine's own errors."""

from __future__ import annotations

import errno
import os

from reconcile.errors import AccessDenied, BadInput, DiskFull, ReconcileError

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""The system's words for a full disk."""
_NO_NAME = (errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL)
"""Its words for a name that it does not take."""
ELSEWHERE = "name another folder"
"""What to do where nothing can be written, if nobody knows it better."""


def reason(error: OSError) -> str:
    """Why it happened, in the system's words."""
    return os.strerror(error.errno) if error.errno else str(error)


def unwritable(where: object, error: OSError, *, elsewhere: str) -> ReconcileError:
    """The system refuses to write a file.

    Args:
        where: The file.
        error: Its words.
        elsewhere: How to name another place: `name another folder`.
    """
    if error.errno in NO_ROOM:
        next_step = f"free space there, or {elsewhere}"
        return DiskFull(f"no room to write {where}", found=reason(error), next_step=next_step)
    if error.errno in _NO_NAME:
        return BadInput(f"{where} is no name that this disk takes", found=reason(error))
    return AccessDenied(f"{where} cannot be written", found=reason(error), next_step=elsewhere)
