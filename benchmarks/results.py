"""The last run's figures, kept in `benchmarks/results`: a document and its tables."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache" / "benchmarks"
"""What is made once: data, and peers' environments."""

_RESULTS = ROOT / "benchmarks" / "results"


def keep(name: str, document: Mapping[str, Any], tables: str) -> None:
    """Puts a run in the place of the last one of its name."""
    _RESULTS.mkdir(exist_ok=True)
    (_RESULTS / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n")
    (_RESULTS / f"{name}.md").write_text(tables + "\n")


def kept(name: str) -> dict[str, Any] | None:
    """The document of the last run of a name, None where there was none."""
    path = _RESULTS / f"{name}.json"
    return json.loads(path.read_text()) if path.exists() else None
