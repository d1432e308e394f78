"""The erasure list: rows whose match key is on it do not come back with a restore."""

from __future__ import annotations

import io
import itertools
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from reconcile.comparison.hive import folder_columns, folder_values
from reconcile.comparison.types import plain
from reconcile.engines.erasing import erased_rows, write_without
from reconcile.engines.parquet import DataFile, open_file, write_table
from reconcile.errors import BadInput, NotFound
from reconcile.jobs.snapshots.work import SnapshotWork
from reconcile.model.discrepancy import Side
from reconcile.model.location import Location
from reconcile.model.rules import CompareRules
from reconcile.model.snapshot import SavedObject
from reconcile.stores.opening import find_objects
from reconcile.stores.spool import Spool

PARQUET = b"PAR1"
"""What a Parquet file begins and ends with."""


@dataclass(frozen=True)
class Rest:
    """What is left of an object.

    Attributes:
        path: The file without its erased rows.
        erased: How many these are.
    """

    path: Path
    erased: int


@dataclass(frozen=True)
class Erasing:
    """Takes the rows of a list out of objects; safe to share between threads.

    Attributes:
        work: Of which dataset.
        workspace: A private folder.
        parquet: The list's Parquet files.
        texts: Its CSV files, by name.
    """

    work: SnapshotWork
    workspace: Path
    parquet: tuple[DataFile, ...]
    texts: Mapping[str, bytes]
    _typed: dict[tuple[str, ...], list[DataFile]] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _alone: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    @contextmanager
    def open(cls, work: SnapshotWork, workspace: Path) -> Iterator[Erasing | None]:
        """The dataset's list, read once; None where it has none.

        Raises:
            NotFound: It is declared and not there: nothing may be restored without it.
            BadInput: It is neither Parquet nor CSV, or lacks a column of the match key.
        """
        if work.rules.erasure is None:
            yield None
            return
        location = Location.parse(work.rules.erasure)
        try:
            listing = find_objects(
                location, connection=_connection(work, location), clients=work.setting.clients
            )
        except NotFound as error:
            raise NotFound(
                f"the erasure list {location} is not there",
                found=error.fact(),
                next_step="bring it back; without it nothing is restored as long as the dataset's "
                "`snapshot` block names it",
            ) from error
        parquet: list[DataFile] = []
        texts: dict[str, bytes] = {}
        with Spool(work.setting.resources.spool) as spool:
            for one in spool.fetch(listing):
                with one.path.open("rb") as file:
                    is_parquet = file.read(len(PARQUET)) == PARQUET
                if is_parquet:
                    parquet.append(open_file(one.path, one.info.name, {}, spool.path / "list"))
                else:
                    texts[one.info.name] = one.path.read_bytes()
            erasing = cls(work, workspace, tuple(parquet), texts)
            erasing._refuse_other_columns()
            yield erasing

    @property
    def side(self) -> Side:
        """Which side the objects are of; the list is in the source's spelling."""
        return self.work.rules.of

    def rest(self, saved: SavedObject, path: Path) -> Rest | None:
        """An object without its erased rows; None where it has none.

        Args:
            saved: The object, which is Parquet.
            path: Where its bytes lie.

        Raises:
            BadInput: It lacks a column of the match key, so that nobody can say what is erased.
        """
        with self._alone:
            workspace = self.workspace / f"erasing-{next(self._numbers)}"
            try:
                rows = self._erased_rows(saved, path, workspace)
            finally:
                shutil.rmtree(workspace, ignore_errors=True)
        if not len(rows):
            return None
        rest = path.with_name(f"{path.name}.rest")
        write_without(path, rows, rest)
        return Rest(rest, len(rows))

    def _erased_rows(self, saved: SavedObject, path: Path, workspace: Path) -> np.ndarray:
        file = open_file(path, saved.name, folder_values(saved.name), workspace)
        share = self.work.setting.resources.for_engine()
        return erased_rows(
            file,
            [*self.parquet, *self._typed_texts(file)],
            self._rules,
            side=self.side,
            workspace=workspace,
            memory=share.limit,
            threads=share.threads,
        )

    @property
    def _rules(self) -> CompareRules:
        """How match keys meet. What lies on the source's side is spelt as the list is."""
        rules = self.work.dataset.compare
        keys = {name: rules.rule(name) for name in rules.match_key}
        if self.side is Side.SOURCE:
            plain_keys = {name: replace(rule, map={}) for name, rule in keys.items()}
            return CompareRules(
                rules.match_key, columns=plain_keys, assume_timezone=rules.assume_timezone
            )
        renamed = {old: new for old, new in rules.rename.items() if new in keys}
        return CompareRules(
            rules.match_key, rename=renamed, columns=keys, assume_timezone=rules.assume_timezone
        )

    def _typed_texts(self, file: DataFile) -> list[DataFile]:
        """The CSV files, read as the types that the object's match key has."""
        if not self.texts:
            return []
        types = self._key_types(file)
        known = tuple(str(arrow) for arrow in types.values())
        if known not in self._typed:
            self._typed[known] = [
                self._typed_text(name, data, types) for name, data in self.texts.items()
            ]
        return self._typed[known]

    def _key_types(self, file: DataFile) -> dict[str, pa.DataType]:
        columns = {**dict(file.schema.columns), **folder_columns([file.schema.folders])}
        rules = self.work.dataset.compare
        spelt = {new: old for old, new in rules.rename.items()} if self.side is Side.TARGET else {}
        types = {}
        for name in rules.match_key:
            arrow = columns.get(spelt.get(name, name), pa.string())
            types[name] = pa.string() if rules.rule(name).cast else _readable(arrow)
        return types

    def _typed_text(self, name: str, data: bytes, types: Mapping[str, pa.DataType]) -> DataFile:
        table = _csv(name, data, types)
        path = self.workspace / f"list-{next(self._numbers)}.parquet"
        write_table(table, path)
        return open_file(path, name, {}, self.workspace)

    def _refuse_other_columns(self) -> None:
        key = self.work.dataset.compare.match_key
        columns = {file.schema.name: [n for n, _ in file.schema.columns] for file in self.parquet}
        columns |= {name: _header(name, data) for name, data in self.texts.items()}
        for name, found in columns.items():
            missing = [column for column in key if column not in found]
            if missing:
                raise BadInput(
                    f"the erasure list {name} lacks columns of the match key",
                    found=", ".join(found[:20]),
                    expected=", ".join(key),
                    next_step="write the list with these columns, in the source's spelling",
                )


