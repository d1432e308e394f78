"""What the last bytes of an object say of it, where it is Parquet: its rows, and its columns."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache

import pyarrow as pa
import pyarrow.parquet as pq

_END = b"PAR1"


@dataclass(frozen=True)
class FooterFacts:
    """What a footer says.

    Attributes:
        rows: Rows of the file.
        schema: SHA-256 over names and types of its columns, in their order; hexadecimal.
    """

    rows: int
    schema: str


def footer_facts(end: bytes) -> FooterFacts | None:
    """The facts of a file; None where it is no Parquet, or its footer is not whole or not plain.

    Args:
        end: The file's last bytes, with the whole footer among them.
    """
    if not end.endswith(_END):
        return None
    try:
        with pq.ParquetFile(pa.BufferReader(end)) as file:
            return FooterFacts(file.metadata.num_rows, schema_digest(file.schema_arrow))
    except (pa.ArrowException, OSError, EOFError, UnicodeDecodeError):  # a column of no text
        return None


@lru_cache(maxsize=256)
def schema_digest(schema: pa.Schema) -> str:
    """SHA-256 over names and types of columns, in their order; hexadecimal."""
    columns = [[field.name, str(field.type)] for field in schema]
    return hashlib.sha256(json.dumps(columns).encode()).hexdigest()
