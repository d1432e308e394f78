"""The expectations the gate supports, how each judges rows, and why others are refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from enum import StrEnum

from reconcile.model.expectation import Expectation, ExpectationSubject


class Judges(StrEnum):
    """What an expectation holds a row against; it decides how failing rows may be sliced."""

    ROW = "row"
    EQUAL_ROWS = "equal_rows"
    ALL_ROWS = "all_rows"
    TABLE = "table"


_BY_JUDGEMENT = {
    Judges.ROW: (
        "expect_column_pair_values_a_to_be_greater_than_b",
        "expect_column_pair_values_to_be_equal",
        "expect_column_pair_values_to_be_in_set",
        "expect_column_value_lengths_to_be_between",
        "expect_column_value_lengths_to_equal",
        "expect_column_values_to_be_between",
        "expect_column_values_to_be_dateutil_parseable",
        "expect_column_values_to_be_in_set",
        "expect_column_values_to_be_json_parseable",
        "expect_column_values_to_be_null",
        "expect_column_values_to_match_json_schema",
        "expect_column_values_to_match_regex",
        "expect_column_values_to_match_regex_list",
        "expect_column_values_to_match_strftime_format",
        "expect_column_values_to_not_be_in_set",
        "expect_column_values_to_not_be_null",
        "expect_column_values_to_not_match_regex",
        "expect_column_values_to_not_match_regex_list",
        "expect_multicolumn_sum_to_equal",
        "expect_multicolumn_values_to_be_equal",
        "expect_select_column_values_to_be_unique_within_record",
    ),
    Judges.EQUAL_ROWS: (
        "expect_column_values_to_be_unique",
        "expect_compound_columns_to_be_unique",
    ),
    Judges.ALL_ROWS: (
        "expect_column_value_z_scores_to_be_less_than",
        "expect_column_values_to_not_be_outliers",
    ),
    Judges.TABLE: (
        "expect_column_distinct_values_to_be_in_set",
        "expect_column_distinct_values_to_contain_set",
        "expect_column_distinct_values_to_equal_set",
        "expect_column_max_to_be_between",
        "expect_column_mean_to_be_between",
        "expect_column_median_to_be_between",
        "expect_column_min_to_be_between",
        "expect_column_most_common_value_to_be_in_set",
        "expect_column_proportion_of_non_null_values_to_be_between",
        "expect_column_proportion_of_unique_values_to_be_between",
        "expect_column_stdev_to_be_between",
        "expect_column_sum_to_be_between",
        "expect_column_to_exist",
        "expect_column_unique_value_count_to_be_between",
        "expect_table_row_count_to_be_between",
        "expect_table_row_count_to_equal",
    ),
}

SUPPORTED = {name: judges for judges, names in _BY_JUDGEMENT.items() for name in names}

_SQL_ONLY = "it needs a SQL database, and rows are validated in memory"
_ORDER = "a side is a bag of rows and has no order"
_WHOLE_SCHEMA = (
    "only the columns that expectations read are loaded; `compare.schema` judges schemas"
)
_TYPES = "types are compared by the schema findings; set `compare.schema.type_changed`"
_DISTRIBUTION = "tests of distributions are not supported; use mean, median, stdev or sets"

_REFUSED = {
    "expect_column_values_to_match_like_pattern": _SQL_ONLY,
    "expect_column_values_to_match_like_pattern_list": _SQL_ONLY,
    "expect_column_values_to_not_match_like_pattern": _SQL_ONLY,
    "expect_column_values_to_not_match_like_pattern_list": _SQL_ONLY,
    "expect_query_results_to_match_comparison": _SQL_ONLY,
    "expect_table_row_count_to_equal_other_table": _SQL_ONLY,
    "unexpected_rows_expectation": _SQL_ONLY,
    "expect_column_values_to_be_increasing": _ORDER,
    "expect_column_values_to_be_decreasing": _ORDER,
    "expect_table_column_count_to_be_between": _WHOLE_SCHEMA,
    "expect_table_column_count_to_equal": _WHOLE_SCHEMA,
    "expect_table_columns_to_match_ordered_list": _WHOLE_SCHEMA,
    "expect_table_columns_to_match_set": _WHOLE_SCHEMA,
    "expect_column_type_to_be": _TYPES,
    "expect_column_values_to_be_of_type": _TYPES,
    "expect_column_values_to_be_in_type_list": _TYPES,
    "expect_column_bootstrapped_ks_test_p_value_to_be_greater_than": _DISTRIBUTION,
    "expect_column_chisquare_test_p_value_to_be_greater_than": _DISTRIBUTION,
    "expect_column_kl_divergence_to_be_less_than": _DISTRIBUTION,
    "expect_column_pair_cramers_phi_value_to_be_less_than": _DISTRIBUTION,
    "expect_column_parameterized_distribution_ks_test_p_value_to_be_greater_than": _DISTRIBUTION,
    "expect_column_quantile_values_to_be_between": (
        "Great Expectations 1.24 cannot store its result for rows in memory; use median or max"
    ),
    "expect_multicolumn_values_to_be_unique": (
        "it is deprecated; use expect_select_column_values_to_be_unique_within_record"
    ),
}

_GATE_DECIDES = frozenset(
    {"batch_id", "catch_exceptions", "condition_parser", "description", "id", "meta", "notes"}
    | {"rendered_content", "result_format", "row_condition", "severity", "windows"}
)


def type_problem(expectation: Expectation) -> str | None:
    """Why the gate cannot evaluate this type of expectation, or None where it can."""
    name = expectation.type
    if name in _REFUSED:
        return f"{name} is not supported: {_REFUSED[name]}"
    if name not in SUPPORTED:
        return f"unknown expectation {name!r}{near(name, SUPPORTED)}"
    if expectation.subject is ExpectationSubject.RESULT and name.startswith("expect_table_"):
        return f"{name} on the result counts its one row of figures; use the figure source_rows"
    return None


def near(name: str, names: Iterable[str]) -> str:
    """`; did you mean a or b?` where something is spelt alike, else nothing."""
    alike = get_close_matches(name, list(names), n=3)
    return f"; did you mean {' or '.join(alike)}?" if alike else ""


def argument_problems(expectation: Expectation) -> list[str]:
    """Arguments that Great Expectations knows but a dataset file may not set."""
    problems = [
        f"{expectation.type}: argument {name!r} is not supported here"
        for name in sorted(_GATE_DECIDES & expectation.arguments.keys())
    ]
    # Great Expectations would take a mapping for a parameter of a suite, even an empty one.
    problems += [
        f"{expectation.type}: argument {name!r} is a mapping, write the value itself"
        for name, value in expectation.arguments.items()
        if isinstance(value, Mapping) and name != "json_schema"
    ]
    if expectation.type == "expect_column_to_exist" and "column_index" in expectation.arguments:
        problems.append(f"{expectation.type}: column order never matters, drop 'column_index'")
    return problems


def columns_of(expectation: Expectation) -> tuple[str, ...]:
    """The columns (or figures) an expectation reads, in the order it names them."""
    given = expectation.arguments
    single = [given[name] for name in ("column", "column_A", "column_B") if name in given]
    listed = given.get("column_list", ())
    return tuple(
        name
        for name in (*single, *(listed if isinstance(listed, list | tuple) else ()))
        if isinstance(name, str)
    )


def required_columns(
    expectations: Iterable[Expectation], subject: ExpectationSubject
) -> tuple[str, ...]:
    """The columns that a subject's expectations read, each once, in the order first named.

    A column that the side does not have is left out by whoever reads the rows; its
    expectations come back errored (or, for `expect_column_to_exist`, failed).
    """
    names = (name for e in expectations if e.subject is subject for name in columns_of(e))
    return tuple(dict.fromkeys(names))
