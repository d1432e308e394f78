"""Reading rows: what no cheaper proof settles goes through the engine, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from reconcile.comparison.plan import ComparisonPlan
from reconcile.comparison.share import Share
from reconcile.engines.duckdb_engine import DuckDBEngine, EngineResult
from reconcile.engines.gathering import DISCREPANCY_ORDER, gather_files
from reconcile.engines.parquet import DataFile
from reconcile.errors import DoesNotFit
from reconcile.jobs.batches import Units, fetched_ahead
from reconcile.jobs.proving import Folder, Memory, Names, Proven, Sides, folders_of
from reconcile.jobs.resources import EngineShare, Resources
from reconcile.jobs.sides import Fetched
from reconcile.model.discrepancy import Side
from reconcile.model.fingerprint import NO_ROWS
from reconcile.model.result import Counts

Objects = Mapping[Side, Mapping[str, Fetched]]
"""Objects of both sides on this machine's disk, by their names."""


@dataclass(frozen=True)
class Export:
    """Rows of one side to keep beside the result.

    Attributes:
        side: Which side.
        columns: Names in the side's own spelling; those it does not have are left out.
        destination: The Parquet file to write; columns `x0`, `x1` … and `match_key`.
    """

    side: Side
    columns: Sequence[str]
    destination: Path


