"""What all work on a dataset's snapshots needs: where it runs, its origin, its repositories."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType

from reconcile.errors import BadInput
from reconcile.jobs.setting import Setting
from reconcile.jobs.snapshots.origin import Origin, origin_of
from reconcile.jobs.snapshots.places import open_repository, repository_store
from reconcile.model.dataset import Dataset
from reconcile.model.snapshot import RepositoryPlace, SnapshotRules
from reconcile.repository.repository import Repository
from reconcile.stores.pacing import Pace


def snapshot_rules(dataset: Dataset) -> SnapshotRules:
    """How a dataset is backed up.

    Raises:
        BadInput: It is not.
    """
    if dataset.snapshot is None:
        raise BadInput(
            f"dataset {dataset.name} has no `snapshot` block",
            expected="snapshot: {of: target, repository: s3://…} in its file",
            next_step=f"add it to {dataset.path or 'the dataset file'}",
        )
    return dataset.snapshot


@dataclass(frozen=True)
class SnapshotWork:
    """Where work on a dataset's snapshots runs. A context manager, which ends every wait.

    Attributes:
        setting: Where it runs.
        dataset: The dataset.
        rules: Its `snapshot` block.
        by: Who does it, as the ledger will say: a person's or a DAG run's name.
        origin: The side that is saved.
        pause: Waits for so many seconds, or until `stop`.
    """

    setting: Setting
    dataset: Dataset
    rules: SnapshotRules
    by: str
    origin: Origin
    pause: Callable[[float], object]
    _paces: tuple[Pace, Pace, Pace]
    _stopped: threading.Event
    _opened: dict[tuple[str, bool], Repository] = field(default_factory=dict)

    @classmethod
    def open(
        cls,
        setting: Setting,
        dataset: Dataset,
        *,
        by: str,
        pause: Callable[[float], object] | None = None,
    ) -> SnapshotWork:
        """Opens the origin; repositories are opened when they are asked for.

        Args:
            setting: Where it runs.
            dataset: The dataset.
            by: Who does it, for the ledger.
            pause: Waits for so many seconds; by itself until `stop` at the longest.

        Raises:
            BadInput: The dataset is not backed up, or its side is no folder.
        """
        rules = snapshot_rules(dataset)
        paces = (Pace(rules.limits), Pace(rules.limits), Pace(rules.limits))
        origin = origin_of(dataset, rules.of, clients=setting.clients, pace=paces[0])
        stopped = threading.Event()
        return cls(setting, dataset, rules, by, origin, pause or stopped.wait, paces, stopped)

    def __enter__(self) -> SnapshotWork:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def stopped(self) -> bool:
        """Whether somebody wants this to end."""
        return self._stopped.is_set()

    def stop(self) -> None:
        """Ends every wait: somebody wants this to end."""
        self._stopped.set()
        for pace in self._paces:
            pace.stop()

    def repository(self, *, create: bool = False) -> Repository:
        """The repository that the dataset is saved to, opened once.

        Args:
            create: Whether it is made where there is none yet.

        Raises:
            NotFound: There is none, and none is to be made.
            BadInput: It lies in the origin or holds it, or as `open_repository` says.
        """
        return self._repository(self.rules.repository, self._paces[1], create=create)

    def copy_repository(self, *, create: bool = False) -> Repository:
        """The second repository. Raises as `repository`, and BadInput where none is declared."""
        return self._repository(self.copy_place, self._paces[2], create=create)

    def pruning_repository(self, *, copy: bool = False) -> Repository:
        """One of both, under the connection that may remove. Raises as `repository`."""
        place = self.copy_place if copy else self.rules.repository
        return self._repository(place, self._paces[2 if copy else 1], pruning=True)

    @property
    def copy_place(self) -> RepositoryPlace:
        """Where the second repository lies.

        Raises:
            BadInput: None is declared.
        """
        if self.rules.copy is None:
            raise BadInput(
                f"dataset {self.dataset.name} has no second repository",
                expected="snapshot: {copy: az://…} in its file",
                next_step=f"add it to {self.dataset.path or 'the dataset file'}",
            )
        return self.rules.copy

    def _repository(
        self, place: RepositoryPlace, pace: Pace, *, create: bool = False, pruning: bool = False
    ) -> Repository:
        key = (place.location, pruning)
        if key not in self._opened:
            self._refuse_nested(place)
            self._opened[key] = open_repository(
                self.setting, place, pruning=pruning, create=create, pace=pace
            )
        return self._opened[key]

    def _refuse_nested(self, place: RepositoryPlace) -> None:
        """A repository in its origin would be saved into itself."""
        store = repository_store(self.setting, place)
        here, there = f"{self.origin.address}/", f"{store.address.rstrip('/')}/"
        if here.startswith(there) or there.startswith(here):
            raise BadInput(
                f"the repository {place.location} holds {self.origin.location}, or lies in it",
                found=f"{here} and {there}",
                expected="two folders, neither of them in the other",
                next_step="correct the dataset's `snapshot` block",
            )
