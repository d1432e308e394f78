"""`reconcile snapshot list`, `prune`, `hold` and `release`: what there is, and what stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from reconcile.cli import output
from reconcile.cli.options import DatasetArgument, DatasetsOption, Format, FormatOption
from reconcile.cli.snapshot_work import (
    ID_HELP,
    CopyOption,
    at_work,
    named,
    none_yet,
    opened,
    repository_of,
    said,
    show,
)
from reconcile.errors import NotFound

if TYPE_CHECKING:
    from reconcile.jobs.snapshots.pruning.pruned import Pruned
    from reconcile.jobs.snapshots.work import SnapshotWork

_HELD = '--because "audit of 2013, case 4711"'


@dataclass(frozen=True)
class _Repositories:
    """What was decided, or done, in each repository."""

    dataset: str
    applied: bool
    repositories: tuple[Pruned, ...]


SnapshotArgument = Annotated[str, typer.Argument(metavar="ID", help=ID_HELP)]


def list_snapshots(
    dataset: DatasetArgument,
    *,
    copy: CopyOption = False,
    datasets: DatasetsOption = None,
    form: FormatOption = Format.TEXT,
) -> int:
    """List a dataset's snapshots, the newest first, with how each stands.

    Only a good snapshot counts for retention and is restored unasked:
    consistent, verified, nothing found wrong since, and dated neither in the
    future nor long before it was recorded.

    \b
    [bold]Examples[/bold]
      reconcile snapshot list flights
      reconcile snapshot list flights --copy --format json

    \b
    [bold]Exit codes[/bold]
      0 however they stand (`reconcile snapshot report --check` judges), 2 bad
      input or no snapshot yet, 3 not known
    """
    from reconcile.jobs.snapshots.loading import loaded
    from reconcile.report.snapshot_json import standing_document

    with opened(dataset, datasets) as work:
        found = loaded(work, repository_of(work, copy=copy))
        if not found.standings and not found.unreadable:
            raise none_yet(work, copy=copy)
        now = work.setting.now()
    newest_first = found.standings[::-1]
    for line in [*found.problems, *found.unreadable.values()]:
        output.complain(f"{line.rstrip('.')}. Next: reconcile snapshot verify {dataset}")
    if form is Format.JSON:
        documents = [standing_document(one, now) for one in newest_first]
        output.show_json({"dataset": dataset, "snapshots": documents})
        return 0
    from reconcile.cli.table import table
    from reconcile.report.snapshot_headline import counts_sentence
    from reconcile.report.snapshot_rows import standing_table

    rows = standing_table(newest_first, now)
    output.show(table(rows.header, rows.rows) + f"\n{counts_sentence(newest_first, now)}\n")
    return 0


def prune(
    dataset: DatasetArgument,
    *,
    apply: Annotated[
        bool,
        typer.Option(
            "--apply/--dry-run", help="Remove what the retention lets go, or only show it."
        ),
    ] = False,
    datasets: DatasetsOption = None,
    form: FormatOption = Format.TEXT,
) -> int:
    """Show what the retention keeps and lets go, with the reasons; --apply carries it out.

    In two phases: what no snapshot holds any more is marked, and removed by a
    later prune once the dataset's `grace` has passed. The last good snapshot,
    held ones and what a running create may need always stay. It runs under the
    repository's `prune_connection`.

    \b
    [bold]Examples[/bold]
      reconcile snapshot prune flights
      reconcile snapshot prune flights --apply

    \b
    [bold]Exit codes[/bold]
      0 shown or removed, 1 the repository is not as it was written, so nothing
      may be removed, 2 bad input, 3 not finished
    """
    from reconcile.cli.snapshot_lines import pruned_lines
    from reconcile.errors import worst
    from reconcile.jobs.snapshots.pruning.pruning import prune as pruned

    with opened(dataset, datasets) as work:
        repository_of(work)
        both = (False, True) if _is_copied(work) else (False,)
        again = "What is removed is removed whole. Next: run it again"
        with at_work(work, interrupted=again) as told:
            done = tuple(pruned(work, copy=each, dry_run=not apply, progress=told) for each in both)
    show(form, _Repositories(dataset, apply, done), pruned_lines(dataset, done))
    return worst(one.exit_code for one in done)


def _is_copied(work: SnapshotWork) -> bool:
    """Whether there is a second repository to prune as well."""
    if work.rules.copy is None:
        return False
    try:
        repository_of(work, copy=True)
    except NotFound:
        output.say("the second repository holds nothing yet")
        return False
    return True


def hold(
    dataset: DatasetArgument,
    snapshot: SnapshotArgument,
    *,
    because: Annotated[str, typer.Option("--because", metavar="WHY", help="Why; it is kept.")],
    datasets: DatasetsOption = None,
    form: FormatOption = Format.TEXT,
) -> int:
    """Keep a snapshot, whatever the retention says, until it is released.

    Where the store can, what it holds is put under a legal hold besides.

    \b
    [bold]Examples[/bold]
      reconcile snapshot hold flights latest --because "audit of 2013, case 4711"

    \b
    [bold]Exit codes[/bold]
      0 held, 1 the repository is not as it was written, 2 bad input, 3 not
      finished
    """
    from reconcile.cli.snapshot_lines import held_lines
    from reconcile.jobs.snapshots.holding import hold as held

    reason = said(because, "--because", _HELD)
    with opened(dataset, datasets) as work:
        done = held(work, str(named(work, snapshot)), reason)
    show(form, done, held_lines(dataset, done), dataset=dataset)
    return 0


def release(
    dataset: DatasetArgument,
    snapshot: SnapshotArgument,
    *,
    because: Annotated[str, typer.Option("--because", metavar="WHY", help="Why; it is kept.")],
    datasets: DatasetsOption = None,
    form: FormatOption = Format.TEXT,
) -> int:
    """Let a held snapshot go: the retention decides over it again.

    \b
    [bold]Examples[/bold]
      reconcile snapshot release flights 20130118T0700 --because "case 4711 is closed"

    \b
    [bold]Exit codes[/bold]
      0 released, 1 the repository is not as it was written, 2 bad input, 3 not
      finished
    """
    from reconcile.cli.snapshot_lines import held_lines
    from reconcile.jobs.snapshots.holding import release as released

    reason = said(because, "--because", '--because "case 4711 is closed"')
    with opened(dataset, datasets) as work:
        done = released(work, str(named(work, snapshot)), reason)
    show(form, done, held_lines(dataset, done), dataset=dataset)
    return 0
