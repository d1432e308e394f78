"""Peers' own Python environments: what they pin does not always agree with what we do."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measuring import program
from benchmarks.results import CACHE

_LOCKS = Path(__file__).resolve().parent / "environments"
_VERSIONS = """\
import json, sys
from importlib.metadata import version
print(json.dumps({name: version(name) for name in sys.argv[1:]}))
"""


def python_of(environment: str | None) -> str:
    """The Python of a peer's environment, made where it is not there; ours for None.

    What is in it is locked in `benchmarks/environments`, a file for each.
    """
    if environment is None:
        return sys.executable
    folder = CACHE / "envs" / environment
    lock = _LOCKS / f"{environment}.txt"
    python, installed = folder / "bin" / "python", folder / "installed.txt"
    if not (installed.exists() and installed.read_bytes() == lock.read_bytes()):
        print(f"installing {environment} in {folder}", file=sys.stderr)
        uv = program("uv")
        subprocess.run(
            [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)], check=True
        )
        install = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", str(python)]
        subprocess.run([*install, "-r", str(lock)], check=True)
        shutil.copyfile(lock, installed)
    return str(python)


def versions_in(environment: str | None, packages: Sequence[str]) -> dict[str, str]:
    """The versions of packages in an environment."""
    asked = subprocess.run(
        [python_of(environment), "-c", _VERSIONS, *packages],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    versions: dict[str, str] = json.loads(asked.stdout)
    return versions
