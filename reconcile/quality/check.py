"""Checks a dataset's expectations before any row is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from reconcile.errors import BadConfiguration
from reconcile.model.expectation import Expectation, ExpectationSubject
from reconcile.quality.catalogue import argument_problems, columns_of, near, type_problem
from reconcile.quality.figures import FIXED_FIGURES, figure_problem


def check(
    expectations: Iterable[Expectation],
    columns: Mapping[ExpectationSubject, Collection[str]] | None = None,
) -> list[str]:
    """Every problem of a dataset's expectations, one line each with its place in the file.

    Takes about 10 s where there is an expectation: Great Expectations itself validates the
    arguments.

    Args:
        expectations: In the order of the file, subject by subject.
        columns: The columns of each side, where its schema is known. Under `RESULT`: the columns
            that are compared, by the source's names.
    """
    expectations = tuple(expectations)
    known = columns or {}
    places: Counter[ExpectationSubject] = Counter()
    problems = [
        f"expectations: several have the id {shared!r}"
        for shared, count in Counter(e.id for e in expectations).items()
        if count > 1
    ]
    for expectation in expectations:
        subject = expectation.subject
        place = f"expectations.{subject}[{places[subject]}]"
        places[subject] += 1
        found = _problems(expectation, known.get(subject))
        problems.extend(f"{place}: {problem}" for problem in found)
    return problems


def _problems(expectation: Expectation, columns: Collection[str] | None) -> list[str]:
    problem = type_problem(expectation)
    if problem is not None:
        return [problem]
    reserved = argument_problems(expectation)
    named = _column_problems(expectation, columns)
    return reserved + named if reserved else named + _native_problems(expectation)


def _native_problems(expectation: Expectation) -> list[str]:
    # Not at the top: importing Great Expectations takes 10 s, paid only by those who need it.
    from reconcile.quality.suite import native  # noqa: PLC0415

    try:
        native(expectation, expectation.arguments)
    except BadConfiguration as error:
        return list(error.problems)
    return []


def _column_problems(expectation: Expectation, columns: Collection[str] | None) -> list[str]:
    names = columns_of(expectation)
    if expectation.subject is ExpectationSubject.RESULT:
        known = None if columns is None else frozenset(columns)
        found = [(name, figure_problem(name, columns=known)) for name in names]
        return [f"{problem}{near(name, FIXED_FIGURES)}" for name, problem in found if problem]
    if columns is None or expectation.type == "expect_column_to_exist":
        return []
    unknown = [name for name in names if name not in columns]
    return [f"unknown column {name!r}{near(name, columns)}" for name in unknown]
