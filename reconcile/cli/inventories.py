"""`reconcile inventories`: two buckets or containers compared by what their services wrote down."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reconcile.cli import output
from reconcile.cli.options import Format, FormatOption
from reconcile.cli.progress import fetching
from reconcile.cli.table import table
from reconcile.model.discrepancy import Side
from reconcile.model.inventory import InventoryVerdict, ObjectOutcome, Objects
from reconcile.report.numbers import bytes_text, counted

if TYPE_CHECKING:
    from reconcile.jobs.inventories import ComparedInventories

_PREFIX_HELP = (
    "Folder whose objects are meant, such as flights; names count from there. Of an inventory of "
    "several containers, a location: az://analytics/flights."
)


def inventories(
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="The reference's inventory: a location.")
    ],
    target: Annotated[
        str,
        typer.Argument(metavar="TARGET", help="That of what is compared with it: a location."),
    ],
    *,
    source_prefix: Annotated[
        str,
        typer.Option("--source-prefix", metavar="FOLDER", help=_PREFIX_HELP, show_default=False),
    ] = "",
    target_prefix: Annotated[
        str,
        typer.Option(
            "--target-prefix", metavar="FOLDER", help="The same of the target.", show_default=False
        ),
    ] = "",
    out: Annotated[
        Path | None,
        typer.Option(
            "--output",
            metavar="OUT.parquet",
            help="Write every object that is not proven equal to this file, with both sides' size "
            "and tag.",
            show_default=False,
        ),
    ] = None,
    form: FormatOption = Format.TEXT,
) -> int:
    """Compare two buckets or containers by their inventories, without listing them.

    S3 Inventory and Azure Blob Inventory write down, once a day or a week, what a
    bucket or container holds. Their files (Parquet or CSV) are fetched, proven by
    their manifest's checksum, and joined by object name: millions of objects in
    seconds. Names are compared byte for byte.

    Equal means proven: by a checksum that both services vouch for. Objects of the same
    size of which nobody vouches for a checksum are unproven, never equal; so are all
    between S3 and Azure, since S3's inventory names an algorithm and no checksum.

    SOURCE and TARGET are where the inventories are delivered: one manifest, or a folder
    of which the newest complete one counts. A folder on disk stands for the bucket that
    was copied there. What changed after an inventory was begun is not in it.

    \b
    [bold]Examples[/bold]
      reconcile inventories s3://inv/ops/daily az://inv --target-prefix az://copy/ops
      reconcile inventories s3://inv/ops/daily s3://inv-west/ops/daily \\
                            --source-prefix flights --target-prefix flights
      reconcile inventories a/ b/ --output wrong.parquet --format json

    \b
    [bold]Exit codes[/bold]
      0 every object is proven equal, 1 some are different or missing, 2 bad input,
      3 none is, but some are unproven
    """
    from reconcile.jobs.inventories import compare_inventories

    with fetching() as progress:
        compared = compare_inventories(
            source,
            target,
            prefixes={Side.SOURCE: source_prefix, Side.TARGET: target_prefix},
            output=out,
            progress=progress,
        )
    for one in compared.inventories.values():
        for name in one.passed_over:
            output.say(f"passed over, since it is not complete: {name}")
    if out is not None:
        others = sum(found.objects for found in compared.comparison.outcomes.values())
        output.say(f"{counted(others, 'object')} not proven equal are in {out}")
    if form is Format.JSON:
        output.show_json(_document(compared))
    else:
        output.show(_text(compared))
    return compared.comparison.verdict.exit_code


def _text(compared: ComparedInventories) -> str:
    comparison = compared.comparison
    rows = [(f"equal, by {_proof(by)}", found) for by, found in comparison.equal.items()]
    rows += [(_WORDS[outcome], comparison.of(outcome)) for outcome in ObjectOutcome]
    lines = [f"{_headline(compared)}\n\n"]
    lines += [
        f"{side}: {one.inventory.service} of {one.inventory.taken_at:%Y-%m-%d %H:%M} UTC, "
        f"{_told(comparison.listed[side])}, {one.manifest}\n"
        for side, one in compared.inventories.items()
    ]
    lines += [
        f"{side}: {counted(repeated, 'row')} told of an object again\n"
        for side, repeated in comparison.repeated.items()
        if repeated
    ]
    cells = [(words, f"{one.objects:,}", bytes_text(one.bytes)) for words, one in rows]
    return "".join([*lines, "\n", table(("", "objects", "size"), cells)])


_WORDS = {
    ObjectOutcome.UNPROVEN: "unproven (same size)",
    ObjectOutcome.DIFFERENT: "different",
    ObjectOutcome.MISSING_IN_TARGET: "missing in target",
    ObjectOutcome.MISSING_IN_SOURCE: "missing in source",
}


def _headline(compared: ComparedInventories) -> str:
    comparison = compared.comparison
    match comparison.verdict:
        case InventoryVerdict.EQUAL:
            return f"All {counted(comparison.proven.objects, 'object')} are proven equal."
        case InventoryVerdict.UNPROVEN:
            unproven = comparison.of(ObjectOutcome.UNPROVEN)
            return (
                "Nothing is different or missing, but of "
                f"{counted(unproven.objects, 'object')} only the size is known to be equal."
            )
        case InventoryVerdict.DIFFERENT:
            said = [
                f"{comparison.of(outcome).objects:,} {words}"
                for outcome, words in _WORDS.items()
                if outcome is not ObjectOutcome.UNPROVEN and comparison.of(outcome).objects
            ]
            return f"The two are not the same: {', '.join(said)}."


def _proof(by: str) -> str:
    return "being empty" if by == "empty" else by


def _told(found: Objects) -> str:
    return f"{counted(found.objects, 'object')} of {bytes_text(found.bytes)}"


def _document(compared: ComparedInventories) -> dict[str, Any]:
    comparison = compared.comparison
    return {
        "verdict": comparison.verdict,
        "equal": {by: vars(found) for by, found in comparison.equal.items()},
        **{outcome: vars(comparison.of(outcome)) for outcome in ObjectOutcome},
        **{
            side: {
                "service": one.inventory.service,
                "manifest": one.manifest,
                "taken_at": one.inventory.taken_at,
                **vars(comparison.listed[side]),
                "repeated": comparison.repeated.get(side, 0),
                "passed_over": list(one.passed_over),
            }
            for side, one in compared.inventories.items()
        },
    }
