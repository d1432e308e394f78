"""The manifest of an inventory: untrusted JSON, and what it says."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from reconcile.errors import BadInput, Unreadable
from reconcile.model.inventory import Inventory, InventoryFile, InventoryFormat, Service

MOST_BYTES = 64 * 1024**2
"""No manifest is as long: of a billion objects it names a few thousand files."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MD5 = re.compile(r"[0-9a-f]{32}", re.IGNORECASE)
_ARN = re.compile(r"arn:[a-z0-9-]+:s3:::(.+)")
_LARGEST = 2**63 - 1
_TOLD_BY = {
    "includeSnapshots": ("Snapshot",),
    "includeBlobVersions": ("VersionId", "IsCurrentVersion"),
    "includeDeleted": ("Deleted",),
}
"""The fields that tell what a rule includes from blobs that are there."""


class Pending(Exception):
    """An inventory that its service has not finished, or could not."""


def read_manifest(data: bytes, *, where: str, container: str | None) -> Inventory:
    """What a manifest says.

    Args:
        data: Its bytes, already proven to be those that the service wrote.
        where: Its location, for messages.
        container: The bucket or container it lies in, which its files may not leave; None where
            that is a folder on disk, which stands for one of any name.

    Raises:
        Pending: Its inventory is not complete.
        Unreadable: It is not such a manifest, or contradicts itself.
        BadInput: It is of another place, or of a kind that cannot be used.
    """
    document = _Document(_object(data, where), where)
    if "sourceBucket" in document:
        return _of_s3(document, container)
    if "destinationContainer" in document:
        return _of_azure(document, container)
    raise Unreadable(
        f"{where} is no manifest of an inventory",
        found="neither sourceBucket nor destinationContainer in it",
        expected="a manifest of S3 Inventory or of Azure Blob Inventory",
    )


class _Document:
    """A JSON object whose values are taken by name and type."""

    def __init__(self, values: Mapping[str, Any], where: str) -> None:
        self._values, self.where = values, where

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def text(self, name: str) -> str:
        value = self._values.get(name)
        if isinstance(value, str) and value:
            return value
        raise self.wrong(name, value, "text")

    def number(self, name: str) -> int:
        value = self._values.get(name)
        if type(value) is int and 0 <= value <= _LARGEST:
            return value
        raise self.wrong(name, value, "a whole number of at most 64 bits")

    def flag(self, name: str) -> bool:
        value = self._values.get(name, False)
        if isinstance(value, bool):
            return value
        raise self.wrong(name, value, "true or false")

    def texts(self, name: str) -> tuple[str, ...]:
        value = self._values.get(name)
        if value is None:
            return ()
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return tuple(value)
        raise self.wrong(name, value, "a list of texts")

    def inner(self, name: str) -> _Document:
        value = self._values.get(name, {})
        if isinstance(value, dict):
            return _Document(value, self.where)
        raise self.wrong(name, value, "an object")

    def files(self, one: Callable[[_Document], InventoryFile]) -> tuple[InventoryFile, ...]:
        value = self._values.get("files")
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            raise self.wrong("files", value, "a list of objects")
        files = tuple(one(_Document(entry, self.where)) for entry in value)
        if len({file.name for file in files}) != len(files):
            raise Unreadable(f"{self.where} names a file of its inventory twice")
        return files

    def instant(self, name: str, read: Callable[[str], datetime]) -> datetime:
        text = self.text(name)
        try:
            return read(text)
        except (ValueError, OverflowError) as error:
            raise self.wrong(name, text, "an instant") from error

    def wrong(self, name: str, value: object, expected: str) -> Unreadable:
        found = "none" if value is None else _shortened(value)
        return Unreadable(f"{name} of {self.where} is not usable", found=found, expected=expected)


def _object(data: bytes, where: str) -> Mapping[str, Any]:
    """A JSON object in which no name is said twice."""
    try:
        value = json.loads(
            data.decode("utf-8-sig"), object_pairs_hook=_once, parse_constant=_refused
        )
    except (ValueError, RecursionError) as error:  # numbers too long to be read among them
        raise Unreadable(
            f"{where} cannot be read as JSON",
            found=_shortened(error),
            expected="a manifest as the service wrote it",
        ) from error
    if isinstance(value, dict):
        return value
    raise Unreadable(f"{where} is no manifest of an inventory", found="JSON that is no object")


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name that is said twice")
    return found


