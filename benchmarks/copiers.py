"""Who copies: `reconcile sync` and `rclone copy`, each to a place of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from benchmarks.emulated_clouds import BUCKET, CONTAINER
from benchmarks.measuring import Command, program
from benchmarks.sync_data import FIRST, day
from demo.clouds import Clouds

PREFIX = "files"
"""Below which the data lies at first."""

AT_ONCE = 16
"""Transfers: rclone's are told, and so many are ours by default."""

RECONCILE, RCLONE = "reconcile sync", "rclone copy"


@dataclass(frozen=True)
class Way:
    """From one cloud to the other, and where the data comes from and goes to.

    Attributes:
        name: For people.
        origin: Of the two schemes, whence.
        destination: Whither.
    """

    name: str
    origin: str
    destination: str


OUT = Way("S3 to Azurite", "s3", "az")
BACK = Way("Azurite to S3", "az", "s3")
WAYS = (OUT, BACK)

_ROOTS = {"s3": f"s3://{BUCKET}", "az": f"az://{CONTAINER}"}
_DATASET = """\
dataset: {name}
schedule: "0 5 * * *"
timezone: UTC
grain: day
start: {start}
end: {end}
source: {{location: "{origin}", partition: "day={{window:%Y-%m-%d}}"}}
target: {{location: "{destination}", partition: "day={{window:%Y-%m-%d}}"}}
compare: {{match_key: [id]}}
sync: {{from: source, to: target}}
"""


def destination(way: Way, copier: str) -> str:
    """The prefix that one copies to; from Azurite back each takes its own copy."""
    return f"{copier.split(maxsplit=1)[0]}-{way.destination}"


def _origin(way: Way, copier: str) -> str:
    return PREFIX if way is OUT else destination(OUT, copier)


@dataclass(frozen=True)
class Reconcile:
    """`reconcile sync`.

    Attributes:
        place: A folder for its dataset files, its state and its artifacts.
        windows: How many windows have data. The one after them has none.
    """

    place: Path
    windows: int

    def prepare(self) -> None:
        """Writes the dataset files."""
        folder = self.place / "datasets"
        folder.mkdir(parents=True)
        for way in WAYS:
            text = _DATASET.format(
                name=_dataset(way),
                start=FIRST,
                end=day(self.windows) + timedelta(days=1),
                origin=f"{_ROOTS[way.origin]}/{_origin(way, RECONCILE)}",
                destination=f"{_ROOTS[way.destination]}/{destination(way, RECONCILE)}",
            )
            (folder / f"{_dataset(way)}.yaml").write_text(text)

    def all_windows(self, way: Way) -> Command:
        """Every window that has data."""
        return self._command(way, f"{FIRST}/{day(self.windows)}", state=f"{_dataset(way)}-all")

    def empty_window(self, way: Way) -> Command:
        """One window without data, remembered in a state database of its own."""
        return self._command(way, f"{day(self.windows)}", state=f"{_dataset(way)}-empty")

    def _command(self, way: Way, window: str, *, state: str) -> Command:
        folder = self.place / state
        folder.mkdir(exist_ok=True)
        return Command(
            [program("reconcile"), "sync", _dataset(way), "--window", window, "--format", "json"],
            {
                "RECONCILE_DATASETS": str(self.place / "datasets"),
                "RECONCILE_STATE": f"sqlite:///{folder}/state.db",
                "RECONCILE_ARTIFACTS": str(folder / "artifacts"),
            },
        )


@dataclass(frozen=True)
class Rclone:
    """`rclone copy`, told nothing but how many transfers, and that the bucket is there."""

    clouds: Clouds

    def all_windows(self, way: Way) -> Command:
        """Everything."""
        sides = (
            f"{way.origin}:{BUCKET}/{_origin(way, RCLONE)}",
            f"{way.destination}:{CONTAINER}/{destination(way, RCLONE)}",
        )
        options = [f"--transfers={AT_ONCE}", "--config=", "--s3-no-check-bucket", "--stats=0"]
        return Command([program("rclone"), "copy", *sides, *options], self._environment())

    def _environment(self) -> dict[str, str]:
        s3, blob = self.clouds.s3, self.clouds.blob
        remotes = {
            "S3": {
                "TYPE": "s3",
                "PROVIDER": "Other",
                "ENDPOINT": s3.url,
                "REGION": s3.region,
                "ACCESS_KEY_ID": s3.access_key,
                "SECRET_ACCESS_KEY": s3.secret_key,
                "STORAGE_CLASS": "STANDARD",  # else it asks S3 for Azure's own, and is refused
            },
            "AZ": {
                "TYPE": "azureblob",
                "ACCOUNT": blob.account,
                "KEY": blob.key,
                "ENDPOINT": blob.url,
            },
        }
        return {
            f"RCLONE_CONFIG_{remote}_{name}": value
            for remote, settings in remotes.items()
            for name, value in settings.items()
        }


def _dataset(way: Way) -> str:
    return "outward" if way is OUT else "back"
