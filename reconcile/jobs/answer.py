"""The answer of an ad hoc comparison, as people ask it."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from reconcile.errors import BadInput
from reconcile.jobs.comparing import Compared
from reconcile.jobs.frames import decoded, frame, typed_array, typed_frame
from reconcile.model.discrepancy import Kept, Kind, Side
from reconcile.model.price import PriceList
from reconcile.model.result import ColumnResult, ComparisonResult, Counts, SchemaFinding, Verdict
from reconcile.model.rules import CompareRules
from reconcile.stores.private_folder import PrivateFolder

if TYPE_CHECKING:
    import pandas as pd

    from reconcile.report.content import Example, Report

DISCREPANCIES = "discrepancies.parquet"
"""The file in an answer's folder."""
_FORMATS = ("text", "markdown", "html")


class Comparison:
    """The answer of one comparison. Its nouns are the questions people ask.

    In a notebook it shows itself as its report.
    """

    def __init__(
        self,
        compared: Compared,
        rules: CompareRules,
        folder: PrivateFolder,
        names: tuple[str, str],
        *,
        keep: Kept,
        prices: PriceList | None = None,
    ) -> None:
        self._compared = compared
        self._rules = rules
        self._folder = folder.path
        weakref.finalize(self, folder.remove)
        self._prices = prices
        self._names = names
        self._keep = keep
        self._made_at = datetime.now(UTC)

    @property
    def result(self) -> ComparisonResult:
        """Counts, findings, verdict and proof as one value."""
        return self._compared.result

    @property
    def verdict(self) -> Verdict:
        """`matched`, `within_threshold` or `breached`."""
        return self.result.verdict

    @property
    def counts(self) -> Counts:
        """Rows per outcome."""
        return self.result.counts

    @property
    def columns(self) -> Mapping[str, ColumnResult]:
        """Every column of both sides but the match key: compared or not, mismatches, rule."""
        return self.result.columns

    @property
    def schema(self) -> tuple[SchemaFinding, ...]:
        """What the sides disagree about in their columns."""
        return self.result.schema

    @property
    def discrepancies_path(self) -> Path:
        """The Parquet file of every discrepant row, for as long as this answer lives.

        Raises:
            BadInput: They were not kept.
        """
        if self._keep is not Kept.EVERY:
            raise BadInput(
                "the discrepant rows were not kept", next_step='compare with keep="every"'
            )
        return self._folder / DISCREPANCIES

    def discrepancies(self, kind: Kind | None = None) -> pa.Table:
        """Every discrepant row, of one kind or of all.

        Returns:
            Columns `kind`, `side`, `match_key` (JSON), `mismatched_columns` (list of text),
            `source_row` and `target_row` (JSON or NULL).
        """
        table = pq.read_table(self.discrepancies_path).drop_columns(["row_hash"])
        if kind is None:
            return table
        import pyarrow.compute as pc  # noqa: PLC0415 - a comparison need not wait for it

        return table.filter(pc.equal(table["kind"], kind.value))

    def missing_in_target(self) -> pd.DataFrame:
        """The source rows that the target lacks, with the source's columns."""
        table = self.discrepancies(Kind.MISSING_IN_TARGET)
        return typed_frame(decoded(table["source_row"].to_pylist()), self._types(Side.SOURCE))

    def missing_in_source(self) -> pd.DataFrame:
        """The target rows that the source lacks; columns have the source's names."""
        table = self.discrepancies(Kind.MISSING_IN_SOURCE)
        return typed_frame(decoded(table["target_row"].to_pylist()), self._types(Side.TARGET))

    def duplicate_keys(self) -> pd.DataFrame:
        """The rows of repeated keys that cannot be paired: `side`, then the row's columns."""
        table = self.discrepancies(Kind.DUPLICATE_KEY)
        rows = [
            source or target
            for source, target in zip(
                decoded(table["source_row"].to_pylist()),
                decoded(table["target_row"].to_pylist()),
                strict=True,
            )
        ]
        found = typed_frame(rows, {**self._types(Side.TARGET), **self._types(Side.SOURCE)})
        found.insert(0, "side", table["side"].to_pylist(), allow_duplicates=True)
        return found

    def value_mismatches(self) -> pd.DataFrame:
        """The rows whose values differ, one line each.

        Returns:
            The match key, `mismatched_columns`, and for every column that differs somewhere its
            value on both sides, as `<column> (source)` and `<column> (target)`.
        """
        table = self.discrepancies(Kind.VALUE_MISMATCH)
        rows = {
            Side.SOURCE: decoded(table["source_row"].to_pylist()),
            Side.TARGET: decoded(table["target_row"].to_pylist()),
        }
        arrays, names = [], []
        for key in self._rules.match_key:
            values = [row.get(key) for row in rows[Side.SOURCE]]
            arrays.append(typed_array(values, self._types(Side.SOURCE)[key]))
            names.append(key)
        arrays.append(table["mismatched_columns"].combine_chunks())
        names.append("mismatched_columns")
        for name in (name for name, column in self.columns.items() if column.mismatched):
            for side, of_side in rows.items():
                arrays.append(
                    typed_array([row.get(name) for row in of_side], self._types(side)[name])
                )
                names.append(f"{name} ({side})")
        return frame(pa.Table.from_arrays(arrays, names=names))

    def report(self, format: str = "text") -> str:
        """The report for people, as `text`, `markdown` or `html`.

        Raises:
            BadInput: There is no such format.
        """
        if format not in _FORMATS:
            raise BadInput("no such report format", found=format, expected=", ".join(_FORMATS))
        # A twentieth of a second that whoever wants the figures need not pay.
        from reconcile.report.html import html_report  # noqa: PLC0415
        from reconcile.report.markdown import markdown_report  # noqa: PLC0415
        from reconcile.report.text import text_report  # noqa: PLC0415

        writers = {"text": text_report, "markdown": markdown_report, "html": html_report}
        return writers[format](self._content())

    def to_json(self) -> dict[str, Any]:
        """The JSON document of `reconcile compare --format json`, as plain values."""
        document = self.result.to_json()
        if self._prices is not None:
            from reconcile.report.json_document import cost_of  # noqa: PLC0415 - as in `report`
            from reconcile.report.wire import sides  # noqa: PLC0415 - likewise

            content = self._content()
            document["cost"] = cost_of(sides(content.windows, content.prices), content.prices)
        return document

    def _types(self, side: Side) -> dict[str, pa.DataType]:
        plan = self._compared.plan
        if side is Side.SOURCE:
            return dict(plan.source.columns)
        return {plan.names[name]: arrow for name, arrow in plan.target.columns.items()}

    def _content(self) -> Report:
        from reconcile.jobs.examples import pinned  # noqa: PLC0415 - as in `report`
        from reconcile.report.content import Report, WindowReport  # noqa: PLC0415

        sides = self._compared.sides
        window = WindowReport(
            window="whole",
            run_id=None,
            verdict=self.verdict,
            finished_at=self._made_at,
            result=self.result,
            examples=self._examples(),
            source=pinned(sides[Side.SOURCE], self._names[0]),
            target=pinned(sides[Side.TARGET], self._names[1]),
        )
        return Report(
            dataset=" against ".join(self._names),
            windows=(window,),
            rules=self._rules,
            made_at=self._made_at,
            prices=self._prices,
        )

    def _examples(self) -> tuple[Example, ...]:
        from reconcile.jobs.examples import examples_of  # noqa: PLC0415 - as in `report`

        return () if self._keep is Kept.NONE else examples_of(self._folder / DISCREPANCIES)

    def __repr__(self) -> str:
        counts = self.counts
        kinds = ", ".join(f"{counts.of(kind):,} {kind}" for kind in Kind if counts.of(kind))
        found = f"{counts.matched:,} matched" + (f", {kinds}" if kinds else "")
        return f"<Comparison {self.verdict}: {found}>"

    def _repr_html_(self) -> str:
        return self.report("html")
