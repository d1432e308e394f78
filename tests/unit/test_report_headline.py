import pytest

from reconcile.model.expectation import ExpectationSeverity, Outcome
from reconcile.model.result import ColumnResult, SchemaFinding, Verdict
from reconcile.model.rules import FindingKind, Severity
from reconcile.report.content import Report
from reconcile.report.headline import face, reasons, sentence
from reconcile.report.span import span_text, uncovered_text, window_noun

from .report_samples import RULES, expectation, failed, report, result, window

DIFFERING = result(matched=700, value_mismatch=12, missing_in_target=8)
NOT_COMPARABLE = SchemaFinding(FindingKind.NOT_COMPARABLE, "gate", "int64", "string", Severity.FAIL)


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        pytest.param(
            report(),
            "Both copies are complete and equal: all 720 rows match.",
            id="matched",
        ),
        pytest.param(
            report(window(compared=result(matched=0))),
            "Both copies are empty, and so they are equal.",
            id="empty",
        ),
        pytest.param(
            report(window(compared=DIFFERING)),
            "The copies are not equal: 20 rows disagree, 97.22 % of 720 match.",
            id="breached",
        ),
        pytest.param(
            report(window("2013-01-04"), window(compared=DIFFERING)),
            "The copies are not equal: 20 rows disagree, 98.61 % of 1,440 match; "
            "1 of 2 days are affected.",
            id="breached in a span",
        ),
        pytest.param(
            report(
                window(
                    compared=result(matched=99, value_mismatch=1, verdict=Verdict.WITHIN_THRESHOLD)
                )
            ),
            "The copies differ, inside the agreed limits: 1 row disagrees, 99.00 % of 100 match.",
            id="within threshold",
        ),
        pytest.param(
            report(window(verdict=Verdict.BREACHED, expectations=(expectation(Outcome.FAILED),))),
            "As far as they were compared all 720 rows match, but 1 check failed.",
            id="breached by the gate alone",
        ),
        pytest.param(
            report(window("2013-01-04"), failed("2013-01-05", "gone")),
            "It is not known whether the copies are equal: 1 of 2 days have no answer.",
            id="no answer",
        ),
        pytest.param(
            report(window("2013-01-03"), window("2013-01-05")),
            "Both copies are complete and equal: all 1,440 rows match. "
            "No run covers 1 day in between.",
            id="a gap is not passed over",
        ),
    ],
)
def test_the_verdict_is_one_sentence(subject: Report, said: str) -> None:
    assert sentence(subject) == said


def test_a_column_that_was_not_compared_is_not_passed_over() -> None:
    compared = result()
    columns = dict(compared.columns) | {"gate": ColumnResult(False, 0, "exact")}
    subject = report(window(compared=type(compared)(**{**vars(compared), "columns": columns})))
    assert sentence(subject).endswith("1 column could not be compared.")


@pytest.mark.parametrize(
    ("verdicts", "worst"),
    [
        ((Verdict.MATCHED, Verdict.WITHIN_THRESHOLD), Verdict.WITHIN_THRESHOLD),
        ((Verdict.WITHIN_THRESHOLD, Verdict.BREACHED), Verdict.BREACHED),
        ((Verdict.BREACHED, Verdict.INDETERMINATE), Verdict.INDETERMINATE),
        ((Verdict.MATCHED, None), Verdict.INDETERMINATE),
    ],
)
def test_the_verdict_of_a_span_is_the_worst(
    verdicts: tuple[Verdict | None, ...], worst: Verdict
) -> None:
    windows = [window(f"2013-01-0{n}", verdict=one) for n, one in enumerate(verdicts, 1)]
    assert report(*windows).verdict is worst


def test_every_reason_names_its_limit_or_its_finding() -> None:
    breached = window(
        compared=result(matched=700, value_mismatch=12, schema=(NOT_COMPARABLE,)),
        expectations=(
            expectation(Outcome.FAILED),
            expectation(Outcome.FAILED, ExpectationSeverity.WARNING, id="w"),
            expectation(Outcome.ERRORED, ExpectationSeverity.INFO, id="e", reason="no figure"),
        ),
    )
    counted, found, critical, errored = reasons(breached, RULES)
    assert "12 rows" in counted
    assert "at most 5 rows and 1 %" in counted
    assert found == "Column gate is int64 in the source, string in the target: not comparable."
    assert critical.startswith("Critical expectation expect_column_values_to_be_between")
    assert "no figure" in errored


def test_an_empty_side_is_said_first() -> None:
    empty = window(compared=result(matched=0, missing_in_target=720))
    assert reasons(empty, RULES)[0] == "The target holds no rows, which no threshold allows."


def test_nothing_is_wrong_with_a_clean_window() -> None:
    assert reasons(window(), RULES) == ()


def test_verdicts_differ_in_word_and_in_shape() -> None:
    faces = [face(verdict) for verdict in (*Verdict, None)]
    assert len({one.word for one in faces}) == len(faces)
    assert len({one.glyph for one in faces}) == len(faces)
    assert len({one.style for one in faces}) == len(faces)


def test_a_span_is_called_what_it_is() -> None:
    assert window_noun([window("2013-01"), window("2013-02")]) == "month"
    assert window_noun([window("2013-01-05T14")]) == "hour"
    assert window_noun([window("whole")]) == "window"
    two = report(window("2013-01-04"), window("2013-01-05"))
    assert span_text(two) == "2013-01-04 to 2013-01-05, 2 days"


def test_days_left_out_are_named_or_counted() -> None:
    assert uncovered_text([window("2013-01-03"), window("2013-01-05")]) == (
        "No run covers 2013-01-04."
    )
    assert uncovered_text([window("2013-01-01"), window("2013-01-31")]) == (
        "No run covers 29 days from 2013-01-02 to 2013-01-30."
    )
    assert uncovered_text([window("2013-01"), window("2013-03")]) == ""
