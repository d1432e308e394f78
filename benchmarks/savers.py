"""Who saves: `reconcile snapshot` and restic, each into a local repository of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measuring import Command, program
from benchmarks.snapshot_data import FILES, FIRST, day

RECONCILE, RESTIC = "reconcile snapshot", "restic"

_DATASET = """\
dataset: {name}
schedule: "0 5 * * *"
timezone: UTC
grain: day
start: {start}
end: {end}
source: {{location: "{data}", partition: "day={{window:%Y-%m-%d}}"}}
target: {{location: "{place}/no-target", partition: "day={{window:%Y-%m-%d}}"}}
compare: {{match_key: [id]}}
snapshot:
  of: source
  repository: {{location: "{place}/{name}-repository", key: {{file: "{place}/key"}}}}
"""


@dataclass(frozen=True)
class Reconcile:
    """`reconcile snapshot`, encrypting.

    Attributes:
        place: A folder for its dataset files, its repositories, its state and its artifacts.
    """

    place: Path

    def prepare(self, datasets: Mapping[str, Path]) -> None:
        """Writes the dataset files, by name, of data in these folders; and makes the key."""
        folder = self.place / "datasets"
        folder.mkdir(parents=True)
        for name, data in datasets.items():
            text = _DATASET.format(
                name=name, start=FIRST, end=day(FILES), data=data, place=self.place
            )
            (folder / f"{name}.yaml").write_text(text)
        made = [program("reconcile"), "snapshot", "key", str(self.place / "key")]
        subprocess.run(made, check=True, stderr=subprocess.DEVNULL)

    def command(self, *words: str) -> Command:
        """`reconcile snapshot` with these words."""
        return Command(
            [program("reconcile"), "snapshot", *words, "--format", "json"],
            {
                "RECONCILE_DATASETS": str(self.place / "datasets"),
                "RECONCILE_STATE": f"sqlite:///{self.place}/state.db",
                "RECONCILE_ARTIFACTS": str(self.place / "artifacts"),
            },
        )


@dataclass(frozen=True)
class Restic:
    """restic, which always encrypts, told not to compress.

    Attributes:
        place: A folder for its repository and its cache.
        data: What it saves.
    """

    place: Path
    data: Path

    def prepare(self) -> None:
        """Makes the repository."""
        made = self._command("init", "--repository-version", "2")
        subprocess.run(
            made.arguments, env=os.environ | dict(made.env), check=True, stdout=subprocess.DEVNULL
        )

    def backup(self) -> Command:
        """Saves everything."""
        return self._command("backup", ".", "--compression", "off", "--quiet")

    def check(self) -> Command:
        """Reads everything again."""
        return self._command("check", "--read-data", "--quiet")

    def restore(self, to: Path) -> Command:
        """Brings everything back."""
        return self._command("restore", "latest", "--target", str(to), "--quiet")

    def _command(self, *words: str) -> Command:
        return Command(
            ["restic", *words],
            {
                "RESTIC_REPOSITORY": str(self.place / "restic"),
                "RESTIC_PASSWORD": "measured",
                "RESTIC_CACHE_DIR": str(self.place / "restic-cache"),
            },
        )


def restic_version() -> str | None:
    """Which restic is here; None where none is."""
    if shutil.which("restic") is None:
        return None
    told = subprocess.run(["restic", "version"], capture_output=True, text=True, check=True)
    return told.stdout.split()[1]


def answer(output: str) -> Mapping[str, object]:
    """What `reconcile snapshot` printed."""
    found: Mapping[str, object] = json.loads(output)
    return found
