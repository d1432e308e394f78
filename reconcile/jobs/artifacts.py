"""What one run leaves behind: its plan, its comparison, its rows, its validation, its report."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from reconcile.errors import NotFound
from reconcile.jobs.setting import Setting
from reconcile.model.discrepancy import Side
from reconcile.quality.verdict import RESULT_FILE

PLAN = "plan.json"
COMPARISON = "comparison.json"
DISCREPANCIES = "discrepancies.parquet"
VALIDATION = RESULT_FILE
REPORT = "report.html"
DOCUMENT = "report.json"


class Artifacts:
    """The artifacts of one run, by name.

    Args:
        setting: Where artifacts lie.
        run_id: Whose they are.
    """

    def __init__(self, setting: Setting, run_id: str) -> None:
        self._store = setting.artifacts
        self._root = setting.artifacts_location
        self._prefix = f"runs/{run_id}/"

    def location(self, name: str) -> str:
        """Where an artifact lies, for people."""
        return str(self._root.joined(self._prefix + name))

    def write_json(self, name: str, document: Any) -> None:
        """Writes a document, whole or not at all."""
        text = json.dumps(document, indent=2, ensure_ascii=False)
        # A file's name need not be UTF-8; `json.loads` reads such a one back.
        self._store.put(self._prefix + name, text.encode("utf-8", "surrogatepass"))

    def write_text(self, name: str, text: str) -> None:
        """Writes a text, whole or not at all."""
        self._store.put(self._prefix + name, text.encode())

    def read_json(self, name: str) -> Any:
        """A document.

        Raises:
            NotFound: It was never written.
        """
        return json.loads(self._store.get(self._prefix + name))

    def read_text(self, name: str) -> str:
        """A text.

        Raises:
            NotFound: It was never written.
        """
        return self._store.get(self._prefix + name).decode()

    def exists(self, name: str) -> bool:
        """Whether an artifact was written."""
        try:
            self._store.head(self._prefix + name)
        except NotFound:
            return False
        return True

    def upload(self, folder: Path, *, below: str = "") -> None:
        """Writes every file below a folder that is not hidden, under the names they have there.

        Args:
            folder: The folder.
            below: What to put before their names, such as `slots/1-of-2/`.
        """
        for path in sorted(folder.rglob("[!.]*")):
            if path.is_file():
                name = f"{below}{path.relative_to(folder).as_posix()}"
                self._store.put(self._prefix + name, path)

    @contextmanager
    def file(self, name: str, below: Path) -> Iterator[Path]:
        """An artifact as a file on this machine, inside the block.

        Args:
            name: The artifact.
            below: Folder for a temporary copy, where it does not lie on this disk already.

        Raises:
            NotFound: It was never written.
        """
        here = self._store.path_of(self._prefix + name)
        if here is not None and here.is_file():
            yield here
            return
        below.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="reconcile-artifact-", dir=below) as folder:
            path = Path(folder) / "artifact"
            self._store.get_to_file(self._store.head(self._prefix + name), path)
            yield path


def rows_name(side: Side) -> str:
    """The artifact that holds the rows of a side that the gate reads."""
    return f"{side.value}_rows.parquet"
