"""What only a process of its own can show: imports, pipes, terminals, the installed wheel."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.command_line import write_dataset, write_rows

_HEAVY = ("pandas", "duckdb", "boto3", "azure", "great_expectations", "sqlalchemy", "alembic")
_MODULES = """
import sys
from reconcile.cli.main import run
code = run(sys.argv[1:])
print("loaded:", *sorted(set(sys.modules) & set({heavy!r})), file=sys.stderr)
sys.exit(code)
"""
_RECONCILE = (
    sys.executable,
    "-c",
    "import sys; from reconcile.cli.main import run; sys.exit(run())",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_dataset(tmp_path)
    write_rows(tmp_path / "source.parquet")
    write_rows(tmp_path / "target.parquet", rows=4)
    return tmp_path


def _environment(folder: Path, **more: str) -> dict[str, str]:
    colour = ("NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS")
    plain = {
        name: value
        for name, value in os.environ.items()
        if name not in colour and not name.startswith("RECONCILE_")
    }
    return {**plain, "RECONCILE_DATASETS": str(folder / "datasets"), **more}


@pytest.mark.parametrize(
    ("line", "loaded"),
    [
        ("--help", ""),
        ("compare --help", ""),
        ("config show orders", ""),
        ("config validate", ""),
        ("compare source.parquet source.parquet --key id", "duckdb"),
    ],
)
def test_a_command_imports_only_what_it_needs(folder: Path, line: str, loaded: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _MODULES.format(heavy=_HEAVY), *line.split()],
        cwd=folder,
        env=_environment(folder),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == f"loaded: {loaded}".rstrip() + "\n"


def test_the_end_of_a_process_adds_nothing_to_standard_error(folder: Path) -> None:
    done = subprocess.run(
        [*_RECONCILE, "compare", "source.parquet", "target.parquet", "--key", "id"],
        cwd=folder,
        env=_environment(folder),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert "\x1b" not in done.stdout


def test_a_reader_who_leaves_is_no_error(folder: Path) -> None:
    process = subprocess.Popen(
        [*_RECONCILE, "config", "show", "orders"],
        env=_environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 141


@pytest.mark.parametrize(
    ("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)], ids=["colour", "none"]
)
def test_a_terminal_gets_colour_unless_it_wants_none(
    folder: Path, environment: dict[str, str], coloured: bool
) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*_RECONCILE, "compare", "absent.parquet", "target.parquet", "--key", "id"],
        cwd=folder,
        env=_environment(folder, TERM="xterm-256color", **environment),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 4096):
            shown += chunk
    except OSError:  # how Linux says that nobody has the terminal open any more
        pass
    os.close(ours)
    assert process.wait() == 2
    assert b"absent.parquet does not exist" in shown
    assert (b"\x1b[1;31m" in shown) is coloured


def test_the_wheel_alone_compares_outside_the_checkout(folder: Path) -> None:
    checkout = Path(__file__).parents[2]
    tools = Path(sys.executable).parent
    here = _environment(folder, PATH=f"{tools}{os.pathsep}{os.environ['PATH']}")

    def succeed(*words: object) -> None:
        subprocess.run([str(word) for word in words], cwd=folder, env=here, check=True)

    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "wheel")],
        cwd=checkout,
        env=here,
        check=True,
        capture_output=True,
    )
    [wheel] = (folder / "wheel").iterdir()
    python = folder / "empty" / "bin" / "python"
    succeed("uv", "venv", "--quiet", "--python", sys.executable, folder / "empty")
    pinned = checkout / "requirements.txt"
    succeed("uv", "pip", "install", "--quiet", "--python", python, "-c", pinned, wheel)
    for form, words in (("text", "missing_in_target: 1 row"), ("json", '"missing_in_target": 1')):
        done = subprocess.run(
            [
                *(python.with_name("reconcile"), "compare", "source.parquet", "target.parquet"),
                *("--key", "id", "--format", form),
            ],
            cwd=folder,
            env=here,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (1, "")
        assert words in done.stdout
