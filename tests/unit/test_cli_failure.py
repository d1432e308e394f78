import pytest
import typer

from reconcile.cli.failure import told
from reconcile.errors import BadConfiguration, Changed, NotFound, ReconcileError, Unbalanced


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (NotFound("no bucket b", next_step="make it"), 2, "error: no bucket b. Next: make it\n"),
        (Changed("object o was replaced"), 3, "error: object o was replaced\n"),
        (Unbalanced("accounts"), 3, "error: accounts\n"),
        (BadConfiguration(["a: wrong"], next_step="mend"), 2, "error: a: wrong. Next: mend\n"),
        (
            BadConfiguration(["a: wrong", "b: two\nlines"], next_step="mend"),
            2,
            "error: a: wrong\nerror: b: two\\nlines\nNext: mend\n",
        ),
        (typer.BadParameter("no number"), 2, None),
        (typer.TyperException("odd"), 2, "error: odd. Next: reconcile --help\n"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_an_error_becomes_its_line_and_its_exit_code(
    capsys: pytest.CaptureFixture[str], error: Exception, code: int, said: str | None
) -> None:
    assert told(error, debug=False) == code
    written = capsys.readouterr()
    assert written.out == ""
    assert said is None or written.err == said


def test_a_foreign_error_may_hold_a_secret_and_is_only_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert told(OSError("https://u:sesame@host refused"), debug=False) == ReconcileError.exit_code
    said = capsys.readouterr().err
    assert "OSError" in said
    assert "sesame" not in said
    assert said.count("\n") == 1
