"""What a careful person writes by hand: one full join over every column, rows counted."""

from __future__ import annotations

import json
import sys

import duckdb

_KEY = ("l_orderkey", "l_linenumber")

_STATEMENT = """
    SELECT
        count(*) FILTER (s.l_orderkey IS NOT NULL AND t.l_orderkey IS NOT NULL AND ({differs}))
            AS value_mismatch,
        count(*) FILTER (t.l_orderkey IS NULL) AS missing_in_target,
        count(*) FILTER (s.l_orderkey IS NULL) AS missing_in_source
    FROM read_parquet('{source}') AS s
    FULL JOIN read_parquet('{target}') AS t
        ON s.l_orderkey = t.l_orderkey AND s.l_linenumber = t.l_linenumber
"""


def main(source: str, target: str) -> None:
    """Prints the counts as JSON."""
    with duckdb.connect() as connection:
        described = connection.execute(f"DESCRIBE FROM read_parquet('{source}')").fetchall()
        others = [column[0] for column in described if column[0] not in _KEY]
        differs = " OR ".join(f"s.{name} IS DISTINCT FROM t.{name}" for name in others)
        found = connection.execute(_STATEMENT.format(differs=differs, source=source, target=target))
        names = [column[0] for column in found.description]
        print(json.dumps({"counts": dict(zip(names, found.fetchall()[0], strict=True))}))


if __name__ == "__main__":
    main(*sys.argv[1:])
