"""The DDL that follows from the metadata. `python -m reconcile.state.ddl` writes `sql/schema/`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable

from reconcile.state.schema import metadata

DIALECTS: dict[str, Dialect] = {"sqlite": sqlite.dialect(), "postgresql": postgresql.dialect()}

_HEADER = """\
-- The state database on {dialect}, as `reconcile db upgrade` makes it.
-- Generated from reconcile/state/schema.py by `python -m reconcile.state.ddl`; do not edit.
"""


def ddl(dialect: str) -> str:
    """Every table and index, for `sqlite` or `postgresql`."""
    return "\n".join((_HEADER.format(dialect=dialect), *_statements(DIALECTS[dialect])))


def _statements(dialect: Dialect) -> Iterator[str]:
    for table in metadata.sorted_tables:
        yield _statement(CreateTable(table), dialect)
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            yield _statement(CreateIndex(index), dialect)


def _statement(element: CreateTable | CreateIndex, dialect: Dialect) -> str:
    lines = str(element.compile(dialect=dialect)).strip().expandtabs(4).splitlines()
    return "\n".join(line.rstrip() for line in lines) + ";\n"


def write(folder: Path) -> None:
    """Writes one file per dialect into the folder."""
    for dialect in DIALECTS:
        (folder / f"{dialect}.sql").write_text(ddl(dialect), encoding="utf-8")


if __name__ == "__main__":
    write(Path(__file__).parents[2] / "sql" / "schema")
