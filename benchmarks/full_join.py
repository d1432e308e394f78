"""What a careful person writes by hand: one full join over every column, rows counted."""

from __future__ import annotations

import json
import sys

import duckdb

_STATEMENT = """
    SELECT
        count(*) FILTER (s.{first} IS NOT NULL AND t.{first} IS NOT NULL AND ({differs}))
            AS value_mismatch,
        count(*) FILTER (t.{first} IS NULL) AS missing_in_target,
        count(*) FILTER (s.{first} IS NULL) AS missing_in_source
    FROM read_parquet('{source}') AS s
    FULL JOIN read_parquet('{target}') AS t
        ON {same_key}
"""


def main(source: str, target: str, key: str) -> None:
    """Prints the counts as JSON."""
    keys = key.split(",")
    with duckdb.connect() as connection:
        described = connection.execute(f"DESCRIBE FROM read_parquet('{source}')").fetchall()
        others = [column[0] for column in described if column[0] not in keys]
        differs = " OR ".join(f"s.{name} IS DISTINCT FROM t.{name}" for name in others)
        statement = _STATEMENT.format(
            first=keys[0],
            same_key=" AND ".join(f"s.{name} = t.{name}" for name in keys),
            differs=differs,
            source=source,
            target=target,
        )
        found = connection.execute(statement)
        names = [column[0] for column in found.description]
        print(json.dumps({"counts": dict(zip(names, found.fetchall()[0], strict=True))}))


if __name__ == "__main__":
    main(*sys.argv[1:])
