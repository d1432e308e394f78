"""`reconcile snapshot create`, `verify` and `copy`: what is saved, and proven."""

from __future__ import annotations

from typing import Annotated

import typer

from reconcile.cli.options import (
    WINDOW_HELP,
    DatasetArgument,
    DatasetsOption,
    DryRunOption,
    Format,
    FormatOption,
)
from reconcile.cli.snapshot_work import (
    CopyOption,
    IdArgument,
    at_work,
    named,
    opened,
    show,
    windows,
)
from reconcile.errors import BadInput

_AGAIN = "What is stored stays. Next: run it again; it goes on from there"


def create(
    dataset: DatasetArgument,
    *,
    window: Annotated[
        str | None,
        typer.Option("--window", metavar="WINDOW", help=WINDOW_HELP, show_default=False),
    ] = None,
    tags: Annotated[
        list[str] | None,
        typer.Option(
            "--tag",
            metavar="TAG",
            help="A name that the retention may keep it by; may be given several times.",
            show_default=False,
        ),
    ] = None,
    anew: Annotated[
        bool,
        typer.Option(
            "--anew",
            help="Begin anew where the repository has none of the snapshots that are known: it "
            "is another one now, or theirs is lost.",
        ),
    ] = False,
    dry_run: DryRunOption = False,
    datasets: DatasetsOption = None,
    form: FormatOption = Format.TEXT,
) -> int:
    """Save a side of a dataset as it is now.

    Content is stored once: what an earlier snapshot holds and is unchanged is
    not read again. The snapshot becomes visible last, whole or not at all. A
    window that has not ended, or that is being rewritten, is waited for or left
    out; a snapshot whose objects were not all there at one moment says so, and
    does not count as good.

    It counts as good only once `reconcile snapshot verify` has found nothing
    wrong.

    \b
    [bold]Examples[/bold]
      reconcile snapshot create flights
      reconcile snapshot create flights --dry-run
      reconcile snapshot create flights --tag closing
      reconcile snapshot create flights --window 2013-01-01/2013-02-01

    \b
    [bold]Exit codes[/bold]
      0 saved, 1 the repository is not as it was written, 2 bad input, 3 not
      finished, or saved but inconsistent
    """
    from reconcile.cli.snapshot_lines import created_lines
    from reconcile.jobs.snapshots.creating.creation import create as created

    with opened(dataset, datasets) as work:
        span = windows(work, window)
        with at_work(work, interrupted=_AGAIN) as told:
            made = created(
                work,
                span=span,
                tags=_checked(tags or []),
                progress=told,
                dry_run=dry_run,
                anew=anew,
            )
    lines = created_lines(dataset, made)
    show(form, made, lines, without=["manifest"], dataset=dataset, dry_run=dry_run)
    return 0 if made.consistent or dry_run else 3


def verify(
    dataset: DatasetArgument,
    snapshot: IdArgument = None,
    *,
    read: Annotated[
        str | None,
        typer.Option(
            "--read",
            metavar="SHARE",
            help="How much of the data is read: 5% (another 5% the next time), all or none; "
            "as the dataset says if left out.",
            show_default=False,
        ),
    ] = None,
    copy: CopyOption = False,
    datasets: DatasetsOption = None,
    form: FormatOption = Format.TEXT,
) -> int:
    """Check that snapshots are still what was stored.

    Manifests and the ledger are always read, and every piece of content is
    looked for. Of the data a share is read, decrypted, and checked against its
    checksum; the answer says how much. Without ID all snapshots are checked.

    \b
    [bold]Examples[/bold]
      reconcile snapshot verify flights
      reconcile snapshot verify flights --read all
      reconcile snapshot verify flights latest --read 10% --copy

    \b
    [bold]Exit codes[/bold]
      0 nothing is wrong with what was read, 1 something is damaged, 2 bad
      input, 3 not finished
    """
    from reconcile.cli.snapshot_lines import verified_lines
    from reconcile.jobs.snapshots.proving.verification import verify as verified

    share = None if read is None else share_of(read)
    with opened(dataset, datasets) as work:
        id = named(work, snapshot, copy=copy)
        with at_work(work, interrupted="Nothing was changed. Next: run it again") as told:
            found = verified(work, id=id, read=share, copy=copy, progress=told)
    show(form, found, verified_lines(dataset, found), dataset=dataset, sound=found.sound)
    return found.exit_code


def copy(
    dataset: DatasetArgument,
    snapshot: IdArgument = None,
    *,
    datasets: DatasetsOption = None,
    form: FormatOption = Format.TEXT,
) -> int:
    """Copy a snapshot to the second repository, every piece proven equal.

    Without ID it is the newest good one. What the second repository holds
    already is not sent again.

    \b
    [bold]Examples[/bold]
      reconcile snapshot copy flights
      reconcile snapshot copy flights latest --format json

    \b
    [bold]Exit codes[/bold]
      0 copied, or there already, 1 what is to be copied is damaged, 2 bad
      input, 3 not finished
    """
    from reconcile.cli.snapshot_lines import copied_lines
    from reconcile.jobs.snapshots.proving.copying import copy as copied

    with opened(dataset, datasets) as work:
        id = named(work, snapshot)
        with at_work(work, interrupted=_AGAIN) as told:
            made = copied(work, id=id, progress=told)
    show(form, made, copied_lines(made), dataset=dataset)
    return 0


def share_of(text: str) -> float:
    """The share that a text says: `5%`, `all`, `none`.

    Raises:
        BadInput: It says none.
    """
    words = {"all": 1.0, "none": 0.0}
    if text in words:
        return words[text]
    try:
        share = float(text.removesuffix("%")) / 100 if text.endswith("%") else -1.0
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise BadInput(
            f"--read {text} is no share of the data",
            expected="all, none, or a share from 0% to 100%",
            next_step="such as --read 5%",
        )
    return share


def _checked(tags: list[str]) -> tuple[str, ...]:
    if any(not tag.strip() for tag in tags):
        raise BadInput("--tag says nothing", expected="a name", next_step="such as --tag closing")
    return tuple(dict.fromkeys(tags))
