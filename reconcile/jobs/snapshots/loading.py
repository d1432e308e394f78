"""What is known of the snapshots of a repository: manifests, ledger, and how each stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from reconcile.errors import Damaged, NotFound, Tampered
from reconcile.jobs.snapshots.work import SnapshotWork
from reconcile.model.snapshot import LedgerAction, LedgerLine, Manifest, Standing
from reconcile.repository import manifests as stored
from reconcile.repository.ledger import Ledger
from reconcile.repository.repository import Repository
from reconcile.snapshots.chain import to_bytes
from reconcile.snapshots.standing import standings
from reconcile.stores.protocol import ContainerMissing

_READ_AT_ONCE = 16


@dataclass(frozen=True)
class Loaded:
    """What a repository holds of one dataset, as it says itself and as the ledger bears out.

    Attributes:
        dataset: Its name.
        manifests: Its manifests that can be read, in the order of their ids.
        lines: All lines of the repository's ledger, those of other datasets among them.
        standings: How each snapshot stands, oldest first.
        problems: What is wrong with the ledger, a line each: whoever writes must not go on where
            there is one (`require_sound`).
        unreadable: Ids of manifests that cannot be read, or that the ledger knows and that are
            gone, each with the reason. They keep nobody from making new ones.
    """

    dataset: str
    manifests: tuple[Manifest, ...]
    lines: tuple[LedgerLine, ...]
    standings: tuple[Standing, ...]
    problems: tuple[str, ...]
    unreadable: Mapping[str, str] = field(default_factory=dict)

    def require_sound(self) -> None:
        """Passes where the ledger holds together.

        Raises:
            Tampered: It was edited, reordered, truncated or forked.
        """
        if self.problems:
            raise Tampered(
                "the repository's ledger does not hold together",
                found=self.problems[0].rstrip("."),
                next_step="find out who wrote to the repository; nothing is added to it meanwhile, "
                "and restored from it only what is named with --at ID",
            )

    def standing(self, id: str) -> Standing:
        """How a snapshot stands.

        Raises:
            NotFound: There is none of that id.
            Damaged: Its manifest cannot be read.
        """
        for one in self.standings:
            if one.manifest.id == id:
                return one
        if id in self.unreadable:
            raise Damaged(
                f"snapshot {id} cannot be read",
                found=self.unreadable[id],
                next_step=f"take another one: reconcile snapshot list {self.dataset}",
            )
        raise NotFound(
            f"there is no snapshot {id[:200]!r}",
            next_step=f"reconcile snapshot list {self.dataset}",
        )


def loaded(work: SnapshotWork, repository: Repository) -> Loaded:
    """Reads the manifests and the ledger of a repository, and mirrors the ledger to the state.

    Nothing in the repository is written. What is wrong with it is said, not raised, so that a
    report can be given of it.

    Raises:
        Transient: The store or the state does not answer.
    """
    mirror = work.setting.state.snapshot_ledger
    dataset = work.dataset.name
    found, unreadable = _manifests(repository, dataset, stored.ids(repository, dataset))
    lines, problems = Ledger(repository).inspected(mirror=mirror.lines(repository.id))
    if not problems:
        mirror.keep(repository.id, [(one.sequence, one.digest, _text(one)) for one in lines])
    # Those that are in the ledger only may have been written since.
    unseen = _created(lines, dataset) - {one.id for one in found} - unreadable.keys()
    late, absent = _manifests(repository, dataset, sorted(unseen))
    found, unreadable = tuple(sorted(found + late, key=_id)), unreadable | absent
    now = work.setting.now()
    stands = standings(found, lines, repository=repository.id, now=now)
    return Loaded(dataset, found, lines, stands, problems, unreadable)


def _manifests(
    repository: Repository, dataset: str, ids: Sequence[str]
) -> tuple[tuple[Manifest, ...], dict[str, str]]:
    """Those that can be read, and why the others cannot."""

    def read(id: str) -> Manifest | str:
        try:
            return stored.read(repository, dataset, id)
        except ContainerMissing:
            raise
        except (Damaged, NotFound) as error:
            return error.fact()

    with ThreadPoolExecutor(_READ_AT_ONCE, "manifest") as readers:
        read_ones = dict(zip(ids, readers.map(read, ids), strict=True))
    found = tuple(one for one in read_ones.values() if isinstance(one, Manifest))
    return found, {id: one for id, one in read_ones.items() if isinstance(one, str)}


def _created(lines: tuple[LedgerLine, ...], dataset: str) -> set[str]:
    """The snapshots of a dataset that the ledger says are there."""
    there: set[str] = set()
    for line in lines:
        if line.dataset != dataset or line.snapshot is None:
            continue
        if line.action is LedgerAction.CREATE:
            there.add(line.snapshot)
        elif line.action is LedgerAction.PRUNE:
            there.discard(line.snapshot)
    return there


def _id(manifest: Manifest) -> str:
    return manifest.id


def _text(line: LedgerLine) -> str:
    return to_bytes(line).decode()
