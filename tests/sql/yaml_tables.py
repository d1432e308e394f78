"""Reads the sides of a YAML case into Arrow tables; `README.md` here shows the spelling."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa

from tests.property.oracle_cast import parse_moment, parse_time
from tests.property.oracle_files import File
from tests.property.oracle_types import fields, kind, parse_type, plain
from tests.property.oracle_values import DAY, UNIT


def read_side(side: Mapping[str, Any]) -> list[File]:
    """The files of one side: `{columns, rows}`, or `{files: [{path, columns, rows}]}`."""
    _only(side, {"columns", "rows", "files"})
    if "files" not in side:
        return [File(_table(side["columns"], side.get("rows", [])))]
    files = []
    for number, file in enumerate(side["files"]):
        _only(file, {"path", "columns", "rows"})
        path = file.get("path", f"part-{number}.parquet")
        files.append(File(_table(file["columns"], file.get("rows", [])), path))
    return files


def _only(mapping: Mapping[str, Any], known: set[str]) -> None:
    assert set(mapping) <= known, f"unknown keys {sorted(set(mapping) - known)}"


def _table(columns: Mapping[str, str] | Sequence[Sequence[str]], rows: Any) -> pa.Table:
    pairs = list(columns.items()) if isinstance(columns, Mapping) else [tuple(c) for c in columns]
    types = [parse_type(type_) for _, type_ in pairs]
    for row in rows:
        assert len(row) == len(pairs), f"{row} does not have {len(pairs)} values"
    arrays = [
        pa.array([_value(row[i], type_) for row in rows], type_) for i, type_ in enumerate(types)
    ]
    return pa.Table.from_arrays(arrays, names=[name for name, _ in pairs])


def _value(spelt: Any, type_: pa.DataType) -> Any:
    """One value as pyarrow takes it for that type."""
    if spelt is None:
        return None
    type_ = plain(type_)
    match kind(type_):
        case "integer":
            return int(spelt)
        case "float":
            return float(spelt)
        case "decimal":
            return Decimal(str(spelt))
        case "bool":
            assert isinstance(spelt, bool), f"{spelt!r} is not true or false"
        case "text":
            assert isinstance(spelt, str), f"{spelt!r} is not text; quote it"
        case "binary":
            return bytes.fromhex(str(spelt))
        case "uuid":
            return uuid.UUID(spelt).bytes
        case "date":
            days = parse_moment(str(spelt)).ns // DAY
            return days if pa.types.is_date32(type_) else days * DAY // UNIT["ms"]
        case "time":
            return _exactly(parse_time(str(spelt)).ns, UNIT[type_.unit])
        case "local" | "instant":
            return _exactly(parse_moment(str(spelt)).ns, UNIT[type_.unit])
        case "list":
            return [_value(element, type_.value_type) for element in spelt]
        case "struct":
            assert set(spelt) == set(fields(type_)), f"{spelt} has other fields than {type_}"
            return {name: _value(spelt[name], inner) for name, inner in fields(type_).items()}
        case "map":
            return [(_value(k, type_.key_type), _value(v, type_.item_type)) for k, v in spelt]
    return spelt


def _exactly(ns: int, unit: int) -> int:
    assert ns % unit == 0, f"{ns} ns does not fit the column's unit"
    return ns // unit
