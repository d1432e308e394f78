"""Keys settled: all their rows read, and what becomes of each decided value by value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from reconcile.comparison.plan import PlannedColumn
from reconcile.comparison.sql_text import literal
from reconcile.comparison.tolerance import tolerated
from reconcile.engines.prepared import BOTH, Prepared
from reconcile.engines.relation import detailed_relation, located_relation
from reconcile.errors import Unbalanced
from reconcile.model.discrepancy import Kind, Side
from reconcile.model.result import Counts


@dataclass(frozen=True)
class Tally:
    """Rows counted.

    Attributes:
        rows: By outcome (a discrepancy kind, or as `sql/compare/counts.sql` has it) and side.
        mismatched: `value_mismatch` rows by column.
    """

    rows: Mapping[tuple[str, str], int]
    mismatched: Mapping[str, int]

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            Counter(self.rows) + Counter(other.rows),
            Counter(self.mismatched) + Counter(other.mismatched),
        )

    def of(self, outcome: str, side: str = "both") -> int:
        """Rows of an outcome."""
        return self.rows.get((outcome, side), 0)

    def with_equal(self, rows: int, *, null_key_rows: int) -> Tally:
        """The same and so many pairs of rows that are equal."""
        equal = {
            ("matched", "both"): rows,
            **{("rows", side.value): rows for side in BOTH},
            **{("null_key_rows", side.value): null_key_rows for side in BOTH},
        }
        return replace(self, rows=Counter(self.rows) + Counter(equal))

    def counts(self, promised: Mapping[Side, int]) -> Counts:
        """The counts of a comparison of which this is all.

        Raises:
            Unbalanced: There are other rows than promised.
        """
        counts = Counts(
            source_rows=self.of("rows", "source"),
            target_rows=self.of("rows", "target"),
            matched=self.of("matched") + self.of("cancelled", "source"),
            value_mismatch=self.of(Kind.VALUE_MISMATCH),
            missing_in_target=self.of(Kind.MISSING_IN_TARGET, "source"),
            missing_in_source=self.of(Kind.MISSING_IN_SOURCE, "target"),
            duplicate_key_source=self.of(Kind.DUPLICATE_KEY, "source"),
            duplicate_key_target=self.of(Kind.DUPLICATE_KEY, "target"),
            null_key_rows_source=self.of("null_key_rows", "source"),
            null_key_rows_target=self.of("null_key_rows", "target"),
            repeated_keys=self.of("repeated_keys"),
        )
        if (counts.source_rows, counts.target_rows) != tuple(promised[side] for side in BOTH):
            raise Unbalanced(
                "the rows read are not the rows that the files' footers promise",
                found=f"{counts.source_rows} source and {counts.target_rows} target rows",
                expected=" and ".join(str(promised[side]) for side in BOTH),
            )
        return counts


def settle(prepared: Prepared, wanted: str, *, with_rows: bool) -> Tally:
    """Decides what becomes of some keys' rows.

    The rows are found by their keys first, so that whole rows are read only where they lie.

    Args:
        prepared: The comparison; the tables `detail`, `outcomes` and `pairs` are made anew.
        wanted: SQL of the join that leaves those keys' rows, over `f` with the key columns.
        with_rows: Whether `detail` holds the rows as JSON.

    Raises:
        Unbalanced: Other rows were read than those that were found.
    """
    relations = {}
    for side in BOTH:
        files = prepared.files[side]
        located = located_relation(prepared.plan, side, files, wanted)
        prepared.run("located", side=side.value, relation=located)
        numbers = [number for (number,) in prepared.run("located_files", side=side.value)]
        relations[side.value] = detailed_relation(
            prepared.plan, side, files, numbers, with_rows=with_rows
        )
    prepared.run(
        "detail",
        keys=prepared.keys,
        columns=prepared.columns,
        row_hash=prepared.row_hash,
        relations=relations,
    )
    (strayed,) = prepared.only("strayed", wanted=wanted)
    if strayed:
        raise Unbalanced(
            "the rows read in full are not those that were found by their keys",
            found=f"{strayed} rows of other keys, or too few",
            next_step="run it again, and report this defect",
        )
    prepared.run("outcomes", keys=prepared.keys)
    prepared.run("pairs", columns=differing(prepared))
    counted = prepared.run("counts", keys=prepared.keys)
    return Tally(
        {(outcome, side): n for outcome, side, n in counted}, dict(prepared.run("mismatches"))
    )


def differing(prepared: Prepared) -> dict[str, str]:
    """Every compared column's name, as a text constant, to SQL that is true where the rows `s`
    and `t` differ in it beyond what its rule tolerates."""
    return {
        literal(column.name): _differs(name, column)
        for name, column in zip(prepared.columns, prepared.plan.columns, strict=True)
    }


def _differs(name: str, column: PlannedColumn) -> str:
    unequal = f"s.{name} IS DISTINCT FROM t.{name}"
    accepted = tolerated(f"s.{name}", f"t.{name}", column.domain, column.rule)
    return unequal if accepted is None else f"{unequal} AND NOT {accepted}"
