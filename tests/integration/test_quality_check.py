from __future__ import annotations

import subprocess
import sys

import pytest

from reconcile.model.expectation import Expectation, ExpectationSeverity, ExpectationSubject
from reconcile.quality.catalogue import SUPPORTED, required_columns
from reconcile.quality.check import check

pytestmark = pytest.mark.xdist_group("great_expectations")

RESULT, SOURCE, TARGET = ExpectationSubject


def expect(subject, name, **arguments) -> Expectation:
    identity = f"{subject} {name} {arguments}"
    return Expectation(identity, subject, name, arguments, ExpectationSeverity.WARNING)


NOT_NULL, BETWEEN = "expect_column_values_to_not_be_null", "expect_column_values_to_be_between"


@pytest.mark.parametrize(
    ("expectation", "problem"),
    [
        (expect(SOURCE, "expect_column_values_to_not_be_nul", column="a"), f"mean {NOT_NULL}"),
        (expect(SOURCE, "expect_column_values_to_be_increasing", column="a"), "no order"),
        (expect(SOURCE, NOT_NULL, column="tailnun"), "unknown column 'tailnun'; did you mean tail"),
        (expect(SOURCE, NOT_NULL), "argument 'column' is required"),
        (expect(SOURCE, NOT_NULL, column="tailnum", mosty=1), "did you mean 'mostly'?"),
        (expect(SOURCE, NOT_NULL, column="tailnum", mostly=2), "argument 'mostly': ensure"),
        (expect(SOURCE, NOT_NULL, column="tailnum", row_condition="x"), "'row_condition'"),
        (expect(SOURCE, BETWEEN, column="tailnum", min_value={}), "'min_value' is a mapping"),
        (expect(SOURCE, BETWEEN, column="tailnum"), "cannot both be None"),
        (expect(RESULT, BETWEEN, column="match_share", min_value=0), "did you mean matched_share"),
        (expect(RESULT, BETWEEN, column="mismatched__b", max_value=0), "unknown column 'b'"),
        (expect(RESULT, "expect_table_row_count_to_equal", value=1), "figure source_rows"),
    ],
)
def test_a_wrong_expectation_is_one_problem_with_its_place(expectation, problem):
    columns = {RESULT: ["a"], SOURCE: ["tailnum"]}
    (found,) = check([expectation], columns)
    assert found.startswith(f"expectations.{expectation.subject}[0]: ")
    assert problem in found


def test_right_expectations_are_no_problem():
    good = [
        expect(RESULT, BETWEEN, column="matched_share", min_value=0.999),
        expect(RESULT, BETWEEN, column="mismatched__any", max_value=0),
        expect(SOURCE, NOT_NULL, column="anything"),
        expect(SOURCE, "expect_column_to_exist", column="later"),
    ]
    assert check(good) == []


def test_every_problem_is_told_at_once():
    wrong = [expect(SOURCE, "expect_a"), expect(SOURCE, "expect_b"), expect(TARGET, "expect_c")]
    places = [problem.split(":")[0] for problem in check([*wrong, wrong[2]])]
    source, target = "expectations.source", "expectations.target"
    assert places == [
        "expectations",
        f"{source}[0]",
        f"{source}[1]",
        f"{target}[0]",
        f"{target}[1]",
    ]


def test_every_supported_expectation_exists_in_great_expectations():
    problems = [check([expect(SOURCE, name, nothing=1)]) for name in SUPPORTED]
    assert all(any("unknown argument 'nothing'" in p for p in found) for found in problems)


def test_required_columns_are_those_of_the_side_once_each_in_order():
    expectations = [
        expect(SOURCE, "expect_column_pair_values_to_be_equal", column_A="b", column_B="a"),
        expect(TARGET, NOT_NULL, column="t"),
        expect(SOURCE, "expect_compound_columns_to_be_unique", column_list=["c", "a"]),
        expect(SOURCE, "expect_table_row_count_to_equal", value=1),
    ]
    assert required_columns(expectations, SOURCE) == ("b", "a", "c")


def test_great_expectations_is_not_imported_where_nothing_is_evaluated():
    program = (
        "import sys, datetime\n"
        "from reconcile.quality import check, figures, gate, verdict\n"
        "at = datetime.datetime(2013, 1, 6, tzinfo=datetime.UTC)\n"
        "gate.validate(expectations=[], figures={}, rows={}, run_name='r', at=at)\n"
        "check.check([])\n"
        "sys.exit('great_expectations' in sys.modules or 'pandas' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False)
    assert done.returncode == 0
