"""A dataset of local files that is backed up into two folders beside its own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.dags.shipments import Shipments


@dataclass(frozen=True)
class Vaulted:
    """Where it lies: its sides, and both of its repositories."""

    sides: Shipments
    vault: Path
    second: Path

    @classmethod
    def written(
        cls,
        folder: Path,
        datasets: Path,
        *more: str,
        name: str = "shipments",
        schedule: str = "0 7 * * *",
    ) -> Vaulted:
        """Writes the dataset's file and the source's days.

        Args:
            folder: Of the sides and the repositories.
            datasets: Of dataset files.
            more: Lines of the file besides.
            name: The dataset's name.
            schedule: Of its backups and of its drills.
        """
        vault, second = folder / "vault", folder / "second"
        block = (
            f'snapshot: {{of: source, repository: "{vault}", copy: "{second}", verify: 100%, '
            f'schedule: "{schedule}", drill: "{schedule}", retention: {{daily: 7}}}}'
        )
        sides = Shipments.written(folder, datasets, block, *more, name=name)
        return cls(sides, vault, second)

    def snapshots(self, repository: Path, *, name: str = "shipments") -> list[str]:
        """The ids of the snapshots that lie in a repository."""
        return sorted(file.stem for file in (repository / "snapshots" / name).glob("*.json"))

    def spoil(self) -> None:
        """Changes a byte of every piece of content."""
        for file in (self.vault / "chunks").rglob("*"):
            if file.is_file():
                held = bytearray(file.read_bytes())
                held[0] ^= 1
                file.chmod(0o644)
                file.write_bytes(held)


def held_below(folder: Path) -> dict[str, bytes]:
    """What lies below a folder, by name."""
    files = (file for file in sorted(folder.rglob("*")) if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}
