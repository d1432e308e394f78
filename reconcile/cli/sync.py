"""`reconcile sync`: historical sync, with proof, of one window or a span; and its status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from reconcile.cli import output
from reconcile.cli.options import (
    WINDOW_HELP,
    DatasetArgument,
    DatasetsOption,
    DryRunOption,
    Format,
    FormatOption,
    folder_of_datasets,
)
from reconcile.cli.progress import syncing
from reconcile.cli.span import show_span
from reconcile.cli.sync_rehearsal import plan_lines, total_lines
from reconcile.errors import BadInput

if TYPE_CHECKING:
    from reconcile.jobs.setting import Setting
    from reconcile.model.dataset import Dataset
    from reconcile.model.window import Window


def sync(
    dataset: DatasetArgument,
    *,
    window: Annotated[
        str | None,
        typer.Option("--window", metavar="WINDOW", help=WINDOW_HELP, show_default=False),
    ] = None,
    status: Annotated[
        bool,
        typer.Option("--status", help="Say what is complete, with every hole; copy nothing."),
    ] = False,
    look: Annotated[
        bool,
        typer.Option(
            "--look/--no-look",
            help="With --status: whether the origin is listed, so that late and rewritten "
            "data is seen; else the ledger alone is told.",
        ),
    ] = True,
    backwards: Annotated[
        bool, typer.Option("--backwards", help="Take the span's newest window first.")
    ] = False,
    approve_deletes: Annotated[
        str | None,
        typer.Option(
            "--approve-deletes",
            metavar="WHY",
            help="Let more be deleted than the brake does; who approves it, and why, is kept.",
            show_default=False,
        ),
    ] = None,
    dry_run: DryRunOption = False,
    datasets: DatasetsOption = None,
    form: FormatOption = Format.TEXT,
) -> int:
    """Make one side of a dataset complete, window by window, every copied object proven equal.

    What is missing or different is copied; what is proven and unchanged is not
    read again, so a sync that was killed goes on where it stopped. Nothing is
    deleted unless the dataset says so. The `sync:` block of its file says which
    side is copied, and how.

    The dry run lists what would be copied, replaced and deleted, with bytes,
    requests and cost, writes nothing and ends with 0. The status tells which
    windows are complete and what the others lack: by the ledger, and by what the
    origin holds now.

    \b
    [bold]Examples[/bold]
      reconcile sync flights --window 2013-01-05
      reconcile sync flights --window 2013-01-05 --dry-run
      reconcile sync flights --window 2013-01-05 --approve-deletes "Mia: withdrawn"
      reconcile sync flights --window 2013-01-01/2013-02-01 --backwards
      reconcile sync flights --status
      reconcile sync flights --status --window 2013-01-01/2013-02-01 --no-look

    \b
    [bold]Exit codes[/bold]
      0 complete, 2 bad input, 3 incomplete or not known
    """
    from reconcile.config.datasets import find_dataset
    from reconcile.history.calendar import Calendar
    from reconcile.jobs.setting import Setting
    from reconcile.jobs.sync_work import sync_rules

    _refuse_contradictions(
        status=status,
        window=window,
        dry_run=dry_run,
        backwards=backwards,
        approval=approve_deletes,
        look=look,
    )
    found = find_dataset(dataset, folder_of_datasets(datasets))
    sync_rules(found)  # refuses a dataset that declares none, before anything is opened
    windows = None if window is None else Calendar.of(found).span(window)
    with Setting.open() as setting:
        if windows is None or status:
            return _show_status(setting, found, windows, look=look, form=form)
        ordered = windows[::-1] if backwards else windows
        if dry_run:
            return _show_plan(setting, found, ordered, approve_deletes, form)
        return _synchronised(setting, found, ordered, approve_deletes, form)


def _refuse_contradictions(
    *,
    status: bool,
    window: str | None,
    dry_run: bool,
    backwards: bool,
    approval: str | None,
    look: bool,
) -> None:
    if window is None and not status:
        raise BadInput(
            "nothing says what to sync",
            expected="--window, such as --window 2013-01-05; or --status",
            next_step="reconcile sync --help",
        )
    acting = {
        "--dry-run": dry_run,
        "--backwards": backwards,
        "--approve-deletes": approval is not None,
    }
    given = [name for name, is_given in acting.items() if is_given]
    if status and given:
        raise BadInput(
            f"--status and {given[0]} do not go together",
            expected="--status alone, with --window or --no-look",
            next_step="leave one of them out",
        )
    if not status and not look:
        raise BadInput("--no-look goes with --status only", next_step="leave it out")
    if approval is not None and not approval.strip():
        raise BadInput(
            "--approve-deletes says nothing",
            expected="who approves the deletes, and why",
            next_step='such as --approve-deletes "Mia: the feed was withdrawn"',
        )


def _synchronised(
    setting: Setting,
    dataset: Dataset,
    windows: tuple[Window, ...],
    approval: str | None,
    form: Format,
) -> int:
    from reconcile.jobs.syncing import sync_span
    from reconcile.report.sync_json import sync_json_document
    from reconcile.report.sync_text import sync_summary

    try:
        with syncing(len(windows)) as told:
            outcome = sync_span(
                setting,
                dataset,
                windows,
                approval=approval,
                progress=told,
                on_window=told.window,
                on_step=told.step,
                on_outcome=told.outcome,
            )
    except KeyboardInterrupt:
        output.complain("interrupted. What is proven is not copied again. Next: run it again")
        raise
    show_span(outcome, form, document=sync_json_document, summary=sync_summary)
    return outcome.exit_code


def _show_status(
    setting: Setting,
    dataset: Dataset,
    windows: tuple[Window, ...] | None,
    *,
    look: bool,
    form: Format,
) -> int:
    from reconcile.jobs.sync_status import sync_status
    from reconcile.report.sync_json import sync_status_json_document
    from reconcile.report.sync_standings import is_complete
    from reconcile.report.sync_text import sync_status_text

    found = sync_status(setting, dataset, windows, look=look)
    if form is Format.JSON:
        output.show_json(sync_status_json_document(found))
    else:
        output.show(sync_status_text(found))
    return 0 if is_complete(found.standings) else 3


def _show_plan(
    setting: Setting,
    dataset: Dataset,
    windows: tuple[Window, ...],
    approval: str | None,
    form: Format,
) -> int:
    from reconcile.errors import worst
    from reconcile.jobs.sync_planning import planned_syncs

    planned = planned_syncs(setting, dataset, windows, approval=approval)
    for one in planned:
        if one.error is not None:
            output.complain(f"{one.window.name}: {one.error.line()}")
    if form is Format.JSON:
        plans = [one.to_json() for one in planned]
        currency = setting.prices.currency if setting.prices else None
        output.show_json(
            {"dataset": dataset.name, "dry_run": True, "currency": currency, "windows": plans}
        )
    else:
        currency = setting.prices.currency if setting.prices else ""
        lines = [line for one in planned for line in plan_lines(one, currency)]
        lines += total_lines(planned, currency) if len(planned) > 1 else []
        output.show("".join(f"{line}\n" for line in lines))
    return worst(one.exit_code for one in planned)
