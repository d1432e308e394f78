"""Whatever is compared in shares adds up to what is compared whole."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reconcile.comparison.share import Share, added_up
from reconcile.config.rules import rules_from_mapping
from reconcile.errors import BadInput, Unbalanced
from reconcile.jobs.comparing import Compared, compare_rows
from reconcile.jobs.resources import Resources
from reconcile.model.discrepancy import Side
from reconcile.model.location import Location
from reconcile.model.rules import CompareRules
from reconcile.stores.opening import find_objects
from tests.property.agreement import write_side
from tests.sql.case import Case, all_cases

FOLDER = Path(__file__).parents[1] / "sql" / "compare"
CASES = [
    case
    for case in all_cases(FOLDER)
    if case.error is None and not case.id.endswith(("with itself)", "swapped)"))
]


def compared(
    case: Case, folder: Path, share: Share, strategy: str = "join"
) -> tuple[Compared, Counter[str]]:
    return answered(rules_from_mapping(case.rules), folder, share, strategy)


def answered(
    rules: CompareRules, folder: Path, share: Share, strategy: str = "join"
) -> tuple[Compared, Counter[str]]:
    """What is found of a share, and its discrepant rows."""
    found = folder / f"{share.number}-{share.of}.parquet"
    sides = {
        side: find_objects(Location.parse(str(folder / side.value)))
        for side in (Side.SOURCE, Side.TARGET)
    }
    answer = compare_rows(
        sides[Side.SOURCE],
        sides[Side.TARGET],
        rules,
        discrepancies=found,
        resources=Resources(4 * 2**30, 1, folder),
        share=share,
        strategy=strategy,
    )
    return answer, Counter(map(repr, pq.read_table(found).to_pylist()))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_shares_add_up_to_the_whole(case: Case, tmp_path: Path) -> None:
    _add_up(case, tmp_path, "join")


@pytest.mark.parametrize("case", CASES[::8], ids=lambda case: case.id)
def test_shares_add_up_to_the_whole_by_the_sketch(case: Case, tmp_path: Path) -> None:
    _add_up(case, tmp_path, "sketch")


def _add_up(case: Case, tmp_path: Path, strategy: str) -> None:
    options: dict[str, Any] = {"use_deprecated_int96_timestamps": True} if case.int96 else {}
    write_side(case.source, tmp_path / "source", **options)
    write_side(case.target, tmp_path / "target", **options)
    whole, rows = compared(case, tmp_path, Share(0, 1), strategy)
    parts = [compared(case, tmp_path, Share(number, 2), strategy) for number in range(2)]
    promised = whole.result.counts.source_rows, whole.result.counts.target_rows
    together = added_up(
        [part.result for part, _ in parts], rules_from_mapping(case.rules), promised=promised
    )
    same = {"seconds": whole.result.seconds, "bytes_read": whole.result.bytes_read}
    assert replace(together, **same) == whole.result
    assert parts[0][1] + parts[1][1] == rows


CARRIERS = ["AA", "B6", "UA", "__HIVE_DEFAULT_PARTITION__", "a%2Fb"]


@pytest.mark.parametrize("int96", [False, True], ids=["", "INT96 times"])
def test_where_folders_keep_keys_together_each_slot_reads_its_own_files(
    tmp_path: Path, int96: bool
) -> None:
    """Every file has a say in the columns all the same: one drifted, one lacks a column."""
    for side, without in (("source", "UA"), ("target", "B6")):
        for number, carrier in enumerate(name for name in CARRIERS if name != without):
            columns: dict[str, Any] = {
                "id": list(range(number, 40)),
                "v": pa.array([number] * (40 - number), pa.int32() if number else pa.int64()),
                "at": pa.array([10**15 + number] * (40 - number), pa.timestamp("us")),
            }
            if number == 2:
                columns["only here"] = [side] * (40 - number)
            path = tmp_path / side / f"carrier={carrier}" / "part.parquet"
            path.parent.mkdir(parents=True)
            pq.write_table(pa.table(columns), path, use_deprecated_int96_timestamps=int96)
    rules = CompareRules(match_key=("carrier", "id"))
    whole, rows = answered(rules, tmp_path, Share(0, 1))
    parts = [answered(rules, tmp_path, Share(number, 3)) for number in range(3)]
    promised = whole.result.counts.source_rows, whole.result.counts.target_rows
    together = added_up([part.result for part, _ in parts], rules, promised=promised)
    assert replace(together, seconds=whole.result.seconds, bytes_read=whole.result.bytes_read) == (
        whole.result
    )
    assert sum((part for _, part in parts), Counter()) == rows
    assert whole.result.counts.missing_in_source > 30
    if not int96:  # whose footers do not tell what they hold
        assert sorted(part.sides[Side.SOURCE].objects_read for part, _ in parts) == [1, 1, 2]
        assert together.bytes_read == whole.result.bytes_read


def test_shares_that_do_not_add_up_are_an_error(tmp_path: Path) -> None:
    case = CASES[0]
    write_side(case.source, tmp_path / "source")
    write_side(case.target, tmp_path / "target")
    half = compared(case, tmp_path, Share(0, 2))[0].result
    with pytest.raises(Unbalanced, match="rows of the shares are not the rows"):
        added_up([half, half], rules_from_mapping(case.rules), promised=(10**6, 10**6))


@pytest.mark.parametrize(("number", "of"), [(2, 2), (-1, 2), (0, 0)])
def test_there_is_no_share_past_the_last(number: int, of: int) -> None:
    with pytest.raises(BadInput, match="no such share"):
        Share(number, of)
