"""Discrepant rows as Arrow-backed pandas frames, with the side's own types where they can be."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from reconcile.comparison.types import NESTED, Kind, kind_of, plain

if TYPE_CHECKING:
    import pandas as pd

Row = Mapping[str, Any]


def decoded(rows: Sequence[str | None]) -> list[Row]:
    """Rows from their JSON; an absent row is empty."""
    return [{} if row is None else json.loads(row) for row in rows]


def typed_frame(rows: Sequence[Row], columns: Mapping[str, pa.DataType]) -> pd.DataFrame:
    """A frame of decoded rows.

    Args:
        rows: Column name to JSON value.
        columns: The columns and their types, in order.
    """
    arrays = [
        typed_array([row.get(name) for row in rows], arrow) for name, arrow in columns.items()
    ]
    return frame(pa.Table.from_arrays(arrays, names=list(columns)))


def frame(table: pa.Table) -> pd.DataFrame:
    """A table as an Arrow-backed frame."""
    # Costs 1.4 s, which the command line, asking for no frame, should not wait for.
    import pandas as pd  # noqa: PLC0415

    return table.to_pandas(types_mapper=pd.ArrowDtype)


def typed_array(values: Sequence[Any], arrow: pa.DataType) -> pa.Array:
    """JSON values as an Arrow array of a type; nested values stay JSON text."""
    arrow = plain(arrow)
    kind = kind_of(arrow)
    if kind is Kind.BINARY:
        return pa.array([None if v is None else base64.b64decode(v) for v in values], pa.binary())
    if kind in NESTED or kind in (Kind.UUID, Kind.OTHER, Kind.DURATION):
        texts = [None if v is None else v if isinstance(v, str) else json.dumps(v) for v in values]
        return pa.array(texts, pa.string())
    texts = [None if v is None else _text(v) for v in values]
    try:
        return pa.array(texts, pa.string()).cast(arrow)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.array(texts, pa.string())


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else repr(value)
