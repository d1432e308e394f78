"""`reconcile snapshot restore` and `drill`: what is brought back, and proven."""

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
    LATEST,
    advised,
    at_work,
    named,
    opened,
    repository_of,
    show,
    windows,
)


def restore(
    dataset: DatasetArgument,
    *,
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="LOCATION",
            help="Where to: s3://bucket/prefix, az://container/prefix, or a folder.",
            show_default=False,
        ),
    ],
    at: Annotated[
        str | None,
        typer.Option(
            "--at",
            metavar="TIME|ID",
            help="As it was at a time (2013-11-05T07:00Z, or a day: its end), or a snapshot's id; "
            "the newest good snapshot if left out.",
            show_default=False,
        ),
    ] = None,
    window: Annotated[
        str | None,
        typer.Option("--window", metavar="WINDOW", help=WINDOW_HELP, show_default=False),
    ] = None,
    connection: Annotated[
        str | None,
        typer.Option(
            "--connection",
            metavar="NAME",
            help="Who signs in there; as the environment says if left out.",
            show_default=False,
        ),
    ] = None,
    copy: Annotated[
        bool, typer.Option("--copy", help="From the second repository instead of the first.")
    ] = False,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Write over objects that lie there with other bytes."),
    ] = False,
    dry_run: DryRunOption = False,
    datasets: DatasetsOption = None,
    form: FormatOption = Format.TEXT,
) -> int:
    """Bring a dataset back as it was, every byte checked.

    Nothing that lies there is written over unless --replace says so, and
    nothing is ever deleted: objects that the snapshot does not have are named.
    Rows on the dataset's erasure list are left out. At the end the rows are
    counted against what was saved.

    A damaged snapshot is refused, and the newest good one is named. A restore
    that was interrupted goes on where it stopped when the same command is run
    again.

    \b
    [bold]Examples[/bold]
      reconcile snapshot restore flights --to /srv/back --dry-run
      reconcile snapshot restore flights --to az://back --at 2013-11-05T07:00Z
      reconcile snapshot restore flights --to /srv/back --window 2013-01-05 --copy

    \b
    [bold]Exit codes[/bold]
      0 restored and proven, 1 not what was saved, or would meet other data, 2
      bad input, 3 not finished
    """
    from reconcile.cli.snapshot_lines import restored_lines
    from reconcile.jobs.snapshots.asking import asked
    from reconcile.jobs.snapshots.restoring.restoring import restore as restored
    from reconcile.model.location import Location

    with advised("name a place, such as --to /srv/back or --to s3://bucket/back"):
        place = Location.parse(to)
    with opened(dataset, datasets) as work:
        told_at = asked(None if at == LATEST else at, timezone=work.dataset.timezone)
        id, span = named(work, told_at.id, copy=copy, or_a_time=True), windows(work, window)
        again = "Next: run the same command again; what is there already is not fetched again"
        with at_work(work, interrupted=again) as told:
            done = restored(
                work,
                to=place,
                connection=connection,
                id=id,
                at=told_at.at,
                span=span,
                copy=copy,
                replace=replace,
                rehearsal=dry_run,
                progress=told,
            )
    show(form, done, restored_lines(done), dataset=dataset, proven=done.proven)
    return done.exit_code


def drill(
    dataset: DatasetArgument,
    *,
    datasets: DatasetsOption = None,
    form: FormatOption = Format.TEXT,
) -> int:
    """Prove that a restore would work, by doing one.

    A good snapshot drawn by lot is restored into a scratch place, its rows are
    reconciled with the original data of that time, and the scratch place is
    cleaned. The ledger keeps how long it took, also where it failed.

    \b
    [bold]Examples[/bold]
      reconcile snapshot drill flights
      reconcile snapshot drill flights --format json

    \b
    [bold]Exit codes[/bold]
      0 restored and proven, 1 it failed, 2 bad input or no good snapshot, 3 not
      finished
    """
    from reconcile.cli.snapshot_lines import drilled_lines
    from reconcile.jobs.snapshots.drilling.drilling import drill as drilled

    again = "It proves nothing. Next: run it again"
    with opened(dataset, datasets) as work:
        repository_of(work)
        with at_work(work, interrupted=again) as told:
            done = drilled(work, progress=told)
    show(form, done, drilled_lines(dataset, done), dataset=dataset)
    return done.exit_code
