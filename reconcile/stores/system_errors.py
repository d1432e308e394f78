"""The words of this machine's own errors."""

from __future__ import annotations

import errno
import os

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""The system's words for a full disk."""


def reason(error: OSError) -> str:
    """Why it happened, in the system's words."""
    return os.strerror(error.errno) if error.errno else str(error)
