"""The data: TPC-H `lineitem`, and a shuffled copy of it that differs in about 0.02 % of its rows.

Run as a process of its own: `python -m benchmarks.lineitem FOLDER SCALE`. Which rows differ is
drawn from a digest of a seed and the match key, so that every machine draws the same rows.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb

from benchmarks.measuring import program

_SEED = 2013
_ROWS_PER_DRAW = 100_000
_CHANGED, _LEFT_OUT, _ADDED = 14, 3, 3
"""Rows of every 100,000 with a changed value, missing in the target, missing in the source."""

_DRAWN = f"""
    SELECT *, CAST(digest % {_ROWS_PER_DRAW} AS INTEGER) AS lot
    FROM (
        SELECT *, md5_number_upper('{_SEED}|' || l_orderkey || '|' || l_linenumber) AS digest
        FROM read_parquet(?)
    )
"""

_TARGET = f"""
    WITH drawn AS ({_DRAWN}),
    altered AS (
        SELECT * REPLACE (
            CASE WHEN lot < 3 THEN l_quantity + 1 ELSE l_quantity END AS l_quantity,
            CASE WHEN lot BETWEEN 3 AND 5 THEN l_extendedprice - 0.01 ELSE l_extendedprice END
                AS l_extendedprice,
            CASE WHEN lot BETWEEN 6 AND 8 THEN l_shipdate + 1 ELSE l_shipdate END AS l_shipdate,
            CASE WHEN lot BETWEEN 9 AND 10 THEN NULL ELSE l_shipmode END AS l_shipmode,
            CASE WHEN lot BETWEEN 11 AND {_CHANGED - 1} THEN l_comment || ' ' ELSE l_comment END
                AS l_comment
        )
        FROM drawn
        WHERE lot NOT BETWEEN {_CHANGED} AND {_CHANGED + _LEFT_OUT - 1}
        UNION ALL
        SELECT * REPLACE (CAST(l_linenumber + 100 AS INTEGER) AS l_linenumber)
        FROM drawn
        WHERE lot BETWEEN {_CHANGED + _LEFT_OUT} AND {_CHANGED + _LEFT_OUT + _ADDED - 1}
    )
    SELECT * EXCLUDE (digest, lot) FROM altered ORDER BY digest
"""

_ANSWER = f"""
    WITH drawn AS ({_DRAWN})
    SELECT
        count(*) FILTER (lot < {_CHANGED}) AS value_mismatch,
        count(*) FILTER (
            lot BETWEEN {_CHANGED} AND {_CHANGED + _LEFT_OUT - 1}
        ) AS missing_in_target,
        count(*) FILTER (
            lot BETWEEN {_CHANGED + _LEFT_OUT} AND {_CHANGED + _LEFT_OUT + _ADDED - 1}
        ) AS missing_in_source
    FROM drawn
"""


def make(folder: Path, scale: int) -> None:
    """Makes both files and, last, the answer, whose presence says that the folder is whole."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    generate = [program("tpchgen-cli"), "parquet", "-s", str(scale), "--tables=lineitem"]
    subprocess.run([*generate, f"--output-dir={folder}"], check=True, stdout=subprocess.DEVNULL)
    source = (folder / "lineitem.parquet").rename(folder / "source.parquet")
    with duckdb.connect() as connection:
        connection.execute("SET preserve_insertion_order = false")
        connection.execute(f"SET temp_directory = '{folder / 'spill'}'")
        target = folder / "target.parquet"
        connection.execute(f"COPY ({_TARGET}) TO '{target}' (FORMAT parquet)", [str(source)])
        found = connection.execute(_ANSWER, [str(source)])
        names = [column[0] for column in found.description]
        answer = dict(zip(names, found.fetchall()[0], strict=True))
    (folder / "answer.json").write_text(json.dumps(answer))


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]))
