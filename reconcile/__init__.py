"""Proves that two copies of a dataset are equal, and says where they are not.

import reconcile

answer = reconcile.compare("s3://bucket/flights", "az://container/flights", ["id"])
answer.verdict, answer.counts, answer.value_mismatches()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconcile.jobs.answer import Comparison
    from reconcile.jobs.compare import compare

__all__ = ["Comparison", "compare"]


def __getattr__(name: str) -> Any:
    """The verbs, imported on first use: DAG files and the plugin import this package too."""
    if name not in __all__:
        raise AttributeError(f"module 'reconcile' has no attribute {name!r}")
    from reconcile.jobs import answer, compare  # noqa: PLC0415 - see the docstring

    return answer.Comparison if name == "Comparison" else compare.compare


def __dir__() -> list[str]:
    """The verbs are there for whoever looks, imported or not."""
    return sorted({*globals(), *__all__})
