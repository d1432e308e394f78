"""One run's conversation with Great Expectations.

Imports Great Expectations (10 s): imported only inside the functions that need it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from reconcile.quality.library import ProgressBarsConfig, gx, quiet
from reconcile.quality.suite import Native

_SUMMARY = {"result_format": "SUMMARY", "return_unexpected_index_query": False}
_SITE = "reconcile"


@dataclass(frozen=True)
class Judgement:
    """What Great Expectations said of one expectation.

    Attributes:
        success: Whether it holds; meaningless when there is an error.
        result: Its result, as given.
        error: Why it could not be evaluated, one line; empty when it was.
    """

    success: bool
    result: Mapping[str, Any]
    error: str = ""


class Session:
    """An ephemeral context: nothing is read or written but what `write_data_docs` is told to.

    Great Expectations keeps one current context per process: one session at a time.

    Args:
        run_name: Names the run in Data Docs.
        at: When the run takes place.
    """

    version = str(gx.__version__)

    def __init__(self, *, run_name: str, at: datetime) -> None:
        with quiet():
            self._context = gx.get_context(mode="ephemeral")
            self._context.variables.progress_bars = ProgressBarsConfig(globally=False)
            self._source = self._context.data_sources.add_pandas("rows")
        self._run = gx.RunIdentifier(run_name=run_name, run_time=at)
        self._checkpoints = 0

    def judge(self, natives: Sequence[Native], table: pa.Table, *, name: str) -> list[Judgement]:
        """Evaluates a suite over a table by a checkpoint; one judgement each, in order.

        Where the whole checkpoint raises, or one expectation's error may have dragged others
        along, each one concerned is evaluated again alone.
        """
        frame = _frame(table)
        judgements = self._checkpoint(natives, frame, name=name)
        if len(natives) == 1:
            return judgements
        return [
            self._checkpoint([one], frame, name=f"{name} {number}")[0] if judged.error else judged
            for number, (one, judged) in enumerate(zip(natives, judgements, strict=True), 1)
        ]

    def _checkpoint(
        self, natives: Sequence[Native], frame: pd.DataFrame, *, name: str
    ) -> list[Judgement]:
        with quiet():
            try:
                found = self._run_checkpoint(natives, frame, name=name)
            except Exception as error:  # whatever it raises is the answer: it could not evaluate
                return [Judgement(False, {}, _one_line(error)) for _ in natives]
        missing = Judgement(False, {}, "Great Expectations returned no result for it")
        return [found.get(one.expectation.meta["id"], missing) for one in natives]

    def _run_checkpoint(
        self, natives: Sequence[Native], frame: pd.DataFrame, *, name: str
    ) -> dict[str, Judgement]:
        self._checkpoints += 1
        unique = f"{self._checkpoints} {name}"
        suite = gx.ExpectationSuite(
            name=unique, expectations=[_unattached(one.expectation) for one in natives]
        )
        definition = gx.ValidationDefinition(
            name=unique, data=self._batches(name), suite=self._context.suites.add(suite)
        )
        definition = self._context.validation_definitions.add(definition)
        checkpoint = gx.Checkpoint(
            name=unique, validation_definitions=[definition], actions=[], result_format=_SUMMARY
        )
        ran = self._context.checkpoints.add(checkpoint).run(
            batch_parameters={"dataframe": frame},
            expectation_parameters={k: v for one in natives for k, v in one.parameters.items()},
            run_id=self._run,
        )
        return {
            result.expectation_config.meta["id"]: _judgement(result)
            for validation in ran.run_results.values()
            for result in validation.results
        }

    def failing_keys(
        self, one: Native, pieces: Iterator[pa.Table], *, key_column: str, most: int
    ) -> tuple[str, ...]:
        """Match keys of failing rows, one per row, from as few pieces as give `most` of them."""
        wanted = {
            "result_format": "COMPLETE",
            "unexpected_index_column_names": [key_column],
            "return_unexpected_index_query": False,
        }
        keys: list[str] = []
        for piece in pieces:
            with quiet():
                batch = self._batches("failing rows").get_batch({"dataframe": _frame(piece)})
                result = batch.validate(
                    _unattached(one.expectation),
                    result_format=wanted,
                    expectation_parameters=dict(one.parameters),
                )
            rows = result.result.get("unexpected_index_list") or ()
            keys.extend(str(row[key_column]) for row in rows[: most - len(keys)])
            if len(keys) >= most:
                break
        return tuple(keys)

    def _batches(self, name: str) -> Any:
        with suppress(LookupError):
            return self._source.get_asset(name).get_batch_definition("whole")
        asset = self._source.add_dataframe_asset(name)
        return asset.add_batch_definition_whole_dataframe("whole")

    def write_data_docs(self, folder: Path) -> None:
        """Writes Great Expectations' own pages of every checkpoint of this session."""
        with quiet():
            self._context.add_data_docs_site(
                site_name=_SITE,
                site_config={
                    "class_name": "SiteBuilder",
                    "store_backend": {
                        "class_name": "TupleFilesystemStoreBackend",
                        "base_directory": str(folder.absolute()),
                    },
                    "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
                },
            )
            self._context.build_data_docs(site_names=[_SITE])


def _frame(table: pa.Table) -> pd.DataFrame:
    """Arrow-backed, so that decimals, NULLs and 64-bit integers stay what they are."""
    return table.to_pandas(types_mapper=pd.ArrowDtype)


def _unattached(expectation: Any) -> Any:
    """A copy that belongs to no suite: Great Expectations refuses one that already does."""
    return expectation.copy(update={"id": None}, deep=True)


def _judgement(result: Any) -> Judgement:
    return Judgement(bool(result.success), result.result or {}, _error_in(result.exception_info))


def _error_in(info: Mapping[str, Any] | None) -> str:
    """The error in an `exception_info`: flat, or one for each metric that failed."""
    if not info:
        return ""
    entries = [info] if "raised_exception" in info else list(info.values())
    messages = [entry.get("exception_message") for entry in entries if entry["raised_exception"]]
    return (
        _one_line(next(filter(None, messages), "it raised without a message")) if messages else ""
    )


def _one_line(error: object) -> str:
    return " ".join(str(error).split())[:500] or type(error).__name__