@dataclass
class Found:
    """What the batches found, one entry for each."""

    counts: list[Counts] = field(default_factory=list)
    mismatched: list[Mapping[str, int]] = field(default_factory=list)
    strategies: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Reading:
    """How rows are read and compared.

    Attributes:
        sides: Both sides.
        plan: The plan.
        resources: What the task may use.
        downloads: Objects of each side that may be fetched at a time.
        workspace: A private folder.
        strategy: The engine's.
        share: The part of the match keys, where the engine has to pick it.
        discrepancies: The Parquet file to write; None for none.
        per_kind: How many discrepant rows of each kind to write at least; all if None.
        exports: Rows of a side to keep beside the result.
        memory: Who remembers fingerprints.
        proven: The objects that are not read; those read after all are taken out.
        apart: The units of all objects, where their places keep match keys apart.
    """

    sides: Sides
    plan: ComparisonPlan
    resources: Resources
    downloads: int
    workspace: Path
    strategy: str
    share: Share
    discrepancies: Path | None
    per_kind: int | None
    exports: Sequence[Export]
    memory: Memory
    proven: Proven
    apart: Units | None

    def read(self, batches: Sequence[Names], held: Objects) -> Found:
        """Fetches and compares every batch; an empty one where there is none.

        Args:
            batches: Objects that share no match key with those of another batch.
            held: Those of them that are here already.
        """
        found = Found()
        parts: list[_Files] = []
        for number, (names, fetched) in enumerate(self._fetched(batches, held)):
            files = self._files
            if len(batches) > 1:
                files = files.below(self.workspace / f"part{number}")
            parts.append(files)
            here, result = self._settled(names, fetched, files)
            found.counts.append(result.counts)
            found.mismatched.append(result.mismatched)
            found.strategies.add(result.strategy)
            self._remember(result, here)
            for side, objects in here.items():
                self.sides[side].release(objects.values())
        if len(parts) > 1:
            self._gather(parts)
        return found

    @property
    def _files(self) -> _Files:
        return _Files(self.discrepancies, tuple(self.exports))

    def _fetched(self, batches: Sequence[Names], held: Objects) -> Iterator[tuple[Names, Objects]]:
        def fetch(names: Names) -> Objects:
            mine = {
                side: {name: held[side][name] for name in names[side] if name in held[side]}
                for side in self.sides
            }
            others = {
                side: [name for name in names[side] if name not in mine[side]]
                for side in self.sides
            }
            new = fetch_all(self.sides, others)
            return {side: {**mine[side], **new[side]} for side in self.sides}

        nothing: Names = {side: [] for side in self.sides}
        return fetched_ahead(batches or [nothing], fetch, stop=partial(stop, self.sides))

    def _settled(self, names: Names, here: Objects, files: _Files) -> tuple[Objects, EngineResult]:
        """Compares some objects, together with all that may hold the keys they miss."""
        result = self._compared(here, files)
        counts = result.counts
        if not counts.missing_in_source and not counts.missing_in_target:
            return here, result
        # The key of a row that seems to be missing may be among the objects that were left out.
        left_out = self._left_out(names)
        if not any(left_out.values()):
            return here, result
        self.proven.forget(left_out)
        more = fetch_all(self.sides, left_out)
        here = {side: {**here[side], **more[side]} for side in self.sides}
        return here, self._compared(here, files)

    def _left_out(self, names: Names) -> dict[Side, list[str]]:
        """The objects proven otherwise that may hold a match key of these."""
        if self.apart is None:
            return {side: sorted(self.proven.of(side)) for side in self.sides}
        apart = self.apart
        mine = {apart[side][name] for side in self.sides for name in names[side]}
        return {
            side: sorted(name for name in self.proven.of(side) if apart[side][name] in mine)
            for side in self.sides
        }

    def _compared(self, here: Objects, files: _Files) -> EngineResult:
        grouped: dict[Side, list[DataFile]] = {side: [] for side in self.sides}
        for number, objects in enumerate(self._folders(here).values()):
            for side in self.sides:
                grouped[side] += [
                    replace(here[side][name].file, group=number) for name in objects[side]
                ]
        share = self.resources.for_engine(downloads=self.downloads)
        try:
            return self._answered(grouped, files, share)
        except DoesNotFit:
            if share.threads == 1:
                raise
        # What is being decoded and sorted is in memory once for each thread.
        alone = replace(self.resources, threads=1).for_engine(downloads=self.downloads)
        return self._answered(grouped, files, alone)

    def _answered(
        self, grouped: Mapping[Side, Sequence[DataFile]], files: _Files, share: EngineShare
    ) -> EngineResult:
        """Has the engine compare some files and write what is wanted of them."""
        with DuckDBEngine(
            self.plan,
            grouped,
            workspace=self.workspace,
            memory=share.limit,
            threads=share.threads,
            share=self.share,
            strategy=self.strategy,
            fingerprints=self.memory.remembers,
        ) as engine:
            result = engine.compare(files.discrepancies, per_kind=self.per_kind)
            for export in files.exports:
                schema = self.plan.source if export.side is Side.SOURCE else self.plan.target
                columns = [name for name in export.columns if name in schema.columns]
                engine.export_rows(export.side, columns, export.destination)
        return result

    def _folders(self, here: Objects) -> dict[Folder, dict[Side, list[str]]]:
        names = {side: list(objects) for side, objects in here.items()}
        return folders_of(self.sides, names, self.memory.rules)

    def _remember(self, result: EngineResult, here: Objects) -> None:
        """Keeps the fingerprints of what was read, where the engine has made them."""
        if not result.fingerprints:
            return
        folders = self._folders(here)
        self.memory.keep(
            {
                (side, folder): result.fingerprints[side].get(number, NO_ROWS)
                for number, folder in enumerate(folders)
                for side in self.sides
            },
            folders,
        )

    def _gather(self, parts: Sequence[_Files]) -> None:
        """Makes one file of the parts of each."""
        pieces: list[tuple[Path, list[Path], tuple[str, ...]]] = []
        if self.discrepancies is not None:
            of_all = [part.discrepancies for part in parts if part.discrepancies is not None]
            pieces.append((self.discrepancies, of_all, DISCREPANCY_ORDER))
        for number, export in enumerate(self.exports):
            of_export = [part.exports[number].destination for part in parts]
            pieces.append((export.destination, of_export, ()))
        mine = self.resources.for_engine()
        for destination, files, order in pieces:
            gather_files(
                files,
                destination,
                order_by=order,
                workspace=self.workspace,
                memory=mine.limit,
                threads=mine.threads,
            )


@dataclass(frozen=True)
class _Files:
    """Where a batch writes what it found."""

    discrepancies: Path | None
    exports: tuple[Export, ...]

    def below(self, folder: Path) -> _Files:
        """Files of the same names in another folder, which is made."""
        folder.mkdir()
        return _Files(
            None if self.discrepancies is None else folder / self.discrepancies.name,
            tuple(
                replace(export, destination=folder / export.destination.name)
                for export in self.exports
            ),
        )


def fetch_all(sides: Sides, names: Names) -> dict[Side, dict[str, Fetched]]:
    """Fetches objects of both sides, both at the same time."""
    with ThreadPoolExecutor(len(sides), thread_name_prefix="side") as pool:
        coming = {pool.submit(one.fetch, names[side]): side for side, one in sides.items()}
        found: dict[Side, dict[str, Fetched]] = {}
        try:
            # The first error is the one to tell, whichever side it is of.
            for done in as_completed(coming):
                found[coming[done]] = {one.spooled.info.name: one for one in done.result()}
        except BaseException as error:
            stop(sides, error)
            raise
        return {side: found[side] for side in sides}


def stop(sides: Sides, because: BaseException) -> None:
    """Gives up what is still to be fetched of any side."""
    for one in sides.values():
        one.stop(because)
