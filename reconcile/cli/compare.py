"""`reconcile compare`: two locations, no configuration."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconcile.cli import output
from reconcile.cli.options import Format, FormatOption, NoCacheOption, StrategyOption
from reconcile.cli.progress import fetching
from reconcile.errors import BadInput

if TYPE_CHECKING:
    from reconcile.model.rules import CompareRules


def compare(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="The reference: a location.")],
    target: Annotated[
        str, typer.Argument(metavar="TARGET", help="What is compared with it: a location.")
    ],
    *,
    key: Annotated[
        list[str] | None,
        typer.Option(
            "--key",
            metavar="COLUMN,…",
            help="Match key: columns that say two rows are the same row. A comma separates, and "
            "the option may be repeated; a name that holds a comma goes into a rules file.",
            show_default=False,
        ),
    ] = None,
    rules: Annotated[
        Path | None,
        typer.Option(
            "--rules",
            metavar="FILE",
            help="YAML file with the keys of a dataset's `compare:` block: match key, tolerances, "
            "columns left out or renamed, thresholds.",
            show_default=False,
        ),
    ] = None,
    engine: Annotated[str, typer.Option("--engine", help="duckdb")] = "duckdb",
    strategy: StrategyOption = None,
    no_cache: NoCacheOption = False,
    memory: Annotated[
        str | None,
        typer.Option(
            "--memory",
            metavar="SIZE",
            help="The most the process may hold in memory, such as 2GB; beyond, it spills to disk. "
            "80 % of what it may use if not given. RECONCILE_MEMORY says the same.",
            show_default=False,
        ),
    ] = None,
    threads: Annotated[
        int | None,
        typer.Option(
            "--threads",
            metavar="N",
            help="The most threads that compute, all cores if not given; those that wait for the "
            "network are more. RECONCILE_THREADS says the same.",
            show_default=False,
        ),
    ] = None,
    discrepancies: Annotated[
        Path | None,
        typer.Option(
            "--discrepancies",
            metavar="OUT.parquet",
            help="Write every discrepant row to this file, with both sides' values.",
            show_default=False,
        ),
    ] = None,
    form: FormatOption = Format.TEXT,
) -> int:
    """Compare two datasets row by row, without configuration.

    Values are equal when they mean exactly the same, and NULL equals only NULL.
    Nothing but a rule relaxes that.

    The cheapest proof that holds comes first. Objects with the same full checksum on
    both sides are not read, nor are folders whose rows, in objects that have not
    changed since, had one fingerprint before. The result says how many rows were
    proven how.

    A location is s3://bucket/prefix, az://container/prefix, abfss://… or a local
    path: a folder, one file, or a glob in quotes.

    \b
    [bold]Examples[/bold]
      reconcile compare old.parquet new.parquet --key id
      reconcile compare s3://ops/flights az://copy/flights --key flight,day
      reconcile compare a/ b/ --rules rules.yaml --discrepancies wrong.parquet

    \b
    [bold]Exit codes[/bold]
      0 matched or within threshold, 1 breached, 2 bad input, 3 not known
    """
    from reconcile.jobs.compare import compare as compare_locations
    from reconcile.jobs.destination import check_destination
    from reconcile.jobs.discrepancy_file import write_discrepancies

    if discrepancies is not None:
        check_destination(discrepancies, inputs=(source, target))
    match_key = _columns(key)
    if match_key is None and rules is None:
        raise BadInput("nothing says which columns are the match key", next_step="add --key COLUMN")
    with fetching() as progress:
        answer = compare_locations(
            source,
            target,
            None if rules else match_key,
            rules=_loaded(rules, match_key) if rules else None,
            engine=engine,
            strategy="auto" if strategy is None else strategy,
            cache=not no_cache,
            keep=_kept(discrepancies, form),
            memory=memory,
            threads=threads,
            progress=progress,
        )
    if discrepancies is not None:
        write_discrepancies(answer.discrepancies_path, discrepancies)
        output.say(f"{answer.counts.discrepancies:,} discrepant rows are in {discrepancies}")
    if form is Format.JSON:
        output.show_json(answer.to_json())
    else:
        output.show(answer.report())
    return answer.verdict.exit_code


def _kept(discrepancies: Path | None, form: Format) -> str:
    """Which discrepant rows somebody is going to look at."""
    if discrepancies is not None:
        return "every"
    return "none" if form is Format.JSON else "examples"


def _loaded(rules: Path, match_key: list[str] | None) -> CompareRules:
    from reconcile.config.rules import load_rules

    return load_rules(rules, match_key=match_key)


def _columns(keys: list[str] | None) -> list[str] | None:
    """The columns of every `--key`, None where there is none.

    Raises:
        BadInput: One of them is empty.
    """
    if not keys:
        return None
    columns = [column for key in keys for column in key.split(",")]
    if not all(columns):
        raise BadInput(
            "--key names a column without a name",
            found=repr(",".join(keys)),
            expected="--key id or --key carrier,flight",
        )
    return columns
