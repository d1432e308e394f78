"""Values within structs: what is spelt of them grows with them, not with its square."""

from __future__ import annotations

import pyarrow as pa
import pytest

from reconcile.comparison.canonical import canonical
from reconcile.comparison.display import value_json
from reconcile.comparison.domain import common_domain
from reconcile.comparison.parts import all_bound, bindings


def structs(depth: int, *, within: int = 1) -> pa.DataType:
    """Structs in one another, so many of them in each."""
    arrow = pa.struct([("leaf", pa.float64())])
    for _ in range(depth - 1):
        fields = [(f"inner {number}", arrow) for number in range(within)]
        arrow = pa.struct([("id", pa.int64()), *fields])
    return arrow


def spelt(depth: int) -> int:
    """Characters of all that is said of a column of deep structs."""
    arrow = structs(depth)
    domain = common_domain([arrow], None)
    assert domain is not None
    bound = all_bound("f0", arrow)
    texts = [
        canonical("f0", arrow, domain, bound=bound),
        value_json("f0", arrow, bound=bound),
        *(path for level in bindings("f0", arrow) for path in level),
    ]
    return sum(map(len, texts))


def test_of_structs_twice_as_deep_twice_as_much_is_said():
    assert spelt(80) < 2.3 * spelt(40)


def test_few_structs_in_one_another_are_read_from_their_column():
    assert bindings("f0", structs(4)) == []
    assert bindings("f0", pa.list_(structs(9))) == []


@pytest.mark.parametrize("within", [1, 2])
def test_every_bound_column_is_read_from_one_that_is_there_before(within: int):
    columns = {"f0"}
    for level in bindings("f0", structs(14, within=within)):
        roots = {path.rpartition("(")[2].partition(",")[0] for path in level}
        assert roots <= columns
        assert not columns & set(level.values())
        columns |= set(level.values())
    assert len(columns) == 1 + within**4 + within**8 + within**12
