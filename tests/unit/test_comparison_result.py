"""The answer of a comparison as JSON, and what its sides took over the wire."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconcile.comparison.share import added_up
from reconcile.model.result import ComparisonResult
from reconcile.model.traffic import Traffic
from tests.unit.report_samples import RULES, result

COUNTED = replace(result(), requests={"source": 3, "target": 4})


@pytest.mark.parametrize("answer", [result(), COUNTED], ids=["not-counted", "counted"])
def test_an_answer_comes_back_from_its_json(answer: ComparisonResult) -> None:
    assert ComparisonResult.from_json(answer.to_json()) == answer


def test_the_json_of_an_earlier_version_says_nothing_of_requests() -> None:
    document = COUNTED.to_json()
    del document["requests"]
    assert ComparisonResult.from_json(document) == replace(COUNTED, requests={})


def test_traffic_of_another_step_is_added_side_by_side() -> None:
    more = COUNTED.with_traffic({"source": Traffic(1, 100), "target": Traffic(0, 0)})
    assert more.requests == {"source": 4, "target": 4}
    assert more.bytes_read == {"source": 31_334, "target": 32_345}
    assert replace(more, requests={}, bytes_read={}) == replace(COUNTED, requests={}, bytes_read={})


def test_shares_take_together_what_each_of_them_took() -> None:
    rows = COUNTED.counts
    promised = (2 * rows.source_rows, 2 * rows.target_rows)
    together = added_up([COUNTED, COUNTED], RULES, promised=promised)
    assert together.requests == {"source": 6, "target": 8}
    assert together.bytes_read == {"source": 62_468, "target": 64_690}


def test_of_a_share_that_was_not_counted_nothing_is_claimed() -> None:
    rows = COUNTED.counts
    promised = (2 * rows.source_rows, 2 * rows.target_rows)
    for shares in ([COUNTED, result()], [result(), COUNTED]):
        assert added_up(shares, RULES, promised=promised).requests == {}
