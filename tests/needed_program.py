"""Programs that tests need and no package brings. A laptop may do without them, CI may not."""

from __future__ import annotations

import os
import shutil

import pytest


def needed_program(*names: str) -> str:
    """The path of a program that goes by one of these names.

    Where there is none the test is skipped, or fails under `.ci/run`, which installs it.
    """
    path = next(filter(None, map(shutil.which, names)), None)
    if path is not None:
        return path
    missing = f"none of {', '.join(names)} is installed"
    if os.environ.get("RECONCILE_CI"):
        pytest.fail(missing)
    pytest.skip(missing)
