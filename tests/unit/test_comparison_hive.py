"""Folders that are columns."""

import pyarrow as pa
import pytest

from reconcile.comparison.hive import folder_columns, folder_values


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("part-0.parquet", {}),
        ("day=2013-01-05/part-0.parquet", {"day": "2013-01-05"}),
        ("year=2013/month=1/part-0.parquet", {"year": "2013", "month": "1"}),
        ("city=New%20York/part-0.parquet", {"city": "New York"}),
        ("a%3Db=1/part-0.parquet", {"a=b": "1"}),
        ("day=__HIVE_DEFAULT_PARTITION__/part-0.parquet", {"day": None}),
        ("plain/part-0.parquet", {}),
        ("=1/part-0.parquet", {}),
        ("day=2013-01-05", {}),
        ("a=b=c/part-0.parquet", {"a": "b=c"}),
    ],
)
def test_folders_spell_columns(name, values):
    assert folder_values(name) == values


@pytest.mark.parametrize(
    ("values", "arrow"),
    [
        (["1", "-20", "0"], pa.int64()),
        (["123456789012345678"], pa.int64()),
        (["1234567890123456789"], pa.string()),
        (["01"], pa.string()),
        (["-0"], pa.string()),
        (["1", "x"], pa.string()),
        (["2013-01-05"], pa.string()),
        ([None, "7"], pa.int64()),
        ([None], pa.null()),
    ],
)
def test_a_folder_is_an_integer_only_where_all_are(values, arrow):
    assert folder_columns([{"f": value} for value in values]) == {"f": arrow}


def test_a_file_outside_a_folder_has_null_there():
    assert folder_columns([{"day": "1"}, {}]) == {"day": pa.int64()}
