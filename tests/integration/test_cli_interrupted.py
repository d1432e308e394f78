"""Ctrl-C while the engine works is an interruption, whatever the engine makes of it."""

from collections.abc import Iterator

import duckdb
import pytest

from reconcile.engines.duckdb_errors import translated


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def test_inside_a_long_query() -> None:
    with pytest.raises(KeyboardInterrupt), translated({}):
        raise RuntimeError("Query interrupted")  # the engine's own words


def test_inside_one_of_our_functions(connection: duckdb.DuckDBPyConnection) -> None:
    def interrupted(_: int) -> int:
        raise KeyboardInterrupt

    connection.create_function("interrupted", interrupted, ["BIGINT"], "BIGINT")
    with pytest.raises(KeyboardInterrupt), translated({}):
        connection.execute("SELECT interrupted(range) FROM range(10)")


def test_another_error_stays_what_it_is() -> None:
    with pytest.raises(RuntimeError, match="else"), translated({}):
        raise RuntimeError("something else")
