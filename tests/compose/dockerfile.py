"""What the last stage of the Dockerfile says about how its image runs."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
TEXT = re.sub(r"\\\n\s*", " ", (CHECKOUT / "Dockerfile").read_text())


def stages() -> dict[str, list[tuple[str, str]]]:
    """Every stage's instructions, in order: the word and the rest."""
    found: dict[str, list[tuple[str, str]]] = {}
    for line in TEXT.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        word, _, rest = line.partition(" ")
        if word == "FROM":
            _, _, name = rest.partition(" AS ")
            found[name] = []
        found[name].append((word, rest))
    return found


def environment(stage: str) -> dict[str, str]:
    """The variables it sets."""
    pairs = [pair for word, rest in stages()[stage] if word == "ENV" for pair in shlex.split(rest)]
    return dict(pair.split("=", 1) for pair in pairs)


def entrypoint(stage: str) -> list[str]:
    """The words before every command."""
    found = [json.loads(rest) for word, rest in stages()[stage] if word == "ENTRYPOINT"]
    return found[-1] if found else []