def _connection(work: SnapshotWork, location: Location) -> str | None:
    """Who signs in to read the list: whoever does where it lies."""
    side = work.dataset.source if work.rules.of is Side.SOURCE else work.dataset.target
    places = [
        (Location.parse(work.rules.repository.location), work.rules.repository.connection),
        (Location.parse(side.location), side.connection),
    ]
    for same in (
        lambda one: (one.scheme, one.container) == (location.scheme, location.container),
        lambda one: one.scheme is location.scheme,
    ):
        for place, connection in places:
            if same(place):
                return connection
    return None


def _readable(arrow: pa.DataType) -> pa.DataType:
    """The type that text is read as for a column of another."""
    arrow = plain(arrow)
    return pa.string() if pa.types.is_null(arrow) else arrow


def _header(name: str, data: bytes) -> list[str]:
    try:
        with pa.csv.open_csv(io.BytesIO(data)) as reader:
            return list(reader.schema.names)
    except (pa.ArrowException, ValueError) as error:
        raise _no_csv(name, error) from error


def _csv(name: str, data: bytes, types: Mapping[str, pa.DataType]) -> pa.Table:
    options = pa.csv.ConvertOptions(
        column_types=dict(types),
        include_columns=list(types),
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    try:
        return pa.csv.read_csv(io.BytesIO(data), convert_options=options)
    except (pa.ArrowException, ValueError, KeyError) as error:
        raise _no_csv(name, error) from error


def _no_csv(name: str, error: Exception) -> BadInput:
    return BadInput(
        f"the erasure list {name} cannot be read",
        found=type(error).__name__,
        expected="Parquet, or CSV with a header and match keys of the dataset's types",
        next_step="write it anew; nothing is restored without it",
    )
