"""An inventory: a listing of a bucket or container that its own service wrote down, as files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from reconcile.model.discrepancy import Side


class Service(StrEnum):
    """Who wrote an inventory, and so how its files are read."""

    S3 = "S3 Inventory"
    AZURE = "Azure Blob Inventory"


class InventoryFormat(StrEnum):
    """What its files are."""

    PARQUET = "Parquet"
    CSV = "CSV"


@dataclass(frozen=True)
class InventoryFile:
    """One file of an inventory, as its manifest names it.

    Attributes:
        name: Its name in the bucket or container that the manifest lies in.
        size: Bytes.
        md5: Of its bytes, in hexadecimal; None where the service tells none.
    """

    name: str
    size: int
    md5: str | None = None


@dataclass(frozen=True)
class Inventory:
    """What a manifest says.

    Attributes:
        service: Who wrote it.
        format: What its files are.
        columns: Of its files, in order, as the service spells them; of Parquet the files
            themselves say it.
        taken_at: When the service began to list: what was written later may be missing.
        files: The files.
        container: The bucket that it lists; None where its rows name their container.
        covers: Prefixes, each beginning with a container, of what it lists; empty is everything.
        leaves_out: Prefixes, likewise, of what it does not.
        rows: How many rows its files hold together; None where it does not say.
    """

    service: Service
    format: InventoryFormat
    columns: tuple[str, ...]
    taken_at: datetime
    files: tuple[InventoryFile, ...]
    container: str | None = None
    covers: tuple[str, ...] = ()
    leaves_out: tuple[str, ...] = ()
    rows: int | None = None

    def leaves_out_any(self, container: str, prefix: str) -> str | None:
        """Why objects below a prefix of a container may be missing from it; None where none may."""
        wanted = f"{container}/{prefix}"
        if self.covers and not wanted.startswith(self.covers):
            return f"it lists only {', '.join(self.covers)}"
        # What is left out lies below what is wanted, or the other way round.
        left = [one for one in self.leaves_out if one.startswith(wanted) or wanted.startswith(one)]
        return f"it leaves out {', '.join(left)}" if left else None


class InventoryVerdict(StrEnum):
    """What the comparison of two inventories says."""

    EQUAL = "equal"
    UNPROVEN = "unproven"
    DIFFERENT = "different"

    @property
    def exit_code(self) -> int:
        """What a command ends with."""
        return {"equal": 0, "different": 1, "unproven": 3}[self]


class ObjectOutcome(StrEnum):
    """What two inventories say of one object that is not proven equal."""

    UNPROVEN = "unproven"
    DIFFERENT = "different"
    MISSING_IN_TARGET = "missing_in_target"
    MISSING_IN_SOURCE = "missing_in_source"


@dataclass(frozen=True)
class Objects:
    """So many objects, of so many bytes together."""

    objects: int = 0
    bytes: int = 0

    def __add__(self, other: Objects) -> Objects:
        return Objects(self.objects + other.objects, self.bytes + other.bytes)


@dataclass(frozen=True)
class InventoryComparison:
    """What two inventories say of each other.

    Attributes:
        equal: Objects whose bytes are proven the same, by what proves it: `crc64nvme`, `md5`, or
            `empty` (both are).
        outcomes: All others. Their bytes are the source's; of what it has not, the target's.
        listed: Objects on each side.
        repeated: Rows of each side that told of an object again, or of an older version of it.
    """

    equal: Mapping[str, Objects]
    outcomes: Mapping[ObjectOutcome, Objects]
    listed: Mapping[Side, Objects]
    repeated: Mapping[Side, int] = field(default_factory=dict)

    def of(self, outcome: ObjectOutcome) -> Objects:
        """The objects of one outcome."""
        return self.outcomes.get(outcome, Objects())

    @property
    def proven(self) -> Objects:
        """The objects proven equal, however."""
        return sum(self.equal.values(), Objects())

    @property
    def verdict(self) -> InventoryVerdict:
        """Equal only where every object is proven to be."""
        others = {outcome for outcome, found in self.outcomes.items() if found.objects}
        if not others:
            return InventoryVerdict.EQUAL
        if others == {ObjectOutcome.UNPROVEN}:
            return InventoryVerdict.UNPROVEN
        return InventoryVerdict.DIFFERENT


@dataclass(frozen=True)
class ObjectDifference:
    """One object that is not proven equal.

    Attributes:
        name: Below each side's prefix.
        outcome: What became of it.
        evidence: What tells that it is different: `size`, `crc64nvme` or `md5`.
        source_size: Bytes; None where the source has it not. Likewise the others.
        target_size: Bytes.
        source_etag: Tag.
        target_etag: Tag.
    """

    name: str
    outcome: ObjectOutcome
    evidence: str | None
    source_size: int | None
    target_size: int | None
    source_etag: str | None
    target_etag: str | None
