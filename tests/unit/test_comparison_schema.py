"""A side's columns, united over its files."""

from __future__ import annotations

import pyarrow as pa
import pytest

from reconcile.comparison.schema import FileSchema, unite
from reconcile.errors import BadInput
from reconcile.model.discrepancy import Side

ONE = (("id", pa.int32()), ("a", pa.string()))
OTHER = (("id", pa.int64()), ("b", pa.string()))


def files(*columns: tuple[tuple[str, pa.DataType], ...]) -> list[FileSchema]:
    return [FileSchema(f"part {n}", each, 1, {}) for n, each in enumerate(columns)]


@pytest.mark.parametrize("again", [ONE, (ONE[0], ONE[1])], ids=["the very same", "alike"])
def test_files_that_come_again_add_rows_and_nothing_else(again):
    united = unite(Side.SOURCE, files(ONE, OTHER, again, OTHER))
    assert list(united.columns) == ["id", "a", "b"]
    assert (united.types["id"], united.rows) == ((pa.int32(), pa.int64()), 4)


def test_the_first_of_the_files_that_disagree_are_named():
    clash = (("id", pa.string()),)
    with pytest.raises(BadInput, match=r"int32 in part 1, string in part 2") as told:
        unite(Side.SOURCE, files((("a", pa.string()),), ONE, clash, ONE, clash))
    assert "part 3" not in str(told.value)


def test_columns_of_one_name_are_told_once():
    with pytest.raises(BadInput, match=r"two columns of one name: found 'a', 'id'|'a', 'id'"):
        unite(Side.SOURCE, files(ONE, (*ONE, *ONE)))
