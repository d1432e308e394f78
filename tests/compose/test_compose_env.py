"""`make compose-env` makes secrets once."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from deploy.compose_env import TEMPLATE, filled, main
from tests.compose.compose_file import variables


def test_it_is_for_its_owner_only_and_never_written_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / ".env"
    main(path)
    first = path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    main(path)
    assert path.read_text() == first
    printed = capsys.readouterr().out
    assert "is kept" in printed
    assert not any(value in printed for value in variables(first).values() if len(value) > 20)


def test_each_secret_is_new_and_fits_its_place() -> None:
    one, other = (variables(filled(TEMPLATE.read_text())) for _ in range(2))
    template = variables(TEMPLATE.read_text())
    marked = {name for name, value in template.items() if "<" in value}
    assert {name for name in one if one[name] != other[name]} == marked
    assert len({one[name] for name in marked}) == len(marked)
    assert not any("<" in value or "$" in value for value in one.values())
    assert all(one[name].isalnum() for name in marked if template[name] == "<token>")
    token = Fernet(one["AIRFLOW_FERNET_KEY"]).encrypt(b"a connection")
    assert Fernet(one["AIRFLOW_FERNET_KEY"]).decrypt(token) == b"a connection"


def test_git_does_not_take_it() -> None:
    ignored = (TEMPLATE.parents[1] / ".gitignore").read_text().splitlines()
    assert ".env" in ignored
