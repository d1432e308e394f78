"""What all commands about snapshots share: how work is opened, watched, interrupted and told."""

from __future__ import annotations

import getpass
import socket
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reconcile.cli import output
from reconcile.cli.options import Format, folder_of_datasets
from reconcile.cli.progress import WorkFollower, working
from reconcile.errors import BadInput, NotFound, ReconcileError

if TYPE_CHECKING:
    from reconcile.jobs.snapshots.work import SnapshotWork
    from reconcile.model.window import Window
    from reconcile.repository.repository import Repository

ID_HELP = "A snapshot's id, its beginning, or latest; `reconcile snapshot list` shows them."
IdArgument = Annotated[str | None, typer.Argument(metavar="[ID]", help=ID_HELP, show_default=False)]
CopyOption = Annotated[
    bool, typer.Option("--copy", help="In the second repository instead of the first.")
]
LATEST = "latest"


@contextmanager
def opened(dataset: str, datasets: Path | None) -> Iterator[SnapshotWork]:
    """Everything that work on a dataset's snapshots needs, while the block runs.

    Raises:
        BadInput: There is no such dataset, or it is not backed up.
    """
    from reconcile.config.datasets import find_dataset
    from reconcile.jobs.setting import Setting
    from reconcile.jobs.snapshots.work import SnapshotWork, snapshot_rules

    found = find_dataset(dataset, folder_of_datasets(datasets))
    snapshot_rules(found)  # refuses a dataset that declares none, before anything is opened
    with Setting.open() as setting, SnapshotWork.open(setting, found, by=_who()) as work:
        yield work


@contextmanager
def at_work(work: SnapshotWork, *, interrupted: str) -> Iterator[WorkFollower]:
    """Shows how work goes on while the block runs; says what is left where it is interrupted."""
    try:
        with working() as told:
            yield told
    except KeyboardInterrupt:
        work.stop()
        output.complain(f"interrupted. {interrupted}")
        raise


def show(
    form: Format,
    result: Any,
    lines: Iterable[str],
    *,
    without: Sequence[str] = (),
    **besides: Any,
) -> None:
    """Shows what came of it: one JSON document, or lines for people.

    Args:
        form: Which.
        result: What came of it, a dataclass.
        lines: The same for people.
        without: Fields of it that the document leaves out.
        besides: What the document says before.
    """
    if form is Format.JSON:
        from reconcile.report.plain import plain

        told = {name: value for name, value in plain(result).items() if name not in without}
        output.show_json({**plain(besides), **told})
    else:
        output.show("".join(f"{line}\n" for line in lines))


def windows(work: SnapshotWork, text: str | None) -> Sequence[Window] | None:
    """The windows that a text names; None where none is given.

    Raises:
        BadInput: It names none.
    """
    if text is None:
        return None
    from reconcile.history.calendar import Calendar

    with advised("name it, such as --window 2013-01-05, or --window 2013-01-01/2013-02-01"):
        return Calendar.of(work.dataset).span(text)


def named(
    work: SnapshotWork, text: str | None, *, copy: bool = False, or_a_time: bool = False
) -> str | None:
    """The id of the snapshot that a text names: its id, its beginning, or `latest`.

    Args:
        work: Of which dataset.
        text: The text; None names none.
        copy: Whether the second repository is meant.
        or_a_time: Whether a time might have been given as well, and was not.

    Raises:
        NotFound: There is no snapshot yet.
        BadInput: None is named so, or several are.
    """
    from reconcile.repository.manifests import ids

    repository = repository_of(work, copy=copy)
    if text is None:
        return None
    known = sorted(ids(repository, work.dataset.name))
    if not known:
        raise none_yet(work, copy=copy)
    if text == LATEST:
        return known[-1]
    found = [text] if text in known else [one for one in known if text and one.startswith(text)]
    if len(found) == 1:
        return found[0]
    name = work.dataset.name
    what = f"{len(found):,} snapshots of {name} begin" if found else f"no snapshot of {name} begins"
    times = "a time (2013-11-05T07:00Z), a day, " if or_a_time else ""
    raise BadInput(
        f"{what} with {text!r}",
        expected=f"{times}an id, enough of its beginning, or latest; the newest is {known[-1]}",
        next_step=f"`reconcile snapshot list {name}` shows them all",
    )


def repository_of(work: SnapshotWork, *, copy: bool = False) -> Repository:
    """The repository that a command is about.

    Raises:
        NotFound: There is none yet, and so no snapshot; or its bucket or its key is not there.
    """
    from reconcile.jobs.snapshots.places import repository_lies_at
    from reconcile.stores.protocol import ContainerMissing

    try:
        return work.copy_repository() if copy else work.repository()
    except ContainerMissing:
        raise
    except NotFound as error:
        place = work.rules.copy if copy else work.rules.repository
        if place is None or repository_lies_at(work.setting, place):
            raise  # it is something else that is lost: the key
        raise none_yet(work, copy=copy) from error


def none_yet(work: SnapshotWork, *, copy: bool = False) -> NotFound:
    """There is no snapshot of a dataset yet, or none any more."""
    from reconcile.jobs.snapshots.places import repository_lies_at

    name, rules = work.dataset.name, work.rules
    place, other = (rules.copy, rules.repository) if copy else (rules.repository, rules.copy)
    if not copy and other is not None and repository_lies_at(work.setting, other):
        return NotFound(
            f"there is no snapshot of {name} in the first repository, {rules.repository.location}",
            found=f"a second repository at {other.location}",
            next_step=f"`reconcile snapshot list {name} --copy`, and restore with --copy",
        )
    where, step = (" in the second repository", "copy") if copy else ("", "create")
    return NotFound(
        f"there is no snapshot of {name}{where} yet",
        found=None if place is None else f"none at {place.location}",
        next_step=f"`reconcile snapshot {step} {name}`",
    )


@contextmanager
def advised(step: str) -> Iterator[None]:
    """Errors that know no next step get this one."""
    try:
        yield
    except ReconcileError as error:
        error.next_step = error.next_step or step
        raise


def said(reason: str, option: str, example: str) -> str:
    """A reason that somebody gave.

    Raises:
        BadInput: It says nothing.
    """
    if not reason.strip():
        raise BadInput(f"{option} says nothing", expected="why", next_step=f"such as {example}")
    return reason.strip()


def _who() -> str:
    """Who does it, for the ledger."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container may know no name
        user = "unknown"
    return f"{user}@{socket.gethostname()}"
