from dataclasses import replace
from typing import Any

import pytest

from reconcile.errors import BadInput, Unbalanced
from reconcile.model.result import Counts
from reconcile.report.accounts import accounts
from reconcile.report.html import html_report
from reconcile.report.json_document import json_document
from reconcile.report.markdown import markdown_report
from reconcile.report.text import summary, text_report

from .report_samples import mismatch, report, result, window

FORMATS = [html_report, json_document, markdown_report, text_report, summary]


@pytest.mark.parametrize("write", FORMATS)
def test_accounts_that_do_not_balance_are_refused(write: Any) -> None:
    good = result(matched=10, missing_in_target=2)
    bad = replace(good, counts=replace(good.counts, source_rows=13))
    with pytest.raises(Unbalanced, match=r"source account of flights@2013-01-05.*source_rows 13"):
        write(report(window("2013-01-04"), window(compared=bad)))


@pytest.mark.parametrize("write", FORMATS)
def test_more_examples_than_counted_rows_are_refused(write: Any) -> None:
    compared = result(matched=10, value_mismatch=1)
    examples = (mismatch(1, dest=("a", "b")), mismatch(2, dest=("a", "b")))
    with pytest.raises(Unbalanced, match="outnumber"):
        write(report(window(compared=compared, examples=examples)))


def test_the_equations_hold_the_contracts_terms() -> None:
    counts = Counts(
        source_rows=16,
        target_rows=17,
        matched=10,
        value_mismatch=1,
        missing_in_target=2,
        missing_in_source=6,
        duplicate_key_source=3,
    )
    source, target = accounts(counts)
    assert source.equation() == (
        "source_rows 16 = matched 10 + value_mismatch 1 + missing_in_target 2 + duplicate_key 3"
    )
    assert source.balances
    assert target.balances
    assert target.terms[2:] == (("missing_in_source", 6), ("duplicate_key", 0))


def test_a_report_on_nothing_is_refused() -> None:
    with pytest.raises(BadInput, match="no window"):
        replace(report(), windows=())