def _refused(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON number")


def _of_s3(document: _Document, container: str | None) -> Inventory:
    arn = document.text("destinationBucket")
    named = _ARN.fullmatch(arn)
    _require_place(document.where, named.group(1) if named else arn, container)
    kind = _format(document.text("fileFormat"), document.where)
    columns = document.text("fileSchema")
    return Inventory(
        Service.S3,
        kind,
        tuple(name.strip() for name in columns.split(",")) if kind is InventoryFormat.CSV else (),
        document.instant("creationTimestamp", _milliseconds),
        document.files(_s3_file),
        container=document.text("sourceBucket"),
    )


def _s3_file(entry: _Document) -> InventoryFile:
    md5 = entry.text("MD5checksum")
    if not _MD5.fullmatch(md5):
        raise entry.wrong("MD5checksum", md5, "32 hexadecimal digits")
    return InventoryFile(_name(entry, "key"), entry.number("size"), md5.lower())


def _of_azure(document: _Document, container: str | None) -> Inventory:
    status = document.text("status")
    if status != "Succeeded":
        raise Pending(status)
    _require_place(document.where, document.text("destinationContainer"), container)
    rule = document.inner("ruleDefinition")
    filters = rule.inner("filters")
    _refuse_partial(document.where, rule, filters)
    _refuse_indistinct(document.where, rule, filters)
    return Inventory(
        Service.AZURE,
        _format(rule.text("format"), document.where),
        rule.texts("schemaFields"),
        document.instant("inventoryStartTime", _iso),
        document.files(lambda entry: InventoryFile(_name(entry, "blob"), entry.number("size"))),
        covers=tuple(prefix for prefix in filters.texts("prefixMatch") if prefix),
        leaves_out=tuple(prefix for prefix in filters.texts("excludePrefix") if prefix),
        rows=document.inner("summary").number("objectCount"),
    )


def _refuse_partial(where: str, rule: _Document, filters: _Document) -> None:
    """Refuses a rule that lists no blobs, or only some of them."""
    objects = rule.text("objectType")
    if objects.lower() != "blob":
        raise BadInput(
            f"the inventory of {where} lists no blobs",
            found=f"objectType {objects}",
            expected="blob",
            next_step="name the inventory of a rule for blobs",
        )
    kinds = {kind.lower() for kind in filters.texts("blobTypes")}
    if kinds and "blockblob" not in kinds:
        raise BadInput(
            f"the inventory of {where} leaves block blobs out",
            found=f"blobTypes {', '.join(sorted(kinds))}",
            next_step="add blockBlob to the rule's filters",
        )
    if "creationTime" in filters:
        raise BadInput(
            f"the inventory of {where} lists only blobs of the last days",
            found="creationTime among the rule's filters",
            next_step="take that filter out of the rule, or name the inventory of another",
        )


def _refuse_indistinct(where: str, rule: _Document, filters: _Document) -> None:
    """Refuses a rule that lists what is no longer there without the field that tells so."""
    fields = {field.lower() for field in rule.texts("schemaFields")}
    for included, needed in _TOLD_BY.items():
        missing = [field for field in needed if field.lower() not in fields]
        if filters.flag(included) and missing:
            raise BadInput(
                f"the inventory of {where} does not tell blobs from what was there before",
                found=f"{included} in its rule, and no field {', '.join(missing)}",
                next_step=f"add {', '.join(missing)} to the rule's fields",
            )


def _require_place(where: str, named: str, container: str | None) -> None:
    if container is not None and named != container:
        raise BadInput(
            f"{where} is of an inventory that lies elsewhere",
            found=f"{named} as the place of its files",
            expected=container,
            next_step="name the inventory where the service delivered it",
        )


def _format(text: str, where: str) -> InventoryFormat:
    for one in InventoryFormat:
        if text.lower() == one.lower():
            return one
    raise BadInput(
        f"the inventory of {where} is in a format that cannot be read",
        found=_shortened(text),
        expected="Parquet or CSV",
        next_step="set the inventory's format to Parquet",
    )


def _name(entry: _Document, key: str) -> str:
    """A file's name. What could lead out of its bucket on the way there is refused."""
    name = entry.text(key)
    parts = name.split("/")
    if name.startswith("/") or "\\" in name or {".", ".."} & set(parts) or not name.isprintable():
        raise entry.wrong(key, name, "a name below the bucket or container of the manifest")
    return name


def _milliseconds(text: str) -> datetime:
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise ValueError(text)
    return _EPOCH + timedelta(milliseconds=int(text))


def _iso(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("no time zone")
    return instant.astimezone(UTC)


def _shortened(value: object) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    text = str(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
